//! The header: where one is, who one is, and the way out.

use leptos::prelude::*;
use protocol::is_direct;

use crate::components::badge::Badge;
use crate::first_paint::base;
use crate::house::House;
use crate::i18n::words;
use crate::memory;
use crate::outbox::To;
use crate::tab::use_tab;

/// The ids of the page's two sides, which the header's buttons open on a narrow screen.
pub const SIDES: [&str; 2] = ["conversations", "people"];

/// The page's header.
#[component]
pub fn Masthead() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let title = move || {
        let name = tab.place_name();
        if name.is_empty() {
            words.start.to_owned()
        } else {
            name
        }
    };
    let unread = Memo::new(move |_| tab.house.with(House::all_unread));
    view! {
        <header class="masthead">
            <button type="button" class="narrow conversations-button" popovertarget=SIDES[0]>
                {words.rooms}
                <Badge count=unread />
            </button>
            <div class="place">
                <h1>{title}</h1>
                <Public />
            </div>
            <Show when=move || tab.place.with(Option::is_some)>
                <button type="button" class="narrow people-button" popovertarget=SIDES[1]>
                    {words.people}
                </button>
            </Show>
            <Oneself />
        </header>
    }
}

/// How many people are in a public room, and the way out of it.
#[component]
fn Public() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let room = move || match tab.place.get() {
        Some(To::Room(room)) if !is_direct(&room) => Some(room),
        _ => None,
    };
    move || {
        room().map(|room| {
            let counted = room.clone();
            let online = Memo::new(move |_| {
                let entry = tab.house.with(|house| house.room_entry(&counted));
                entry.online
            });
            view! {
                <span class="online">{move || online.get().map(words.people_here)}</span>
                <button type="button" on:click=move |_| tab.act(|house| house.leave(&room))>
                    {words.leave}
                </button>
            }
        })
    }
}

/// Oneself, as whom else one can come in, and sign-out: a plain form, since it is a full load.
#[component]
fn Oneself() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let forget = move |_| memory::forget(tab.house.with_untracked(|house| house.person));
    view! {
        <div class="oneself">
            <span>
                {words.you_are} " "
                <strong>{move || tab.house.with(|house| house.nickname.clone())}</strong>
            </span>
            <a href="/u/new" rel="external">
                {words.enter_as_someone_else}
            </a>
            <form
                method="post"
                action=[&base(tab.seat()), "/sign-out"].concat()
                on:submit=forget
            >
                <button type="submit">{words.sign_out}</button>
            </form>
        </div>
    }
}
