//! One's own games that are going on, those that wait for one first.

use leptos::prelude::*;

use crate::components::game::status;
use crate::components::places::{Line, Mark, Places};
use crate::i18n::words;
use crate::markup::Markup;
use crate::reactive::{maybe, memo};
use crate::state::games::{Table, opponent};
use crate::tab::{Tab, use_tab};

/// A list beside the conversation; nothing where there is no game.
#[component]
pub fn Shelf() -> impl IntoView {
    let tab = use_tab();
    let lines = memo(move || {
        let games = tab.with(|chat| chat.own_games());
        let lines = games.iter().map(|(room, table)| line(tab, room, table));
        lines.fold(Markup::default(), Markup::with).html()
    });
    view! {
        <Places id="shelf-title" title=words().games.shelf lines hint=maybe(|| None) />
    }
}

fn line(tab: Tab, room: &str, table: &Table) -> Markup {
    let me = tab.with_untracked(|chat| chat.user);
    let game = &*table.game;
    let path = [&tab.path(room), "#", &table.of.to_string()].concat();
    Line {
        key: &path,
        path: &path,
        mark: Mark::Game,
        name: opponent(game, me).unwrap_or((words().games.title)(game.game)),
        aside: &status(game, me),
        is_open: false,
        unread: game.waits_for(me).into(),
        is_addressed: true,
        online: None,
    }
    .draw()
}
