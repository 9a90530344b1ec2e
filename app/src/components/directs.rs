//! The list of private conversations.

use client::To;
use leptos::prelude::*;

use crate::chat_context::{ChatContext, use_chat_context};
use crate::components::nav_list::{NavItem, NavList, NavMark};
use crate::components::room_filter::RoomFilter;
use crate::i18n::words;
use crate::initial_data::user_path;
use crate::reactive::{maybe, memo};
use crate::state::DirectEntry;

/// The most recently used conversation comes first. Before it come those that have no message yet.
#[component]
pub fn Directs(filter: RoomFilter) -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let keys = memo(move || {
        let mut begun = ctx.with(|chat| chat.pending_messages.users());
        if let Some(To::User(nickname)) = ctx.current.get()
            && !begun.contains(&nickname)
        {
            begun.push(nickname);
        }
        let begun = begun.into_iter().map(To::User);
        let rooms = ctx.with(|chat| chat.direct_rooms());
        let all = begun.chain(rooms.into_iter().map(To::Room));
        let matching = all.filter(|to| filter.matches(&entry(ctx, to).with));
        matching.map(|to| to.key()).collect::<Vec<_>>()
    });
    let hint = maybe(move || {
        let has_none = keys.with(Vec::is_empty) && filter.is_empty();
        has_none.then(|| words.no_private_messages.to_owned())
    });
    view! { <NavList id="directs-title" title=words.private_messages keys item hint /> }
}

/// A conversation with a user (by nickname) has no message yet, or its first one is on its way.
fn entry(ctx: ChatContext, to: &To) -> DirectEntry {
    match to {
        To::Room(room) => ctx.with(|chat| chat.direct_entry(room)),
        To::User(nickname) => DirectEntry {
            with: nickname.clone(),
            user: ctx.with(|chat| chat.user_named(nickname)),
            holds: true,
            is_open: ctx.current.get().as_ref() == Some(to),
            unread: 0,
        },
    }
}

fn item(ctx: ChatContext, key: &str) -> NavItem {
    let to = To::from_key(key);
    let entry = entry(ctx, &to);
    let path = match &to {
        To::Room(room) => ctx.path(room),
        To::User(nickname) => user_path(ctx.account_slot(), nickname),
    };
    let detail = if entry.holds { "" } else { words().has_left };
    NavItem {
        path,
        mark: NavMark::User,
        name: entry.with,
        user: entry.user,
        detail: detail.to_owned(),
        is_open: entry.is_open,
        unread: entry.unread,
        has_mention: true,
        online: None,
    }
}
