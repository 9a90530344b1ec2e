//! Sentences that belong to no message, until they are dismissed.

use leptos::prelude::*;

use crate::chat_context::use_chat_context;
use crate::components::icon::{Icon, IconName};
use crate::focus;
use crate::i18n::words;
use crate::reactive::memo;
use crate::state::ToastKind;

/// In a corner of the conversation, over it: nothing moves when one comes.
#[component]
pub fn Toasts() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let toasts = memo(move || ctx.with(|chat| chat.toasts().to_vec()));
    let sentence = move |kind| match kind {
        ToastKind::Refused(sentence) => sentence,
        ToastKind::Here { name, room } => (words.is_in)(&name, &room),
        ToastKind::Announced { text, .. } => text,
    };
    view! {
        <div class="toasts" role="alert">
            <For each=move || toasts.get() key=|toast| toast.id.to_string() let:toast>
                <p>
                    <span>{sentence(toast.kind)}</span>
                    <button
                        type="button"
                        class="subtle"
                        aria-label=words.dismiss
                        on:click=move |_| {
                            ctx.dispatch(|chat| chat.dismiss(toast.id));
                            focus::to_composer();
                        }
                    >
                        <Icon name=IconName::Close />
                    </button>
                </p>
            </For>
        </div>
    }
}
