//! The list of private conversations.

use leptos::prelude::*;

use crate::chat_context::{ChatContext, use_chat_context};
use crate::components::nav_list::{Line, Mark, NavList};
use crate::components::room_filter::RoomFilter;
use crate::html_builder::HtmlBuilder;
use crate::i18n::words;
use crate::initial_data::user_path;
use crate::outbox::To;
use crate::reactive::{maybe, memo};
use crate::state::DirectEntry;

/// The most recently used first; before them those that are being begun.
#[component]
pub fn Directs(room_filter: RoomFilter) -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let lines = memo(move || {
        let mut begun = ctx.with(|chat| chat.outbox.users());
        if let Some(To::User(nickname)) = ctx.current.get()
            && !begun.contains(&nickname)
        {
            begun.push(nickname);
        }
        let begun = room_filter.left(begun).into_iter().map(To::User);
        let rooms = ctx.with(|chat| chat.direct_rooms());
        let nav_list = begun.chain(rooms.into_iter().map(To::Room));
        let mut lines = HtmlBuilder::default();
        for to in nav_list {
            let entry = entry(ctx, &to);
            if room_filter.takes(&entry.with) {
                lines = lines.with(draw(ctx, &to, &entry));
            }
        }
        lines.html()
    });
    let hint = maybe(move || {
        let is_nobody = lines.with(String::is_empty) && room_filter.is_empty();
        is_nobody.then(|| words.no_private_messages.to_owned())
    });
    view! { <NavList id="directs-title" title=words.private_messages lines hint /> }
}

/// One with a user has no message yet, or its first one is on its way.
fn entry(ctx: ChatContext, to: &To) -> DirectEntry {
    match to {
        To::Room(room) => ctx.with(|chat| chat.direct_entry(room)),
        To::User(nickname) => DirectEntry {
            with: nickname.clone(),
            holds: true,
            is_open: ctx.current.get().as_ref() == Some(to),
            unread: 0,
        },
    }
}

fn draw(ctx: ChatContext, to: &To, entry: &DirectEntry) -> HtmlBuilder {
    let path = match to {
        To::Room(room) => ctx.path(room),
        To::User(nickname) => user_path(ctx.account_slot(), nickname),
    };
    Line {
        key: &to.key(),
        path: &path,
        mark: Mark::User(&entry.with),
        name: &entry.with,
        aside: if entry.holds { "" } else { words().has_left },
        is_open: entry.is_open,
        unread: entry.unread,
        has_mention: true,
        online: None,
    }
    .draw()
}
