//! One's own games that are going on, those that wait for one first.

use leptos::prelude::*;
use protocol::Seq;

use crate::components::badge::Badge;
use crate::components::game::status;
use crate::components::glyph::{Glyph, Icon};
use crate::house::games::opponent;
use crate::i18n::words;
use crate::reactive::{flag, maybe, memo, text};
use crate::tab::use_tab;

/// A list beside the conversation; nothing where there is no game.
#[component]
pub fn Shelf() -> impl IntoView {
    let tab = use_tab();
    let words = &words().games;
    let games = memo(move || {
        let games = tab.with(|house| house.own_games());
        let names = games.into_iter().map(|(room, table)| (room, table.of));
        names.collect::<Vec<_>>()
    });
    view! {
        <section class="places shelf" hidden=flag(move || games.with(Vec::is_empty))>
            <h2 id="shelf-title">{words.shelf}</h2>
            <ul role="list" aria-labelledby="shelf-title">
                <For
                    each=move || games.get()
                    key=|(room, of)| [room, "#", &of.to_string()].concat()
                    let:game
                >
                    <Own room=game.0 of=game.1 />
                </For>
            </ul>
        </section>
    }
}

#[component]
fn Own(room: String, of: Seq) -> impl IntoView {
    let tab = use_tab();
    let path = [&tab.path(&room), "#", &of.to_string()].concat();
    let table = memo(move || tab.with(|house| house.table(&room, of)));
    let me = tab.with_untracked(|house| house.person);
    let name = text(move || {
        let game = table.get().map(|table| table.game);
        let words = &words().games;
        game.map_or(String::new(), |game| {
            let with = opponent(&game, me).map(str::to_owned);
            with.unwrap_or_else(|| (words.title)(game.game).to_owned())
        })
    });
    let said = maybe(move || table.get().map(|table| status(&table.game, me)));
    let waits = memo(move || {
        let waits = table.get().is_some_and(|table| table.game.waits_for(me));
        u64::from(waits)
    });
    view! {
        <li>
            <a href=path class:news=flag(move || waits.get() > 0)>
                <span class="mark">
                    <Icon glyph=Glyph::Game />
                </span>
                <span class="name">{name} <small>{said}</small></span>
                <Badge count=Signal::derive(move || waits.get()) is_addressed=flag(|| true) />
            </a>
        </li>
    }
}
