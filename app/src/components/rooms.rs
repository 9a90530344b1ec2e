//! The lists of public rooms: those that the user has joined, and the others.

use leptos::prelude::*;
use protocol::UserId;

use crate::chat_context::{ChatContext, use_chat_context};
use crate::components::nav_list::{NavItem, NavList, NavMark};
use crate::components::room_filter::RoomFilter;
use crate::i18n::words;
use crate::reactive::{maybe, memo};

/// Both lists, with the rooms that match the filter.
#[component]
pub fn Rooms(filter: RoomFilter) -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let joined = memo(move || filter.retain(ctx.with(|chat| chat.joined_room_names())));
    let others = memo(move || filter.retain(ctx.with(|chat| chat.other_rooms())));
    let hint = maybe(move || {
        let is_in_none = joined.with(Vec::is_empty) && filter.is_empty();
        is_in_none.then(|| words.no_rooms.to_owned())
    });
    view! {
        <NavList id="rooms-title" title=words.rooms keys=joined item hint />
        <NavList
            id="other-rooms-title"
            title=words.other_rooms
            keys=others
            item
            hint=maybe(|| None)
        />
    }
}

fn item(ctx: ChatContext, room: &str) -> NavItem {
    let entry = ctx.with(|chat| chat.room_entry(room));
    NavItem {
        path: ctx.path(room),
        mark: NavMark::Room,
        name: room.to_owned(),
        user: UserId::default(),
        detail: String::new(),
        is_open: entry.is_open,
        unread: entry.unread,
        has_mention: entry.has_mention,
        online: entry.online,
    }
}
