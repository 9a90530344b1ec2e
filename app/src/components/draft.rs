//! What was sent and is not confirmed yet, or was refused and can be tried again.

use std::sync::Arc;

use leptos::either::Either;
use leptos::prelude::*;

use crate::components::message::{Author, Text};
use crate::focus;
use crate::i18n::words;
use crate::outbox::Draft;
use crate::tab::use_tab;

/// A message on its way. As high as the message that it becomes.
#[component]
pub fn DraftLine(draft: Arc<Draft>, leads: bool) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let name = tab.with_untracked(|house| house.nickname.clone());
    let is_refused = draft.refused.is_some();
    let state = if is_refused {
        words.not_sent
    } else {
        words.sending
    };
    let ways_out = match draft.refused.clone() {
        None => Either::Left(()),
        Some(sentence) => {
            let (again, gone) = (draft.id.clone(), draft.id.clone());
            Either::Right(view! {
                <div class="ways-out">
                    <p class="problem" role="alert">
                        {sentence}
                    </p>
                    <button
                        type="button"
                        on:click=move |_| {
                            tab.act(|house| house.try_again(&again));
                            focus::to_composer();
                        }
                    >
                        {words.try_again}
                    </button>
                    <button
                        type="button"
                        on:click=move |_| {
                            tab.act(|house| house.drop_draft(&gone));
                            focus::to_composer();
                        }
                    >
                        {words.discard}
                    </button>
                </div>
            })
        }
    };
    view! {
        <li
            class="message own"
            class:leads=leads
            class:pending=!is_refused
            class:refused=is_refused
            tabindex="-1"
        >
            <Author name leads />
            <span class="time">{state}</span>
            <Text text=draft.text.clone() />
            {ways_out}
        </li>
    }
}
