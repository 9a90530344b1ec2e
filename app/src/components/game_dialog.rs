//! Before the page: offering a game, who won how often, and a game as large as the screen allows.

use leptos::prelude::*;
use protocol::frame::Score;
use protocol::games::{Act, GameName};
use protocol::limits::CLOCK;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlSelectElement};

use crate::chat_context::{ChatContext, Overlay, use_chat_context};
use crate::components::dialog::Dialog;
use crate::components::game::GameView;
use crate::html_builder::HtmlBuilder;
use crate::i18n::words;
use crate::message_id;
use crate::outbox::To;
use crate::reactive::memo;
use crate::sorted_map::put_in_order;

/// The clocks to choose from, in seconds for each move.
const CLOCKS: [u32; 5] = [30, CLOCK, 300, 86_400, 0];

/// A form to offer a game where the reader is, and the scores of that place.
#[component]
pub fn GameDialog() -> impl IntoView {
    let ctx = use_chat_context();
    let place = ctx.current.get_untracked();
    let room = match place {
        Some(To::Room(room)) => room,
        _ => String::new(),
    };
    let form = form(ctx, &room).html();
    let at = room.clone();
    let invite = move |event: Event| {
        event.prevent_default();
        let form = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if let Some(act) = form.and_then(|form| chosen(&form)) {
            ctx.close_overlay();
            let id = message_id::fresh();
            ctx.dispatch(|chat| chat.submit_action(at.clone(), act, id));
        }
    };
    ctx.dispatch(|chat| chat.ask_scores(room.clone()));
    let scores = memo(move || {
        let scores = ctx.with(|chat| chat.scores(&room));
        scores.map_or(String::new(), |scores| known(&scores).html())
    });
    view! {
        <Dialog overlay=Overlay::Games label=words().games.play>
            <form class="invite" inner_html=form on:submit=move |event| invite(event.into())></form>
            <div class="all-scores" inner_html=move || scores.get()></div>
        </Dialog>
    }
}

fn form(ctx: ChatContext, room: &str) -> HtmlBuilder {
    let words = &words().games;
    let title = match ctx.public_room() {
        Some(room) => (words.games_in)(&room),
        None => (words.games_with)(&ctx.current_name()),
    };
    let mut form = HtmlBuilder::default()
        .tags("<h2>")
        .text(&title)
        .tags("</h2>");
    let games =
        GameName::ALL.map(|game| (game.as_str().to_owned(), (words.title)(game).to_owned()));
    form = form.with(select("game", words.which, &games, ""));
    if ctx.public_room().is_some() {
        let me = ctx.with_untracked(|chat| chat.nickname.clone());
        let mut others = ctx.with_untracked(|chat| {
            let timeline = chat.timeline(&To::Room(room.to_owned()));
            timeline.map_or_else(Vec::new, |timeline| timeline.members().to_vec())
        });
        others.retain(|name| *name != me);
        put_in_order(&mut others);
        let mut with = vec![(String::new(), words.everybody.to_owned())];
        with.extend(others.into_iter().map(|name| (name.clone(), name)));
        form = form.with(select("with", words.with, &with, ""));
    }
    let clocks = CLOCKS.map(|clock| (clock.to_string(), (words.time)(clock)));
    form.with(select("clock", words.clock, &clocks, &CLOCK.to_string()))
        .tags("<button type=\"submit\" class=\"primary\" autofocus>")
        .text(words.invite)
        .tags("</button>")
}

/// A field to choose in, by value and name.
fn select(name: &str, label: &str, options: &[(String, String)], chosen: &str) -> HtmlBuilder {
    let mut select = HtmlBuilder::default()
        .tags("<label>")
        .text(label)
        .tags(" <select name=\"")
        .text(name)
        .tags("\">");
    for (value, name) in options {
        select = select
            .tags("<option value=\"")
            .text(value)
            .tags_if(value == chosen, "\" selected=\"")
            .tags("\">")
            .text(name)
            .tags("</option>");
    }
    select.tags("</select></label>")
}

/// What was chosen in the form.
fn chosen(form: &Element) -> Option<Act> {
    let value = |name: &str| {
        let select = form
            .query_selector(&["[name=", name, "]"].concat())
            .ok()??;
        Some(select.dyn_into::<HtmlSelectElement>().ok()?.value())
    };
    let name = value("game")?;
    Some(Act::Invite {
        game: GameName::ALL.into_iter().find(|it| it.as_str() == name)?,
        with: value("with").filter(|with| !with.is_empty()),
        clock: value("clock").and_then(|clock| clock.parse().ok()),
    })
}

/// Who won how often in a room, and the reader against each.
fn known(scores: &[Score]) -> HtmlBuilder {
    let words = &words().games;
    if scores.is_empty() {
        return HtmlBuilder::default()
            .tags("<p class=\"hint\">")
            .text(words.no_scores)
            .tags("</p>");
    }
    let (all, pairs): (Vec<_>, Vec<_>) = scores.iter().partition(|line| line.against.is_none());
    let all = table(
        words.scores,
        all.iter().map(|line| (line.name.as_str(), *line)),
    );
    let pairs = pairs.iter().map(|line| (line.against_name.as_str(), *line));
    all.with(table(words.scores_yours, pairs))
}

fn table<'a>(title: &str, lines: impl Iterator<Item = (&'a str, &'a Score)>) -> HtmlBuilder {
    let words = &words().games;
    let mut table = HtmlBuilder::default()
        .tags("<table class=\"scores\"><caption>")
        .text(title)
        .tags("</caption><thead><tr>");
    for head in [words.name, words.won, words.drawn, words.lost] {
        table = table.tags("<th scope=\"col\">").text(head).tags("</th>");
    }
    table = table.tags("</tr></thead><tbody>");
    for (name, line) in lines {
        table = table
            .tags("<tr><th scope=\"row\">")
            .text(name)
            .tags("</th>");
        for number in [line.won, line.drawn, line.lost] {
            table = table.tags("<td>").text(&number.to_string()).tags("</td>");
        }
        table = table.tags("</tr>");
    }
    table.tags("</tbody></table>")
}

/// A game, as large as the screen allows.
#[component]
pub fn LargeGame() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let enlarged = ctx.enlarged.get_value();
    let (room, of) = enlarged.rsplit_once('#')?;
    let (room, of) = (room.to_owned(), of.parse().ok()?);
    let card = ctx.with_untracked(|chat| chat.game(&room, of))?.game;
    let large = view! {
        <Dialog overlay=Overlay::LargeGame label=words.games.board>
            <GameView room of card is_large=true />
            <form method="dialog">
                <button type="submit">{words.close}</button>
            </form>
        </Dialog>
    };
    Some(large)
}
