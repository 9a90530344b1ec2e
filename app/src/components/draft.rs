//! What was sent and is not confirmed yet, or was refused and can be tried again.

use std::sync::Arc;

use leptos::either::Either;
use leptos::prelude::*;

use crate::components::message::Text;
use crate::i18n::words;
use crate::outbox::Draft;
use crate::tab::use_tab;

/// A message on its way.
#[component]
pub fn DraftLine(draft: Arc<Draft>) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let nickname = tab.house.with_untracked(|house| house.nickname.clone());
    let state = match draft.refused.clone() {
        None => Either::Left(view! { <span class="state">{words.sending}</span> }),
        Some(sentence) => {
            let (again, gone) = (draft.id.clone(), draft.id.clone());
            Either::Right(view! {
                <p class="problem" role="alert">
                    {sentence}
                </p>
                <p class="ways-out">
                    <button
                        type="button"
                        on:click=move |_| tab.act(|house| house.try_again(&again))
                    >
                        {words.try_again}
                    </button>
                    <button
                        type="button"
                        on:click=move |_| tab.house.update(|house| house.outbox.discard(&gone))
                    >
                        {words.discard}
                    </button>
                </p>
            })
        }
    };
    view! {
        <li class=if draft.refused.is_some() { "message own refused" } else { "message own pending" }>
            <span class="author">{nickname}</span>
            <Text text=draft.text.clone() />
            {state}
        </li>
    }
}
