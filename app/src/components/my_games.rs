//! One's own games that are going on, those that wait for one first.

use leptos::prelude::*;

use crate::chat_context::{ChatContext, use_chat_context};
use crate::components::game::status;
use crate::components::nav_list::{Line, Mark, NavList};
use crate::html_builder::HtmlBuilder;
use crate::i18n::words;
use crate::reactive::{maybe, memo};
use crate::state::games::{KnownGame, opponent};

/// A list beside the conversation; nothing where there is no game.
#[component]
pub fn MyGames() -> impl IntoView {
    let ctx = use_chat_context();
    let lines = memo(move || {
        let games = ctx.with(|chat| chat.my_games());
        let lines = games.iter().map(|(room, table)| line(ctx, room, table));
        lines.fold(HtmlBuilder::default(), HtmlBuilder::with).html()
    });
    view! {
        <NavList id="my-games-title" title=words().games.my_games lines hint=maybe(|| None) />
    }
}

fn line(ctx: ChatContext, room: &str, table: &KnownGame) -> HtmlBuilder {
    let me = ctx.with_untracked(|chat| chat.user);
    let game = &*table.game;
    let path = [&ctx.path(room), "#", &table.of.to_string()].concat();
    Line {
        key: &path,
        path: &path,
        mark: Mark::Game,
        name: opponent(game, me).unwrap_or((words().games.title)(game.game)),
        aside: &status(game, me),
        is_open: false,
        unread: game.waits_for(me).into(),
        has_mention: true,
        online: None,
    }
    .draw()
}
