//! The lists of public rooms: one's own, and the others.

use leptos::prelude::*;

use crate::components::finder::Finder;
use crate::components::places::{Line, Mark, Places};
use crate::i18n::words;
use crate::markup::Markup;
use crate::reactive::{maybe, memo};
use crate::tab::{Tab, use_tab};

/// One's own rooms and the others, those that the finder leaves.
#[component]
pub fn Rooms(finder: Finder) -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let mine = memo(move || draw(tab, finder.left(tab.with(|chat| chat.my_rooms()))));
    let others = memo(move || draw(tab, finder.left(tab.with(|chat| chat.other_rooms()))));
    let hint = maybe(move || {
        let is_nowhere = mine.with(String::is_empty) && finder.is_empty();
        is_nowhere.then(|| words.no_rooms.to_owned())
    });
    view! {
        <Places id="rooms-title" title=words.rooms lines=mine hint />
        <Places
            id="other-rooms-title"
            title=words.other_rooms
            lines=others
            hint=maybe(|| None)
        />
    }
}

fn draw(tab: Tab, rooms: Vec<String>) -> String {
    let mut lines = Markup::default();
    for room in &rooms {
        let entry = tab.with(|chat| chat.room_entry(room));
        lines = lines.with(
            Line {
                key: room,
                path: &tab.path(room),
                mark: Mark::Room,
                name: room,
                aside: "",
                is_open: entry.is_open,
                unread: entry.unread,
                is_addressed: entry.is_addressed,
                online: entry.online,
            }
            .draw(),
        );
    }
    lines.html()
}
