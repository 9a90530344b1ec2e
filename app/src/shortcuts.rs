//! Keyboard shortcuts of the whole page.

use client::To;
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::chat_context::{ChatContext, Overlay};
use crate::focus;
use crate::state::ChatState;

/// Listens as long as the page lives. Only for the browser.
pub fn listen(ctx: ChatContext) {
    let single_keys = move || !ctx.choices.has_combined_keys_only.get_untracked();
    window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.is_composing() {
            return;
        }
        let key = event.key();
        let command = event.ctrl_key() || event.meta_key();
        match key.as_str() {
            "k" | "K" if command && !event.alt_key() && !event.shift_key() => {
                event.prevent_default();
                match ctx.overlay.get_untracked() {
                    Some(Overlay::QuickSwitcher) => ctx.close_overlay(),
                    _ => ctx.overlay.set(Some(Overlay::QuickSwitcher)),
                }
            }
            // In a dialog, the other keys belong to the dialog.
            _ if ctx.overlay.get_untracked().is_some() => {}
            "ArrowUp" | "ArrowDown" if event.alt_key() && !command && !event.shift_key() => {
                event.prevent_default();
                ctx.go_along(key == "ArrowDown");
            }
            "PageUp" | "PageDown" if !command => turn_page(&event, key == "PageDown"),
            "Escape" if !closes_something() => {
                ctx.dispatch(ChatState::mark_read);
                focus::to_composer();
            }
            "?" if !command && !event.alt_key() && !is_typing(&event) && single_keys() => {
                event.prevent_default();
                ctx.overlay.set(Some(Overlay::Shortcuts));
            }
            _ => {}
        }
    });
}

impl ChatContext {
    /// Goes to the next or the previous conversation in the order of the lists; wraps around at the
    /// ends.
    fn go_along(self, forwards: bool) {
        let rooms = self.with_untracked(ChatState::conversations);
        let here = self.current.with_untracked(|place| match place {
            Some(To::Room(room)) => rooms.iter().position(|known| known == room),
            _ => None,
        });
        let count = rooms.len();
        let next = match (here, forwards) {
            (None, true) => 0,
            (None, false) => count.saturating_sub(1),
            (Some(here), true) => (here + 1) % count,
            (Some(here), false) => (here + count - 1) % count,
        };
        if let Some(room) = rooms.get(next) {
            self.go(&self.path(room));
        }
    }
}

/// In a field that cannot scroll, Page Up and Page Down scroll the message list.
fn turn_page(event: &KeyboardEvent, is_down: bool) {
    let query = |selectors| document().query_selector(selectors).ok().flatten();
    if let (true, Some(field), Some(log)) = (
        focus::is_at("message"),
        query("#message"),
        query(".message-list"),
    ) && field.scroll_height() <= field.client_height()
    {
        event.prevent_default();
        let page = log.client_height() * 9 / 10;
        log.set_scroll_top(log.scroll_top() + if is_down { page } else { -page });
    }
}

/// Does the key go into a text field?
fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    target.is_some_and(|target| {
        let typed_into = target.closest("input, textarea, select, [contenteditable]");
        typed_into.is_ok_and(|it| it.is_some())
    })
}

/// Is there an open popover or dialog, which the key closes?
fn closes_something() -> bool {
    let open = document().query_selector(":popover-open, dialog[open]");
    // Fails only in a browser that does not know popovers, and so has none open.
    open.is_ok_and(|open| open.is_some())
}
