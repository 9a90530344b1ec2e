//! The open conversation: its message list with the composer below it; or the start page.

use client::To;
use leptos::either::Either;
use leptos::prelude::*;

use crate::chat_context::use_chat_context;
use crate::components::composer::Composer;
use crate::components::connection_banner::ConnectionBanner;
use crate::components::header::Header;
use crate::components::live_region::LiveRegion;
use crate::components::message_list::MessageList;
use crate::components::toasts::Toasts;
use crate::i18n::words;
use crate::reactive::{flag, maybe, memo, text};
use crate::state::ChatState;

/// The middle of the page.
#[component]
pub fn Conversation() -> impl IntoView {
    let ctx = use_chat_context();
    view! {
        <main>
            <Header />
            <ConnectionBanner />
            <div class="middle">
                // Keyed: what is typed in one conversation's composer must not appear in another's.
                <For each=move || [ctx.current.get()] key=|to| to.as_ref().map(To::key).unwrap_or_default() let:to>
                    {match to {
                        Some(to) => Either::Left(view! { <OpenConversation to /> }),
                        None => Either::Right(view! { <Start /> }),
                    }}
                </For>
                <Toasts />
            </div>
            <LiveRegion />
        </main>
    }
}

#[component]
fn OpenConversation(to: To) -> impl IntoView {
    let ctx = use_chat_context();
    let is_gone = memo(move || ctx.with(ChatState::is_gone));
    view! {
        <Gone is_gone />
        <MessageList to=to.clone() />
        <Composer to />
    }
}

/// No conversation is open.
#[component]
fn Start() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let lead = text(move || match ctx.with(ChatState::has_rooms) {
        true => words.start_lead.to_owned(),
        false => words.first_room_lead.to_owned(),
    });
    view! {
        <div class="state">
            <p>{lead}</p>
        </div>
    }
}

/// The conversation that was open does not exist any more.
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
