//! The name of the open conversation, and on a narrow screen the buttons that open the sides.

use client::To;
use leptos::prelude::*;

use crate::chat_context::{Overlay, use_chat_context};
use crate::components::icon::{Icon, IconName};
use crate::i18n::words;
use crate::join::join;
use crate::reactive::{flag, maybe, memo, text};
use crate::state::ChatState;

/// The ids of the page's two sides, which the buttons open on a narrow screen.
pub const SIDES: [&str; 2] = ["conversations", "people"];

/// The top of the conversation.
#[component]
pub fn Header() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let title = text(move || {
        let name = ctx.current_name();
        if name.is_empty() {
            words.start.to_owned()
        } else {
            name
        }
    });
    let unread = memo(move || ctx.with(ChatState::all_unread));
    let turns = memo(move || ctx.with(ChatState::games_waiting));
    let has_mention = memo(move || ctx.with(ChatState::has_mention));
    let about = maybe(move || match (ctx.current.get()?, ctx.public_room()) {
        (_, Some(room)) => {
            let online = ctx.with(|chat| chat.room_entry(&room).online);
            online.map(words.people_here)
        }
        _ => Some(words.in_private.to_owned()),
    });
    let to_conversations = text(move || {
        let mut said = vec![words.conversations.to_owned()];
        said.extend((unread.get() > 0).then(|| (words.unread)(unread.get())));
        said.extend((turns.get() > 0).then(|| (words.games.waiting)(turns.get())));
        join(&said, ", ")
    });
    view! {
        <header class="header">
            <button type="button" class="subtle to-conversations" popovertarget=SIDES[0]>
                <Icon name=IconName::Rooms />
                <span class="visually-hidden">{to_conversations}</span>
                <span
                    class="dot"
                    class:shown=flag(move || unread.get() + turns.get() > 0)
                    class:mention=flag(move || has_mention.get() || turns.get() > 0)
                ></span>
            </button>
            <div class="where">
                <h1>{title}</h1>
                <p class="about">{about}</p>
            </div>
            <button
                type="button"
                class="subtle to-play"
                title=words.games.play
                hidden=flag(move || !matches!(ctx.current.get(), Some(To::Room(_))))
                on:click=move |_| ctx.overlay.set(Some(Overlay::Games))
            >
                <Icon name=IconName::Game />
                <span class="visually-hidden">{words.games.play}</span>
            </button>
            <Show when=move || ctx.current.with(Option::is_some)>
                <button type="button" class="subtle to-people" popovertarget=SIDES[1]>
                    <Icon name=IconName::People />
                    <span class="visually-hidden">{words.people}</span>
                </button>
            </Show>
        </header>
    }
}

/// Closes a side, on a narrow screen.
#[component]
pub fn CloseSide(side: &'static str) -> impl IntoView {
    view! {
        <button
            type="button"
            class="subtle close-side"
            popovertarget=side
            popovertargetaction="hide"
            aria-label=words().close
        >
            <Icon name=IconName::Close />
        </button>
    }
}
