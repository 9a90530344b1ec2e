//! The list of private conversations.

use leptos::prelude::*;

use crate::components::avatar::Avatar;
use crate::components::badge::Badge;
use crate::components::finder::Finder;
use crate::first_paint::person_path;
use crate::house::DirectEntry;
use crate::i18n::words;
use crate::outbox::To;
use crate::reactive::{attribute, flag, maybe, memo, text};
use crate::tab::use_tab;

/// The most recently used first; before them those that are being begun.
#[component]
pub fn Directs(finder: Finder) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let places = memo(move || {
        let mut begun = tab.with(|house| house.outbox.persons());
        if let Some(To::Person(nickname)) = tab.place.get()
            && !begun.contains(&nickname)
        {
            begun.push(nickname);
        }
        let begun = finder.left(begun).into_iter().map(To::Person);
        let mut rooms = tab.with(|house| house.direct_rooms());
        rooms.retain(|room| finder.takes(&tab.with(|house| house.direct_entry(room).with)));
        begun
            .chain(rooms.into_iter().map(To::Room))
            .collect::<Vec<_>>()
    });
    let hint = maybe(move || {
        let is_nobody = places.with(Vec::is_empty) && finder.is_empty();
        is_nobody.then(|| words.no_private_messages.to_owned())
    });
    view! {
        <section class="places">
            <h2 id="directs-title">{words.private_messages}</h2>
            <ul role="list" aria-labelledby="directs-title">
                <For each=move || places.get() key=To::key let:to>
                    <Direct to />
                </For>
            </ul>
            <p class="hint">{hint}</p>
        </section>
    }
}

/// A conversation; one with a person has no message yet, or its first one is on its way.
#[component]
fn Direct(to: To) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let path = match &to {
        To::Room(room) => tab.path(room),
        To::Person(nickname) => person_path(tab.seat(), nickname),
    };
    let entry = memo(move || match &to {
        To::Room(room) => tab.with(|house| house.direct_entry(room)),
        To::Person(nickname) => DirectEntry {
            with: nickname.clone(),
            holds: true,
            is_open: tab.place.get().as_ref() == Some(&to),
            unread: 0,
        },
    });
    let name = text(move || entry.with(|entry| entry.with.clone()));
    let has_left = maybe(move || {
        let has_left = entry.with(|entry| !entry.holds);
        has_left.then(|| [" ", words.has_left].concat())
    });
    view! {
        <li>
            <a
                href=path
                class:news=flag(move || entry.with(|entry| entry.unread > 0))
                aria-current=attribute(move || {
                    entry.with(|entry| entry.is_open).then_some("page")
                })
            >
                <Avatar name />
                <span class="name">{name} <small>{has_left}</small></span>
                <Badge
                    count=Signal::derive(move || entry.with(|entry| entry.unread))
                    is_addressed=flag(|| true)
                />
            </a>
        </li>
    }
}
