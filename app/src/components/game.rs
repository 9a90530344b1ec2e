//! A game: its players, its clock, its board, and what the reader can do. It stands in the card that
//! began it, and large before the page. Which game it is knows [`board`] alone.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::games::{Act, By, Game, Stage, other};
use protocol::{PersonId, Seq};

use crate::components::board::{self, View};
use crate::components::glyph::{Glyph, Icon};
use crate::first_paint::room_path;
use crate::house::games::Table;
use crate::i18n::words;
use crate::message_id;
use crate::reactive::{Maybe, attribute, flag, maybe, memo, text};
use crate::tab::{Overlay, Tab, use_tab};

/// The game of a card; `card` is how it stood when the card was drawn.
#[component]
pub fn GameView(room: String, of: Seq, card: Arc<Game>, is_large: bool) -> impl IntoView {
    let tab = use_tab();
    let words = &words().games;
    let seat = Seat::new(tab, room, of, card);
    let name = seat.game(|game| game.game);
    let class = if is_large { "game large" } else { "game" };
    let watchers = maybe(move || {
        let watchers = seat.table.with(|table| table.watchers);
        (watchers > 0).then(|| (words.watchers)(watchers))
    });
    let play = move |at: String| seat.act(Act::Move { of, at });
    view! {
        <div class=class data-stage=attribute(move || Some(stage(seat.game(|game| game.stage))))>
            <p class="game-head">
                <b>{(words.title)(name)}</b>
                <span class="terms">{(words.time)(seat.game(|game| game.clock))}</span>
                <span class="watchers">{watchers}</span>
            </p>
            <div class="players">
                <PlayerLine seat nth=0 />
                <PlayerLine seat nth=1 />
            </div>
            {board::board(name, seat.view, Arc::new(play))}
            <p class="game-status">{text(move || seat.status())}</p>
            <Steps seat />
            <Deeds seat is_large />
        </div>
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Open => "open",
        Stage::Running => "running",
        Stage::Over => "over",
        Stage::Declined | Stage::Withdrawn | Stage::Lapsed => "off",
    }
}

/// Where the reader sits or watches. Cheap to copy: it holds only handles.
#[derive(Clone, Copy)]
struct Seat {
    tab: Tab,
    room: StoredValue<String>,
    of: Seq,
    me: PersonId,
    table: Memo<Table>,
    /// So many moves are shown; none: as many as were played.
    step: RwSignal<Option<usize>>,
    view: Memo<View>,
}

impl Seat {
    fn new(tab: Tab, room: String, of: Seq, card: Arc<Game>) -> Self {
        let me = tab.with_untracked(|house| house.person);
        let at = room.clone();
        let table = memo(move || {
            let known = tab.with(|house| house.table(&at, of));
            known.unwrap_or_else(|| Table {
                of,
                game: Arc::clone(&card),
                due: None,
                watchers: 0,
            })
        });
        let step = RwSignal::new(None);
        let at = room.clone();
        let view = memo(move || {
            let wish = tab.with(|house| match house.wish(&at, of) {
                Some(Act::Move { at, .. }) => Some(at.clone()),
                _ => None,
            });
            table.with(|table| view_of(&table.game, me, step.get(), wish))
        });
        Self {
            tab,
            room: StoredValue::new(room),
            of,
            me,
            table,
            step,
            view,
        }
    }

    fn game<T>(self, of: impl FnOnce(&Game) -> T) -> T {
        self.table.with(|table| of(&table.game))
    }

    fn act(self, act: Act) {
        let room = self.room.get_value();
        let id = message_id::fresh();
        self.tab.act(|house| house.play(room, act, id));
    }

    fn status(self) -> String {
        self.game(|game| status(game, self.me))
    }

    /// How long is left for this move, as minutes and seconds.
    fn left(self) -> Option<String> {
        let due = self.table.with(|table| table.due)?;
        if self.game(|game| game.stage) != Stage::Running {
            return None;
        }
        let left = (due - self.tab.second.get()).max(0) / 1_000;
        let (minutes, seconds) = (left / 60, left % 60);
        let zero = if seconds < 10 { "0" } else { "" };
        Some([&minutes.to_string(), ":", zero, &seconds.to_string()].concat())
    }
}

fn view_of(game: &Game, me: PersonId, step: Option<usize>, wish: Option<String>) -> View {
    let mut moves = game.moves.clone();
    let shown = step.filter(|step| *step < moves.len());
    moves.truncate(shown.unwrap_or(moves.len()));
    let is_turn = game.turn().is_some() && game.waits_for(me);
    View {
        moves,
        // The server may have confirmed it a moment ago.
        wish: wish.clone().filter(|_| shown.is_none() && is_turn),
        is_free: shown.is_none() && is_turn && wish.is_none(),
        status: status(game, me),
    }
}

/// How a game stands, in a few words.
pub fn status(game: &Game, me: PersonId) -> String {
    let words = &words().games;
    let is_mine = game.by.person == me;
    let with = game.with.as_ref();
    let name = |seat: usize| game.seats.get(seat).map_or("", |seat| seat.name.as_str());
    match game.stage {
        Stage::Open => match with {
            Some(with) if with.person == me => (words.to_you)(&game.by.name),
            Some(with) if is_mine => (words.own_to_one)(&with.name),
            Some(with) => (words.to_one)(&game.by.name, &with.name),
            None if is_mine => words.own_to_all.to_owned(),
            None => (words.to_all)(&game.by.name),
        },
        Stage::Running => {
            let turn = match game.waits_for(me) {
                true => words.your_turn.to_owned(),
                false => (words.turn_of)(name(game.turn().unwrap_or(0))),
            };
            let offer = game
                .offer
                .map(|offer| match game.seat_of(me) == Some(offer) {
                    true => words.draw_offered.to_owned(),
                    false => (words.offers_draw)(name(offer)),
                });
            match offer {
                Some(offer) => [&turn, ". ", &offer].concat(),
                None => turn,
            }
        }
        Stage::Over => {
            let winner = game.end.and_then(|end| end.winner);
            let result = match winner {
                None => words.draw.to_owned(),
                Some(winner) if game.seat_of(me) == Some(winner) => words.you_win.to_owned(),
                Some(winner) => (words.wins)(name(winner)),
            };
            let loser = winner.map_or("", |winner| name(other(winner)));
            let by = game.end.map_or(By::Play, |end| end.by);
            match (words.by)(by, loser) {
                Some(by) => [&result, ": ", &by].concat(),
                None => result,
            }
        }
        Stage::Declined => (words.declined)(with.map_or("", |with| &with.name)),
        Stage::Withdrawn => words.withdrawn.to_owned(),
        Stage::Lapsed => words.lapsed.to_owned(),
    }
}

