//! A game: its players, its clock, its board, and what the reader can do. It stands in the card that
//! began it, and large before the page. Which game it is knows [`board`] alone.
//!
//! A room may show a hundred of them, so a game is text once it is drawn, like a message; only its
//! frame hears what is pressed in it.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use protocol::games::{Act, By, Game, Stage, other};
use protocol::{PersonId, Seq};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

use crate::components::board::{self, View};
use crate::first_paint::room_path;
use crate::house::games::Table;
use crate::i18n::words;
use crate::markup::Markup;
use crate::message_id;
use crate::reactive::{effect, memo};
use crate::tab::{Overlay, Tab, use_tab};

/// The game of a card; `card` is how it stood when the card was drawn.
#[component]
pub fn GameView(room: String, of: Seq, card: Arc<Game>, is_large: bool) -> impl IntoView {
    let tab = use_tab();
    let seat = Seat::new(tab, room, of, card, is_large);
    let frame = NodeRef::<html::Div>::new();
    let first = seat.drawn.get_untracked();
    effect(move || {
        let drawn = seat.drawn.get();
        let Some(frame) = frame.get() else {
            return;
        };
        if seat.shown.get_value() != drawn {
            let focused = focused_in(&frame);
            frame.set_inner_html(&drawn);
            seat.shown.set_value(drawn);
            // What is drawn anew has lost the focus.
            if let Some(focused) = focused {
                put_focus(&frame, &focused);
            }
        }
        show_clocks(tab, &frame);
    });
    view! {
        <div
            class=if is_large { "game-frame large" } else { "game-frame" }
            node_ref=frame
            inner_html=first
            on:click=move |event| seat.press(&event)
            on:keydown=move |event| seat.key(&event)
            on:focusin=move |event| seat.note_focus(&event)
        ></div>
    }
}

/// Where the reader sits or watches. Cheap to copy: it holds only handles.
#[derive(Clone, Copy)]
struct Seat {
    tab: Tab,
    room: StoredValue<String>,
    of: Seq,
    table: Memo<Table>,
    /// So many moves are shown; none: as many as were played.
    step: RwSignal<Option<usize>>,
    /// The place of the board that the reader was at last.
    at_hand: StoredValue<Option<String>>,
    drawn: Memo<String>,
    /// What the frame holds.
    shown: StoredValue<String>,
}

impl Seat {
    fn new(tab: Tab, room: String, of: Seq, card: Arc<Game>, is_large: bool) -> Self {
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
        let at_hand = StoredValue::new(None);
        let at = room.clone();
        let drawn = memo(move || {
            let wish = tab.with(|house| house.wish(&at, of).cloned());
            table.with(|table| {
                let sight = Sight {
                    me,
                    path: room_path(tab.seat(), &at),
                    step: step.get(),
                    wish,
                    at_hand: at_hand.get_value(),
                    is_large,
                };
                sight.of(table).html()
            })
        });
        Self {
            tab,
            room: StoredValue::new(room),
            of,
            table,
            step,
            at_hand,
            drawn,
            shown: StoredValue::new(drawn.get_untracked()),
        }
    }

    fn act(self, act: Act) {
        let room = self.room.get_value();
        let id = message_id::fresh();
        self.tab.act(|house| house.play(room, act, id));
    }

    /// Does what the button says that was pressed.
    fn press(self, event: &Event) {
        let Some(button) = button(event) else {
            return;
        };
        if button.get_attribute("aria-disabled").as_deref() == Some("true") {
            return;
        }
        let of = self.of;
        if let Some(at) = button.get_attribute("data-at") {
            return self.act(Act::Move { of, at });
        }
        let played = self.table.with_untracked(|table| table.game.moves.len());
        let step = self.step.get_untracked().unwrap_or(played);
        match button.get_attribute("data-deed").as_deref() {
            Some("accept") => self.act(Act::Accept { of }),
            Some("decline") => self.act(Act::Decline { of }),
            Some("withdraw") => self.act(Act::Withdraw { of }),
            Some("draw") => self.act(Act::Draw { of }),
            Some("rematch") => self.act(Act::Rematch { of }),
            Some("resign") => {
                // Where nothing can be asked, what was pressed counts.
                let sure = window().confirm_with_message(words().games.resign_sure);
                if sure != Ok(false) {
                    self.act(Act::Resign { of });
                }
            }
            Some("large") => {
                let game = self.table.with_untracked(|table| Arc::clone(&table.game));
                let table = (self.room.get_value(), of, game);
                self.tab.enlarged.set_value(Some(table));
                self.tab.overlay.set(Some(Overlay::Game));
            }
            Some("first") => self.step.set(Some(0)),
            Some("before") => self.step.set(Some(step.saturating_sub(1))),
            Some("after") => self.step.set(Some(played.min(step + 1))),
            Some("last") => self.step.set(None),
            _ => {}
        }
    }

