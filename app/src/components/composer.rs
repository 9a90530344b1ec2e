//! Where one types. Enter sends, Shift and Enter begin a new line.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Textarea;
use leptos::prelude::*;
use protocol::is_direct;
use protocol::limits::TEXT_CHARS;

use crate::i18n::words;
use crate::outbox::To;
use crate::tab::use_tab;

/// The key code under which Safari reports the Enter that ends a composition (UI Events, 7.3.1).
const COMPOSING: u32 = 229;

/// The composer of one place. What was typed there and not sent is still there when one is back.
#[component]
pub fn Composer(
    to: To,
    /// Called after something was said.
    said: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let area = NodeRef::<Textarea>::new();
    let typed = RwSignal::new(tab.unsent(&to));
    let blank = Memo::new(move |_| typed.with(|text| text.trim().is_empty()));
    // Counted by bytes first: nearly everything that is typed is far below the limit.
    let over = Memo::new(move |_| {
        typed.with(|text| match text.len() > TEXT_CHARS {
            true => text.chars().count().saturating_sub(TEXT_CHARS),
            false => 0,
        })
    });
    let to = StoredValue::new(to);
    let type_in = move |text: String| {
        to.with_value(|to| tab.keep_unsent(to, text.clone()));
        typed.set(text);
    };
    let say = move || {
        let Some(area) = area.get_untracked() else {
            return;
        };
        // A button that was clicked must not keep the focus: one goes on typing.
        let _ = area.focus();
        if blank.get_untracked() || over.get_untracked() > 0 || !tab.may_speak() {
            return;
        }
        tab.say(to.get_value(), typed.get_untracked());
        area.set_value("");
        type_in(String::new());
        said();
    };
    let on_key = move |event: KeyboardEvent| {
        let composing = event.is_composing() || event.key_code() == COMPOSING;
        if event.key() == "Enter" && !event.shift_key() && !composing {
            event.prevent_default();
            say();
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        say();
    };
    // What was typed before the page came alive, or in this place before, is kept.
    Effect::new(move |_| {
        if let Some(area) = area.get() {
            match area.value() {
                text if text.is_empty() => area.set_value(&typed.get_untracked()),
                text => type_in(text),
            }
            if has_keyboard() {
                let _ = area.focus();
            }
        }
    });
    let placeholder = move || {
        let name = tab.place_name();
        to.with_value(|to| match to {
            To::Room(room) if !is_direct(room) => (words.message_to)(&name),
            _ => (words.private_message_to)(&name),
        })
    };
    let problem = move || match over.get() {
        0 => None,
        over => Some((words.too_long)(over, TEXT_CHARS)),
    };
    view! {
        <form class="composer" on:submit=on_submit>
            <p class="problem" id="message-problem" role="status">
                {problem}
            </p>
            <label class="unseen" for="message">
                {words.message}
            </label>
            <textarea
                id="message"
                rows="1"
                enterkeyhint="send"
                dir="auto"
                placeholder=placeholder
                aria-describedby="message-problem"
                node_ref=area
                on:keydown=on_key
                on:input:target=move |event| type_in(event.target().value())
            ></textarea>
            <button
                type="submit"
                class="primary"
                // Until the page is alive the browser would send the form away, and the text with it.
                disabled=move || !tab.alive.get()
                aria-disabled=move || if blank.get() { "true" } else { "false" }
            >
                {words.send}
            </button>
        </form>
    }
}

/// Where typing needs no keyboard on the screen, one can type at once when one comes in.
fn has_keyboard() -> bool {
    let fine = window().match_media("(hover: hover) and (pointer: fine)");
    fine.ok().flatten().is_some_and(|query| query.matches())
}
