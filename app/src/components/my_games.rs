//! The list of the user's running games. Those that wait for the user come first.

use leptos::prelude::*;
use protocol::UserId;

use crate::chat_context::{ChatContext, use_chat_context};
use crate::components::game::status;
use crate::components::nav_list::{NavItem, NavList, NavMark};
use crate::i18n::words;
use crate::reactive::{maybe, memo};
use crate::state::games::opponent;

/// A list in the sidebar; hidden while there is no game.
#[component]
pub fn MyGames() -> impl IntoView {
    let ctx = use_chat_context();
    let keys = memo(move || {
        let games = ctx.with(|chat| chat.my_games()).into_iter();
        let keys = games.map(|(room, game)| [&room, "#", &game.of.to_string()].concat());
        keys.collect::<Vec<_>>()
    });
    view! {
        <NavList
            id="my-games-title"
            title=words().games.my_games
            keys
            item
            hint=maybe(|| None)
        />
    }
}

/// A key is the end of the address of the game's message, like `tea#42`.
fn item(ctx: ChatContext, key: &str) -> NavItem {
    let (room, of) = key.rsplit_once('#').unwrap_or_default();
    let me = ctx.with_untracked(|chat| chat.user);
    let game = ctx.with(|chat| chat.game(room, of.parse().unwrap_or(0)));
    let Some(game) = game.map(|known| known.game) else {
        // Forgotten: its entry goes in a moment.
        return NavItem::default();
    };
    let opponent = opponent(&game, me).filter(|_| game.rules().is_duel());
    let name = opponent.unwrap_or(game.rules().words().title);
    NavItem {
        path: [&ctx.path(room), "#", of].concat(),
        mark: NavMark::Game,
        name: name.to_owned(),
        user: UserId::default(),
        detail: status(&game, me),
        is_open: false,
        unread: game.waits_for(me).into(),
        has_mention: true,
        online: None,
    }
}