    /// Arrows go from place to place.
    fn key(self, event: &KeyboardEvent) {
        let at = button(event).and_then(|it| it.get_attribute("data-at"));
        let name = self.table.with_untracked(|table| table.game.game);
        if let Some(at) = at
            && event.key().starts_with("Arrow")
        {
            // The log, in which the board stands, would scroll.
            event.prevent_default();
            event.stop_propagation();
            let next = board::next(name, &at, &event.key());
            let frame = button(event).and_then(|it| it.closest(".game-frame").ok()?);
            if let (Some(next), Some(frame)) = (next, frame) {
                put_focus(&frame, &["data-at=", &next].concat());
            }
        }
    }

    /// The board is entered again where it was left.
    fn note_focus(self, event: &Event) {
        let Some(cell) = button(event) else {
            return;
        };
        if let Some(at) = cell.get_attribute("data-at") {
            let board = cell.closest("[role=grid]").ok().flatten();
            let before = board.and_then(|board| board.query_selector("[tabindex='0']").ok()?);
            if let Some(before) = before {
                let _ = before.set_attribute("tabindex", "-1");
            }
            let _ = cell.set_attribute("tabindex", "0");
            self.at_hand.set_value(Some(at));
        }
    }
}

fn button(event: &Event) -> Option<Element> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("button").ok().flatten()
}

/// What in a frame has the focus, as a selector finds it again.
fn focused_in(frame: &Element) -> Option<String> {
    let focused = document().active_element()?;
    frame.contains(Some(&focused)).then_some(())?;
    let name = ["data-at", "data-deed"]
        .into_iter()
        .find(|it| focused.has_attribute(it))?;
    Some([name, "=", &focused.get_attribute(name)?].concat())
}