/// Who sits there, and how long they have left.
#[component]
fn PlayerLine(seat: Seat, nth: usize) -> impl IntoView {
    let is_turn = move || seat.game(|game| game.turn() == Some(nth));
    let name = maybe(move || seat.game(|game| game.seats.get(nth).map(|seat| seat.name.clone())));
    let has_won = move || seat.game(|game| game.end.and_then(|end| end.winner) == Some(nth));
    let left = maybe(move || is_turn().then(|| seat.left()).flatten());
    view! {
        <div
            class="player"
            class:turn=flag(is_turn)
            class:winner=flag(has_won)
            hidden=flag(move || name.get().is_none())
        >
            {board::piece(seat.game(|game| game.game), nth)}
            <bdi>{name}</bdi>
            <span class="clock" title=words().games.left>
                {left}
            </span>
        </div>
    }
}

/// The moves of a game that is over, step by step.
#[component]
fn Steps(seat: Seat) -> impl IntoView {
    let words = &words().games;
    let count = move || seat.game(|game| game.moves.len());
    let shown = move || seat.step.get().unwrap_or_else(count).min(count());
    let is_hidden = flag(move || seat.game(|game| game.stage) != Stage::Over || count() == 0);
    let button = move |glyph: Glyph, label: &'static str, to: fn(usize, usize) -> usize| {
        let is_there = flag(move || to(shown(), count()) == shown());
        view! {
            <button
                type="button"
                class="quiet"
                aria-label=label
                title=label
                aria-disabled=attribute(move || is_there.get().then_some("true"))
                on:click=move |_| seat.step.set(Some(to(shown(), count())))
            >
                <Icon glyph />
            </button>
        }
    };
    view! {
        <div class="steps" hidden=is_hidden>
            {button(Glyph::First, words.first_move, |_, _| 0)}
            {button(Glyph::Before, words.move_before, |at, _| at.saturating_sub(1))}
            <span aria-live="polite">{text(move || (words.step)(shown(), count()))}</span>
            {button(Glyph::After, words.move_after, |at, of| of.min(at + 1))}
            {button(Glyph::Last, words.last_move, |_, of| of)}
        </div>
    }
}

/// What the reader can do.
#[component]
fn Deeds(seat: Seat, is_large: bool) -> impl IntoView {
    let words = &words().games;
    let of = seat.of;
    let me = seat.me;
    let may = move |act: Act| flag(move || seat.game(|game| game.check(me, &act).is_ok()));
    let wishes = memo(move || {
        let room = seat.room.get_value();
        seat.tab.with(|house| house.wish(&room, of).is_some())
    });
    let deed = move |label: Maybe, act: Act, class: &'static str, sure: Option<&'static str>| {
        let may = may(act.clone());
        let act = StoredValue::new(act);
        let on_click = move |_| {
            let is_sure = sure.is_none_or(|ask| window().confirm_with_message(ask) != Ok(false));
            if is_sure && !wishes.get_untracked() {
                seat.act(act.get_value());
            }
        };
        view! {
            <button type="button" class=class hidden=flag(move || !may.get()) on:click=on_click>
                {label}
            </button>
        }
    };
    let fixed = |label: &'static str| maybe(move || Some(label.to_owned()));
    let draw = maybe(move || {
        let is_offered = seat.game(|game| game.offer.is_some());
        Some(
            (if is_offered {
                words.agree
            } else {
                words.offer_draw
            })
            .to_owned(),
        )
    });
    let next = Signal::derive(move || {
        let next = seat.game(|game| game.next)?;
        let path = room_path(seat.tab.seat(), &seat.room.get_value());
        Some([&path, "#", &next.to_string()].concat())
    });
    let enlarge = move |_| {
        let table = (seat.room.get_value(), of, seat.table.get_untracked().game);
        seat.tab.enlarged.set_value(Some(table));
        seat.tab.overlay.set(Some(Overlay::Game));
    };
    let is_alive = move || seat.game(|game| game.stage == Stage::Running);
    view! {
        <div class="deeds">
            {deed(fixed(words.accept), Act::Accept { of }, "primary", None)}
            {deed(fixed(words.decline), Act::Decline { of }, "", None)}
            {deed(fixed(words.withdraw), Act::Withdraw { of }, "", None)}
            {deed(draw, Act::Draw { of }, "", None)}
            {deed(fixed(words.resign), Act::Resign { of }, "", Some(words.resign_sure))}
            {deed(fixed(words.rematch), Act::Rematch { of }, "primary", None)}
            <a class="to-next" href=next hidden=flag(move || next.get().is_none())>
                {words.to_rematch}
            </a>
            <button
                type="button"
                class="quiet enlarge"
                hidden=flag(move || is_large || !is_alive())
                on:click=enlarge
            >
                {words.large}
            </button>
        </div>
    }
}
