//! Sentences for the reader that belong to no message, until they are dismissed.

use leptos::prelude::*;

use crate::components::glyph::{Glyph, Icon};
use crate::focus;
use crate::i18n::words;
use crate::reactive::memo;
use crate::state::What;
use crate::tab::use_tab;

/// Over a corner of the conversation; nothing moves when one comes.
#[component]
pub fn Notices() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let notices = memo(move || tab.with(|chat| chat.notices().to_vec()));
    let sentence = move |what| match what {
        What::Refused(sentence) => sentence,
        What::Here { name, room } => (words.is_in)(&name, &room),
        What::Announced { text, .. } => text,
    };
    view! {
        <div class="notices" role="alert">
            <For each=move || notices.get() key=|notice| notice.nth.to_string() let:notice>
                <p>
                    <span>{sentence(notice.what)}</span>
                    <button
                        type="button"
                        class="quiet"
                        aria-label=words.dismiss
                        on:click=move |_| {
                            tab.act(|chat| chat.dismiss(notice.nth));
                            focus::to_composer();
                        }
                    >
                        <Icon glyph=Glyph::Close />
                    </button>
                </p>
            </For>
        </div>
    }
}
