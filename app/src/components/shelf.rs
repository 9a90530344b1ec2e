//! One's own games that are going on, those that wait for one first.

use leptos::html;
use leptos::prelude::*;

use crate::components::game::status;
use crate::components::glyph::Glyph;
use crate::house::games::{Table, opponent};
use crate::i18n::words;
use crate::markup::Markup;
use crate::patch::patch;
use crate::reactive::{effect, flag, memo};
use crate::tab::{Tab, use_tab};

/// A list beside the conversation; nothing where there is no game.
#[component]
pub fn Shelf() -> impl IntoView {
    let tab = use_tab();
    let lines = memo(move || {
        let games = tab.with(|house| house.own_games());
        let lines = games.iter().map(|(room, table)| line(tab, room, table));
        lines.fold(Markup::default(), Markup::with).html()
    });
    let list = NodeRef::<html::Ul>::new();
    let first = lines.get_untracked();
    let shown = StoredValue::new(first.clone());
    effect(move || {
        let lines = lines.get();
        if let Some(list) = list.get()
            && shown.get_value() != lines
        {
            patch(&list, &lines);
            shown.set_value(lines);
        }
    });
    view! {
        <section class="places shelf" hidden=flag(move || lines.with(String::is_empty))>
            <h2 id="shelf-title">{words().games.shelf}</h2>
            <ul role="list" aria-labelledby="shelf-title" node_ref=list inner_html=first></ul>
        </section>
    }
}

fn line(tab: Tab, room: &str, table: &Table) -> Markup {
    let me = tab.with_untracked(|house| house.person);
    let game = &*table.game;
    let waits = game.waits_for(me);
    let name = opponent(game, me).unwrap_or((words().games.title)(game.game));
    Markup::default()
        .tags("<li><a href=\"")
        .text(&[&tab.path(room), "#", &table.of.to_string()].concat())
        .tags_if(waits, "\" class=\"news")
        .tags("\"><span class=\"mark\" aria-hidden=\"true\"><svg class=\"glyph\" viewBox=\"0 0 20 20\"><path d=\"")
        .tags(Glyph::Game.path())
        .tags("\"/></svg></span><span class=\"name\">")
        .text(name)
        .tags(" <small>")
        .text(&status(game, me))
        .tags("</small></span>")
        .tags_if(waits, "<span class=\"unread addressed\" aria-hidden=\"true\">1</span>")
        .tags("</a></li>")
}