fn put_focus(frame: &Element, what: &str) {
    let element = frame
        .query_selector(&["[", what, "]"].concat())
        .ok()
        .flatten();
    if let Some(element) = element.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Shows how long is left, wherever a clock stands in this part of the page: text alone, so that
/// nothing is drawn anew for it.
pub fn show_clocks(tab: Tab, part: &Element) {
    let Ok(clocks) = part.query_selector_all(".clock[data-due]") else {
        return;
    };
    let now = tab.second.get_untracked();
    for nth in 0..clocks.length() {
        let clock = clocks
            .item(nth)
            .and_then(|it| it.dyn_into::<Element>().ok());
        if let Some(clock) = clock
            && let Some(Ok(due)) = clock.get_attribute("data-due").map(|due| due.parse())
        {
            clock.set_text_content(Some(&left(due, now)));
        }
    }
}

/// Minutes and seconds until then.
fn left(due: i64, now: i64) -> String {
    let left = (due - now).max(0) / 1_000;
    let (minutes, seconds) = (left / 60, left % 60);
    let zero = if seconds < 10 { "0" } else { "" };
    [&minutes.to_string(), ":", zero, &seconds.to_string()].concat()
}

/// How a reader looks at a game.
struct Sight {
    me: PersonId,
    /// The path of the room's page.
    path: String,
    step: Option<usize>,
    wish: Option<Act>,
    at_hand: Option<String>,
    is_large: bool,
}

impl Sight {
    fn of(self, table: &Table) -> Markup {
        let words = &words().games;
        let game = &*table.game;
        let stage = match game.stage {
            Stage::Open => "open",
            Stage::Running => "running",
            Stage::Over => "over",
            Stage::Declined | Stage::Withdrawn | Stage::Lapsed => "off",
        };
        let mut drawn = Markup::default()
            .tags("<div class=\"game\" data-stage=\"")
            .text(stage)
            .tags("\"><p class=\"game-head\"><b>")
            .text((words.title)(game.game))
            .tags("</b> <span class=\"terms\">")
            .text(&(words.time)(game.clock))
            .tags("</span> ");
        if table.watchers > 0 {
            let watchers = (words.watchers)(table.watchers);
            drawn = drawn
                .tags("<span class=\"watchers\">")
                .text(&watchers)
                .tags("</span>");
        }
        drawn = drawn.tags("</p>");
        if !game.seats.is_empty() {
            drawn = drawn
                .with(players(table))
                .with(board::board(game.game, &self.view(game)));
        }
        drawn
            .tags("<p class=\"game-status\">")
            .text(&status(game, self.me))
            .tags("</p>")
            .with(self.steps(game))
            .with(self.deeds(game))
            .tags("</div>")
    }

    fn view(&self, game: &Game) -> View {
        let mut moves = game.moves.clone();
        let shown = self.step.filter(|step| *step < moves.len());
        moves.truncate(shown.unwrap_or(moves.len()));
        let is_turn = shown.is_none() && game.turn().is_some() && game.waits_for(self.me);
        let wish = match &self.wish {
            Some(Act::Move { at, .. }) if is_turn => Some(at.clone()),
            _ => None,
        };
        View {
            moves,
            wish,
            is_free: is_turn && self.wish.is_none(),
            status: status(game, self.me),
            at_hand: self.at_hand.clone(),
        }
    }

    /// The moves of a game that is over, step by step.
    fn steps(&self, game: &Game) -> Markup {
        let words = &words().games;
        let count = game.moves.len();
        if game.stage != Stage::Over || count == 0 {
            return Markup::default();
        }
        let shown = self.step.unwrap_or(count).min(count);
        let button = |deed: &str, label: &str, sign: &'static str, is_there: bool| {
            Markup::default()
                .tags("<button type=\"button\" class=\"quiet\" data-deed=\"")
                .text(deed)
                .tags("\" aria-label=\"")
                .text(label)
                .tags("\" title=\"")
                .text(label)
                .tags_if(is_there, "\" aria-disabled=\"true")
                .tags(
                    "\"><svg class=\"glyph\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"",
                )
                .tags(sign)
                .tags("\"/></svg></button>")
        };
        Markup::default()
            .tags("<div class=\"steps\">")
            .with(button(
                "first",
                words.first_move,
                "M14 5l-5 5 5 5M6 5v10",
                shown == 0,
            ))
            .with(button(
                "before",
                words.move_before,
                "M12 5l-5 5 5 5",
                shown == 0,
            ))
            .tags("<span role=\"status\">")
            .text(&(words.step)(shown, count))
            .tags("</span>")
            .with(button(
                "after",
                words.move_after,
                "M8 5l5 5-5 5",
                shown == count,
            ))
            .with(button(
                "last",
                words.last_move,
                "M6 5l5 5-5 5M14 5v10",
                shown == count,
            ))
            .tags("</div>")
    }

    /// What the reader can do.
    fn deeds(&self, game: &Game) -> Markup {
        let words = &words().games;
        let of = game.seq;
        let draw = match game.offer {
            Some(_) => words.agree,
            None => words.offer_draw,
        };
        let mut deeds = Markup::default().tags("<div class=\"deeds\">");
        for (act, deed, label, is_first) in [
            (Act::Accept { of }, "accept", words.accept, true),
            (Act::Decline { of }, "decline", words.decline, false),
            (Act::Withdraw { of }, "withdraw", words.withdraw, false),
            (Act::Draw { of }, "draw", draw, false),
            (Act::Resign { of }, "resign", words.resign, false),
            (Act::Rematch { of }, "rematch", words.rematch, true),
        ] {
            let is_offered = deed == "rematch" && game.next.is_some();
            if game.check(self.me, &act).is_err() || is_offered {
                continue;
            }
            let is_sent = self.wish.is_some();
            deeds = deeds
                .tags("<button type=\"button\" data-deed=\"")
                .text(deed)
                .tags_if(is_first, "\" class=\"primary")
                .tags_if(is_sent, "\" aria-disabled=\"true")
                .tags("\">")
                .text(label)
                .tags("</button>");
        }
        if let Some(next) = game.next {
            deeds = deeds
                .tags("<a href=\"")
                .text(&[&self.path, "#", &next.to_string()].concat())
                .tags("\">")
                .text(words.to_rematch)
                .tags("</a>");
        }
        if game.stage == Stage::Running && !self.is_large {
            deeds = deeds
                .tags("<button type=\"button\" class=\"quiet\" data-deed=\"large\">")
                .text(words.large)
                .tags("</button>");
        }
        deeds.tags("</div>")
    }
}

/// Who plays, whose turn it is, and how long they have left.
fn players(table: &Table) -> Markup {
    let game = &*table.game;
    let winner = game.end.and_then(|end| end.winner);
    let mut players = Markup::default().tags("<div class=\"players\">");
    for (seat, player) in game.seats.iter().enumerate() {
        let is_turn = game.turn() == Some(seat);
        players = players
            .tags("<div class=\"player")
            .tags_if(is_turn, " turn")
            .tags_if(winner == Some(seat), " winner")
            .tags("\">")
            .with(board::piece(game.game, seat))
            .tags("<bdi>")
            .text(&player.name)
            .tags("</bdi>");
        if let Some(due) = table.due.filter(|_| is_turn) {
            players = players
                .tags("<span class=\"clock\" title=\"")
                .text(words().games.left)
                .tags("\" data-due=\"")
                .text(&due.to_string())
                .tags("\"></span>");
        }
        players = players.tags("</div>");
    }
    players.tags("</div>")
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
