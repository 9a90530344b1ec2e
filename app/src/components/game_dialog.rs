//! Two dialogs: one to offer a game, with the scores of the room, and one that shows a game as
//! large as the screen allows.

use client::To;
use leptos::either::Either;
use leptos::prelude::*;
use protocol::frame::Score;
use protocol::games::{Act, GameName};
use protocol::limits::CLOCK;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlSelectElement};

use crate::chat_context::{ChatContext, Overlay, use_chat_context};
use crate::components::dialog::Dialog;
use crate::components::game::GameView;
use crate::i18n::words;
use crate::message_id;
use crate::reactive::memo;
use crate::sorted_map::sort_names;

/// The clocks to choose from, in seconds for each move.
const CLOCKS: [u32; 5] = [30, CLOCK, 300, 86_400, 0];

/// A form to offer a game in the open conversation, and the scores of that conversation.
#[component]
pub fn GameDialog() -> impl IntoView {
    let ctx = use_chat_context();
    let room = match ctx.current.get_untracked() {
        Some(To::Room(room)) => room,
        _ => String::new(),
    };
    let fields = fields(ctx, &room);
    let at = room.clone();
    let invite = move |event: Event| {
        event.prevent_default();
        let form = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if let Some(act) = form.and_then(|form| invitation(&form)) {
            ctx.close_overlay();
            let id = message_id::fresh();
            ctx.dispatch(|chat| chat.submit_action(at.clone(), act, id));
        }
    };
    ctx.dispatch(|chat| chat.request_scores(room.clone()));
    let scores = memo(move || ctx.with(|chat| chat.scores(&room)));
    view! {
        <Dialog overlay=Overlay::Games label=words().games.play>
            <form class="invite" on:submit=move |event| invite(event.into())>
                {fields}
            </form>
            <div class="all-scores">{move || scores.get().map(|scores| tables(&scores))}</div>
        </Dialog>
    }
}

fn fields(ctx: ChatContext, room: &str) -> impl IntoView + use<> {
    let words = &words().games;
    let public_room = ctx.public_room();
    let title = match &public_room {
        Some(room) => (words.games_in)(room),
        None => (words.games_with)(&ctx.current_name()),
    };
    let games = GameName::ALL.iter().map(|game| {
        let title = game.rules().words().title;
        (game.as_str().to_owned(), title.to_owned())
    });
    let opponent = public_room.map(|_| {
        let me = ctx.with_untracked(|chat| chat.nickname.clone());
        let mut others = ctx.with_untracked(|chat| {
            let timeline = chat.timeline(&To::Room(room.to_owned()));
            timeline.map_or_else(Vec::new, |timeline| timeline.members().to_vec())
        });
        others.retain(|name| *name != me);
        sort_names(&mut others);
        let mut with = vec![(String::new(), words.everybody.to_owned())];
        with.extend(others.into_iter().map(|name| (name.clone(), name)));
        select("with", words.with, with, "")
    });
    let clocks = CLOCKS.map(|clock| (clock.to_string(), (words.time)(clock)));
    view! {
        <h2>{title}</h2>
        {select("game", words.which, games.collect(), "")}
        {opponent}
        {select("clock", words.clock, clocks.into(), &CLOCK.to_string())}
        <button type="submit" class="primary" autofocus>
            {words.invite}
        </button>
    }
}

/// A field to choose in. Each option has a value and a text.
fn select(
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    chosen: &str,
) -> impl IntoView + use<> {
    let options = options.into_iter().map(|(value, text)| {
        let is_chosen = value == chosen;
        view! {
            <option value=value selected=is_chosen>
                {text}
            </option>
        }
    });
    view! {
        <label>
            {label}
            " "
            <select name=name>{options.collect_view()}</select>
        </label>
    }
}

/// The invitation that the form describes.
fn invitation(form: &Element) -> Option<Act> {
    let value = |name: &str| {
        let select = form
            .query_selector(&["[name=", name, "]"].concat())
            .ok()??;
        Some(select.dyn_into::<HtmlSelectElement>().ok()?.value())
    };
    let name = value("game")?;
    Some(Act::Invite {
        game: GameName::parse(&name)?,
        with: value("with").filter(|with| !with.is_empty()),
        clock: value("clock").and_then(|clock| clock.parse().ok()),
    })
}

/// Everybody's results in a room, and the user's results against each opponent.
fn tables(scores: &[Score]) -> impl IntoView + use<> {
    let words = &words().games;
    if scores.is_empty() {
        return Either::Left(view! { <p class="hint">{words.no_scores}</p> });
    }
    let (all, pairs): (Vec<_>, Vec<_>) = scores.iter().partition(|line| line.against.is_none());
    let all = all.into_iter().map(|line| (line.name.clone(), line));
    let pairs = pairs
        .into_iter()
        .map(|line| (line.against_name.clone(), line));
    Either::Right([
        table(words.scores, all.collect()),
        table(words.scores_yours, pairs.collect()),
    ])
}

fn table(title: &'static str, lines: Vec<(String, &Score)>) -> impl IntoView + use<> {
    let words = &words().games;
    let heads = [words.name, words.won, words.drawn, words.lost];
    let heads = heads.map(|head| view! { <th scope="col">{head}</th> });
    let rows = lines.into_iter().map(|(name, line)| {
        let numbers = [line.won, line.drawn, line.lost];
        let numbers = numbers.map(|number| view! { <td>{number.to_string()}</td> });
        view! {
            <tr>
                <th scope="row">{name}</th>
                {numbers.into_iter().collect_view()}
            </tr>
        }
    });
    view! {
        <table class="scores">
            <caption>{title}</caption>
            <thead>
                <tr>{heads.into_iter().collect_view()}</tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

/// A game, as large as the screen allows.
#[component]
pub fn LargeGame() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let enlarged = ctx.enlarged.get_value();
    let (room, of) = enlarged.rsplit_once('#')?;
    let (room, of) = (room.to_owned(), of.parse().ok()?);
    let initial = ctx.with_untracked(|chat| chat.game(&room, of))?.game;
    let large = view! {
        <Dialog overlay=Overlay::LargeGame label=words.games.board>
            <GameView room of initial is_large=true />
            <form method="dialog">
                <button type="submit">{words.close}</button>
            </form>
        </Dialog>
    };
    Some(large)
}
