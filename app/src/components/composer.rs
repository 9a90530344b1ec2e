//! The field in which messages are written. Enter sends; Shift+Enter begins a new line.

use client::To;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Textarea;
use leptos::prelude::*;
use protocol::is_direct;
use protocol::limits::TEXT_CHARS;

use crate::chat_context::use_chat_context;
use crate::components::icon::{Icon, IconName};
use crate::datetime;
use crate::i18n::words;
use crate::preferences::has_keyboard;
use crate::reactive::{effect, flag, maybe, memo, state, text};

/// The key code with which Safari reports the Enter that ends a composition (UI Events, 7.3.1).
const COMPOSING: u32 = 229;
/// From this many characters on, the number of those left is shown.
const COUNTED: usize = TEXT_CHARS / 10 * 9;
/// Lines that are shown where the field does not grow by itself.
const MOST_ROWS: usize = 10;

/// The composer of one conversation. What was typed and not sent is still there when the user
/// returns.
#[component]
pub fn Composer(to: To) -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let area = NodeRef::<Textarea>::new();
    let typed = RwSignal::new(String::new());
    let blank = memo(move || typed.get().trim().is_empty());
    // Bytes are counted first: nearly all texts are far below the limit.
    let length = memo(move || match typed.get() {
        text if text.len() > COUNTED => text.chars().count(),
        _ => 0,
    });
    let rows = text(move || {
        let lines = typed.get().split('\n').count();
        lines.min(MOST_ROWS).to_string()
    });
    let to = StoredValue::new(to);
    let type_in = move |text: String| {
        ctx.save_composer_draft(&to.get_value(), text.clone());
        typed.set(text);
    };
    let write = move |text: String| {
        if let Some(area) = area.get_untracked() {
            area.set_value(&text);
        }
        type_in(text);
    };
    let say = move || {
        // The button must not keep the focus after a click: the user continues to type.
        if let Some(area) = area.get_untracked() {
            let _ = area.focus();
        }
        if blank.get_untracked() || length.get_untracked() > TEXT_CHARS || !ctx.can_send() {
            return;
        }
        let text = typed.get_untracked();
        write(String::new());
        ctx.send_message(to.get_value(), text);
    };
    let on_key = move |event: KeyboardEvent| {
        let composing = event.is_composing() || event.key_code() == COMPOSING;
        let plain = !event.shift_key() && !event.alt_key() && !composing;
        match event.key().as_str() {
            "Enter" if plain => {
                event.prevent_default();
                say();
            }
            "ArrowUp" if plain && typed.get_untracked().is_empty() => {
                let own = ctx.with_untracked(|chat| chat.last_own(&to.get_value()));
                if let Some(own) = own {
                    event.prevent_default();
                    write(own);
                }
            }
            _ => {}
        }
    };
    let on_input = move |text: String| {
        let is_typing = !text.trim().is_empty();
        type_in(text);
        if is_typing {
            ctx.dispatch(|chat| chat.user_typed(&to.get_value(), datetime::now()));
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        say();
    };
    // What was typed before hydration, or in this conversation before, is kept.
    effect(move || {
        if let Some(area) = area.get() {
            match area.value() {
                text if text.is_empty() => {
                    let text = ctx.composer_draft(&to.get_value());
                    area.set_value(&text);
                    typed.set(text);
                }
                text => type_in(text),
            }
            if has_keyboard() {
                let _ = area.focus();
            }
        }
    });
    let placeholder = text(move || {
        let name = ctx.current_name();
        match to.get_value() {
            To::Room(room) if !is_direct(&room) => (words.message_to)(&name),
            // In a conversation that no longer exists, the other user is not known.
            To::Room(_) if name == words.in_private => words.message.to_owned(),
            _ => (words.private_message_to)(&name),
        }
    });
    let typing = maybe(move || {
        let names = ctx.with(|chat| chat.typing_in(&to.get_value()));
        (!names.is_empty()).then(|| (words.typing)(&names))
    });
    let too_long = maybe(move || {
        let over = length.get().saturating_sub(TEXT_CHARS);
        (over > 0).then(|| (words.too_long)(over, TEXT_CHARS))
    });
    let left = maybe(move || {
        let left = TEXT_CHARS.checked_sub(length.get())?;
        (length.get() > COUNTED).then(|| (words.left)(left))
    });
    view! {
        <form class="composer" on:submit=on_submit>
            <div class="field-to-type">
                <label class="visually-hidden" for="message">
                    {words.message}
                </label>
                <textarea
                    id="message"
                    rows=rows
                    enterkeyhint="send"
                    dir="auto"
                    placeholder=placeholder
                    aria-describedby="message-problem"
                    node_ref=area
                    on:keydown=on_key
                    on:input:target=move |event| on_input(event.target().value())
                ></textarea>
                <button
                    type="submit"
                    class="primary"
                    // Before hydration, the browser would submit the form, and the text would be
                    // lost.
                    disabled=flag(move || !ctx.is_hydrated.get())
                    aria-disabled=state(move || blank.get())
                >
                    <Icon name=IconName::Send />
                    <span class="visually-hidden">{words.send}</span>
                </button>
            </div>
            // Always there, so that nothing moves when it gets content.
            <div class="composer-footer">
                <p class="typing">{typing}</p>
                <p class="problem" id="message-problem" role="status">
                    {too_long}
                </p>
                <p class="left">{left}</p>
            </div>
        </form>
    }
}
