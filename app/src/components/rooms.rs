//! The lists of public rooms: one's own, and the others.

use leptos::prelude::*;

use crate::chat_context::{ChatContext, use_chat_context};
use crate::components::nav_list::{Line, Mark, NavList};
use crate::components::room_filter::RoomFilter;
use crate::html_builder::HtmlBuilder;
use crate::i18n::words;
use crate::reactive::{maybe, memo};

/// One's own rooms and the others, those that the filter leaves.
#[component]
pub fn Rooms(room_filter: RoomFilter) -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let mine = memo(move || {
        draw(
            ctx,
            room_filter.left(ctx.with(|chat| chat.joined_room_names())),
        )
    });
    let others = memo(move || draw(ctx, room_filter.left(ctx.with(|chat| chat.other_rooms()))));
    let hint = maybe(move || {
        let is_nowhere = mine.with(String::is_empty) && room_filter.is_empty();
        is_nowhere.then(|| words.no_rooms.to_owned())
    });
    view! {
        <NavList id="rooms-title" title=words.rooms lines=mine hint />
        <NavList
            id="other-rooms-title"
            title=words.other_rooms
            lines=others
            hint=maybe(|| None)
        />
    }
}

fn draw(ctx: ChatContext, rooms: Vec<String>) -> String {
    let mut lines = HtmlBuilder::default();
    for room in &rooms {
        let entry = ctx.with(|chat| chat.room_entry(room));
        lines = lines.with(
            Line {
                key: room,
                path: &ctx.path(room),
                mark: Mark::Room,
                name: room,
                aside: "",
                is_open: entry.is_open,
                unread: entry.unread,
                has_mention: entry.has_mention,
                online: entry.online,
            }
            .draw(),
        );
    }
    lines.html()
}
