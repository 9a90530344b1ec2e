//! What the reader looks at, in a line, and the ways to both sides on a narrow screen.

use client::To;
use leptos::prelude::*;

use crate::components::glyph::{Glyph, Icon};
use crate::i18n::words;
use crate::reactive::{flag, maybe, memo, text};
use crate::state::ChatState;
use crate::tab::{Overlay, use_tab};

/// The ids of the page's two sides, which the buttons open on a narrow screen.
pub const SIDES: [&str; 2] = ["conversations", "people"];

/// The top of the conversation.
#[component]
pub fn Heading() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let title = text(move || {
        let name = tab.place_name();
        if name.is_empty() {
            words.start.to_owned()
        } else {
            name
        }
    });
    let unread = memo(move || tab.with(ChatState::all_unread));
    let turns = memo(move || tab.with(ChatState::turns));
    let is_addressed = memo(move || tab.with(ChatState::is_addressed));
    let about = maybe(move || match (tab.place.get()?, tab.public_room()) {
        (_, Some(room)) => {
            let online = tab.with(|chat| chat.room_entry(&room).online);
            online.map(words.people_here)
        }
        _ => Some(words.in_private.to_owned()),
    });
    let to_conversations = text(move || {
        let mut said = vec![words.conversations.to_owned()];
        said.extend((unread.get() > 0).then(|| (words.unread)(unread.get())));
        said.extend((turns.get() > 0).then(|| (words.games.waiting)(turns.get())));
        said.join(", ")
    });
    view! {
        <header class="heading">
            <button type="button" class="quiet to-conversations" popovertarget=SIDES[0]>
                <Icon glyph=Glyph::Rooms />
                <span class="unseen">{to_conversations}</span>
                <span
                    class="dot"
                    class:shown=flag(move || unread.get() + turns.get() > 0)
                    class:addressed=flag(move || is_addressed.get() || turns.get() > 0)
                ></span>
            </button>
            <div class="where">
                <h1>{title}</h1>
                <p class="about">{about}</p>
            </div>
            <button
                type="button"
                class="quiet to-play"
                title=words.games.play
                hidden=flag(move || !matches!(tab.place.get(), Some(To::Room(_))))
                on:click=move |_| tab.overlay.set(Some(Overlay::Play))
            >
                <Icon glyph=Glyph::Game />
                <span class="unseen">{words.games.play}</span>
            </button>
            <Show when=move || tab.place.with(Option::is_some)>
                <button type="button" class="quiet to-people" popovertarget=SIDES[1]>
                    <Icon glyph=Glyph::People />
                    <span class="unseen">{words.people}</span>
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
            class="quiet close-side"
            popovertarget=side
            popovertargetaction="hide"
            aria-label=words().close
        >
            <Icon glyph=Glyph::Close />
        </button>
    }
}
