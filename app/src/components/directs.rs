//! The list of private conversations.

use client::To;
use leptos::prelude::*;

use crate::components::finder::Finder;
use crate::components::places::{Line, Mark, Places};
use crate::first_paint::user_path;
use crate::i18n::words;
use crate::markup::Markup;
use crate::reactive::{maybe, memo};
use crate::state::DirectEntry;
use crate::tab::{Tab, use_tab};

/// The most recently used first; before them those that are being begun.
#[component]
pub fn Directs(finder: Finder) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let lines = memo(move || {
        let mut begun = tab.with(|chat| chat.outbox.users());
        if let Some(To::User(nickname)) = tab.place.get()
            && !begun.contains(&nickname)
        {
            begun.push(nickname);
        }
        let begun = finder.left(begun).into_iter().map(To::User);
        let rooms = tab.with(|chat| chat.direct_rooms());
        let places = begun.chain(rooms.into_iter().map(To::Room));
        let mut lines = Markup::default();
        for to in places {
            let entry = entry(tab, &to);
            if finder.takes(&entry.with) {
                lines = lines.with(draw(tab, &to, &entry));
            }
        }
        lines.html()
    });
    let hint = maybe(move || {
        let is_nobody = lines.with(String::is_empty) && finder.is_empty();
        is_nobody.then(|| words.no_private_messages.to_owned())
    });
    view! { <Places id="directs-title" title=words.private_messages lines hint /> }
}

/// One with a user has no message yet, or its first one is on its way.
fn entry(tab: Tab, to: &To) -> DirectEntry {
    match to {
        To::Room(room) => tab.with(|chat| chat.direct_entry(room)),
        To::User(nickname) => DirectEntry {
            with: nickname.clone(),
            holds: true,
            is_open: tab.place.get().as_ref() == Some(to),
            unread: 0,
        },
    }
}

fn draw(tab: Tab, to: &To, entry: &DirectEntry) -> Markup {
    let path = match to {
        To::Room(room) => tab.path(room),
        To::User(nickname) => user_path(tab.seat(), nickname),
    };
    Line {
        key: &to.key(),
        path: &path,
        mark: Mark::User(&entry.with),
        name: &entry.with,
        aside: if entry.holds { "" } else { words().has_left },
        is_open: entry.is_open,
        unread: entry.unread,
        is_addressed: true,
        online: None,
    }
    .draw()
}
