//! The lists of public rooms: one's own, and the others.

use leptos::prelude::*;

use crate::components::badge::Badge;
use crate::components::finder::Finder;
use crate::i18n::words;
use crate::reactive::{Maybe, attribute, flag, maybe, memo};
use crate::tab::use_tab;

/// One's own rooms and the others, those that the finder leaves.
#[component]
pub fn Rooms(finder: Finder) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let mine = memo(move || finder.left(tab.with(|house| house.my_rooms())));
    let others = memo(move || finder.left(tab.with(|house| house.other_rooms())));
    let hint = maybe(move || {
        let is_nowhere = mine.with(Vec::is_empty) && finder.is_empty();
        is_nowhere.then(|| words.no_rooms.to_owned())
    });
    view! {
        <RoomList id="rooms-title" title=words.rooms rooms=mine hint />
        <RoomList
            id="other-rooms-title"
            title=words.other_rooms
            rooms=others
            hint=maybe(|| None)
        />
    }
}

#[component]
fn RoomList(
    id: &'static str,
    title: &'static str,
    rooms: Memo<Vec<String>>,
    /// What is said in place of the list.
    hint: Maybe,
) -> impl IntoView {
    let is_empty = flag(move || rooms.with(Vec::is_empty) && hint.with(Option::is_none));
    view! {
        <section class="places" hidden=is_empty>
            <h2 id=id>{title}</h2>
            <ul role="list" aria-labelledby=id>
                <For each=move || rooms.get() key=String::clone let:room>
                    <Room room />
                </For>
            </ul>
            <p class="hint">{hint}</p>
        </section>
    }
}

#[component]
fn Room(room: String) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let path = tab.path(&room);
    let name = room.clone();
    let entry = memo(move || tab.with(|house| house.room_entry(&room)));
    let count = move || entry.with(|entry| entry.online);
    view! {
        <li>
            <a
                href=path
                class:news=flag(move || entry.with(|entry| entry.unread > 0))
                aria-current=attribute(move || {
                    entry.with(|entry| entry.is_open).then_some("page")
                })
            >
                <span class="mark" aria-hidden="true">
                    "#"
                </span>
                <span class="name" title=name.clone()>
                    {name.clone()}
                </span>
                <Badge
                    count=Signal::derive(move || entry.with(|entry| entry.unread))
                    is_addressed=flag(move || entry.with(|entry| entry.is_addressed))
                />
                <span class="count" aria-hidden="true">
                    {maybe(move || count().map(|count| count.to_string()))}
                </span>
                <span class="unseen">{maybe(move || count().map(words.people_here))}</span>
            </a>
        </li>
    }
}
