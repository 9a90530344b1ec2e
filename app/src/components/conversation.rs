//! What the reader looks at: the log of a place with the composer under it, or the start page.

use client::To;
use leptos::either::Either;
use leptos::prelude::*;

use crate::components::announcer::Announcer;
use crate::components::banner::Banner;
use crate::components::composer::Composer;
use crate::components::heading::Heading;
use crate::components::log::Log;
use crate::components::notices::Notices;
use crate::i18n::words;
use crate::reactive::{flag, maybe, memo, text};
use crate::state::ChatState;
use crate::tab::use_tab;

/// The middle of the page.
#[component]
pub fn Conversation() -> impl IntoView {
    let tab = use_tab();
    view! {
        <main>
            <Heading />
            <Banner />
            <div class="middle">
                // Keyed: what is typed into one place's composer must not turn up in another's.
                <For each=move || [tab.place.get()] key=|to| to.as_ref().map(To::key).unwrap_or_default() let:to>
                    {match to {
                        Some(to) => Either::Left(view! { <Place to /> }),
                        None => Either::Right(view! { <Start /> }),
                    }}
                </For>
                <Notices />
            </div>
            <Announcer />
        </main>
    }
}

#[component]
fn Place(to: To) -> impl IntoView {
    let tab = use_tab();
    let is_gone = memo(move || tab.with(ChatState::is_gone));
    view! {
        <Gone is_gone />
        <Log to=to.clone() />
        <Composer to />
    }
}

/// Nothing is chosen yet.
#[component]
fn Start() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let lead = text(move || match tab.with(ChatState::has_rooms) {
        true => words.start_lead.to_owned(),
        false => words.first_room_lead.to_owned(),
    });
    view! {
        <div class="state">
            <p>{lead}</p>
        </div>
    }
}

/// What was open is not there any more.
#[component]
fn Gone(is_gone: Memo<bool>) -> impl IntoView {
    let words = words();
    let said = |words: &'static str| maybe(move || is_gone.get().then(|| words.to_owned()));
    view! {
        <div class="state gone" role="status" hidden=flag(move || !is_gone.get())>
            <h2>{said(words.gone)}</h2>
            <p>{said(words.gone_lead)}</p>
        </div>
    }
}
