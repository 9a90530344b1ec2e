//! Offering a game, and who won how often: before the page.

use leptos::ev::SubmitEvent;
use leptos::html::Select;
use leptos::prelude::*;
use protocol::frame::Score;
use protocol::games::{Act, GameName};
use protocol::limits::CLOCK;

use crate::components::game::GameView;
use crate::components::palette::Dialog;
use crate::i18n::words;
use crate::message_id;
use crate::outbox::To;
use crate::reactive::{flag, maybe, memo};
use crate::tab::{Overlay, use_tab};

/// The clocks to choose from, in seconds for each move.
const CLOCKS: [u32; 5] = [30, CLOCK, 300, 86_400, 0];

/// A form to offer a game where the reader is, and the scores of that place.
#[component]
pub fn PlayDialog() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let Some(To::Room(room)) = tab.place.get_untracked() else {
        return None;
    };
    let others = tab.public_room().map(|_| {
        let me = tab.with_untracked(|house| house.nickname.clone());
        let members = tab.with_untracked(|house| {
            let timeline = house.timeline(&To::Room(room.clone()));
            timeline.map_or_else(Vec::new, |timeline| timeline.members().to_vec())
        });
        let mut others: Vec<_> = members.into_iter().filter(|name| *name != me).collect();
        crate::by_room::put_in_order(&mut others);
        others
    });
    let is_private = others.is_none();
    let [game, with, clock] = [NodeRef::<Select>::new(), NodeRef::new(), NodeRef::new()];
    let chosen = |select: NodeRef<Select>| select.get_untracked().map(|select| select.value());
    let at = room.clone();
    let invite = move |event: SubmitEvent| {
        event.prevent_default();
        let named = |name: &String| GameName::ALL.into_iter().find(|it| it.as_str() == *name);
        let Some(game) = chosen(game).as_ref().and_then(named) else {
            return;
        };
        let act = Act::Invite {
            game,
            with: chosen(with).filter(|with| !with.is_empty()),
            clock: chosen(clock).and_then(|clock| clock.parse().ok()),
        };
        tab.close_overlay();
        let (room, id) = (at.clone(), message_id::fresh());
        tab.act(|house| house.play(room, act, id));
    };
    let option = |value: String, name: String, is_chosen: bool| {
        view! {
            <option value=value selected=is_chosen>
                {name}
            </option>
        }
    };
    let games = GameName::ALL.map(|game| {
        let title = (words.games.title)(game).to_owned();
        option(game.as_str().to_owned(), title, false)
    });
    let everybody = option(String::new(), words.games.everybody.to_owned(), true);
    let others = others.unwrap_or_default().into_iter();
    let others = others
        .map(|name| option(name.clone(), name, false))
        .collect_view();
    let clocks = CLOCKS.map(|clock| {
        let name = (words.games.time)(clock);
        option(clock.to_string(), name, clock == CLOCK)
    });
    tab.act(|house| house.ask_scores(room.clone()));
    Some(view! {
        <Dialog overlay=Overlay::Play label=words.games.play>
            <h2>{(words.games.dialog)(&tab.place_name())}</h2>
            <form class="invite" on:submit=invite>
                <label>
                    {words.games.which} <select node_ref=game>{games.to_vec()}</select>
                </label>
                <label hidden=is_private>
                    {words.games.with}
                    <select node_ref=with>{everybody} {others}</select>
                </label>
                <label>
                    {words.games.clock} <select node_ref=clock>{clocks.to_vec()}</select>
                </label>
                <button type="submit" class="primary" autofocus>
                    {words.games.invite}
                </button>
            </form>
            <Scores room />
        </Dialog>
    })
}

/// Who won how often in a room, and the reader against each.
#[component]
fn Scores(room: String) -> impl IntoView {
    let tab = use_tab();
    let words = &words().games;
    let scores = memo(move || tab.with(|house| house.scores(&room)));
    let lines = move |is_pair: bool| {
        let scores = scores.get().into_iter();
        let lines = scores.flat_map(|scores| scores.iter().cloned().collect::<Vec<_>>());
        let lines = lines.filter(move |line| line.against.is_some() == is_pair);
        lines.collect::<Vec<_>>()
    };
    let nothing = maybe(move || {
        let is_empty = scores.get().is_some_and(|scores| scores.is_empty());
        is_empty.then(|| words.no_scores.to_owned())
    });
    let table = move |title: &'static str, is_pair: bool| {
        let key = |line: &Score| {
            let numbers = [line.won, line.drawn, line.lost].map(|it| it.to_string());
            [line.name.as_str(), &line.against_name, &numbers.join(" ")].join(" ")
        };
        view! {
            <table class="scores" hidden=flag(move || lines(is_pair).is_empty())>
                <caption>{title}</caption>
                <thead>
                    <tr>
                        <th scope="col">{words.name}</th>
                        <th scope="col">{words.won}</th>
                        <th scope="col">{words.drawn}</th>
                        <th scope="col">{words.lost}</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || lines(is_pair) key=key let:line>
                        <tr>
                            <th scope="row">
                                {if is_pair { line.against_name } else { line.name }}
                            </th>
                            <td>{line.won.to_string()}</td>
                            <td>{line.drawn.to_string()}</td>
                            <td>{line.lost.to_string()}</td>
                        </tr>
                    </For>
                </tbody>
            </table>
        }
    };
    view! {
        <p class="hint">{nothing}</p>
        {table(words.scores, false)}
        {table(words.scores_yours, true)}
    }
}

/// A game, as large as the screen allows.
#[component]
pub fn LargeGame() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let (room, of, card) = tab.enlarged.get_value()?;
    Some(view! {
        <Dialog overlay=Overlay::Game label=words.games.board>
            <GameView room of card is_large=true />
            <form method="dialog">
                <button type="submit">{words.close}</button>
            </form>
        </Dialog>
    })
}
