//! A game: its players, its clock, its board, and what the reader can do. It stands in the card that
//! began it, and large before the page. Which game it is knows [`board`] alone.
//!
//! A room may show a hundred of them, so a game is text once it is drawn, like a message; only its
//! frame hears what is pressed in it.

mod drawing;

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use protocol::Seq;
use protocol::games::{Act, Game};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

pub use self::drawing::status;
use self::drawing::{GameViewModel, left};
use crate::chat_context::{ChatContext, Overlay, use_chat_context};
use crate::components::board;
use crate::i18n::words;
use crate::initial_data::room_path;
use crate::message_id;
use crate::patch::Drawn;
use crate::reactive::{effect, memo};
use crate::state::games::KnownGame;

/// Nothing of a game is stepped back: all its moves are shown.
const ALL_MOVES: usize = usize::MAX;

/// The game of a card; `card` is how it stood when the card was drawn.
#[component]
pub fn GameView(room: String, of: Seq, card: Arc<Game>, is_large: bool) -> impl IntoView {
    let seat = Seat::new(use_chat_context(), room, of, card, is_large);
    let frame = NodeRef::<html::Div>::new();
    effect(move || {
        if let Some(frame) = frame.get() {
            seat.draw(&frame);
        }
    });
    view! {
        <div
            class=if is_large { "game-frame large" } else { "game-frame" }
            node_ref=frame
            inner_html=seat.drawn.first()
            on:click=move |event| seat.press(&event)
            on:keydown=move |event| seat.key(&event)
            on:focusin=move |event| seat.note_focus(&event)
        ></div>
    }
}

/// Where the reader sits or watches. Cheap to copy: it holds only handles.
#[derive(Clone, Copy)]
struct Seat {
    ctx: ChatContext,
    room: StoredValue<String>,
    of: Seq,
    /// So many moves are shown, or [`ALL_MOVES`].
    step: RwSignal<usize>,
    /// The place of the board that the reader was at last; empty if at none.
    at_hand: StoredValue<String>,
    drawn: Drawn,
}

impl Seat {
    fn new(ctx: ChatContext, room: String, of: Seq, card: Arc<Game>, is_large: bool) -> Self {
        let me = ctx.with_untracked(|chat| chat.user);
        let (step, at_hand) = (RwSignal::new(ALL_MOVES), StoredValue::new(String::new()));
        let path = room_path(ctx.account_slot(), &room);
        let at = room.clone();
        let drawn = memo(move || {
            let step = step.get();
            ctx.with(|chat| {
                let sight = GameViewModel {
                    me,
                    path: path.clone(),
                    step,
                    wish: chat.pending_action(&at, of).cloned(),
                    at_hand: at_hand.get_value(),
                    is_large,
                };
                let known = chat.game(&at, of);
                let table = known.unwrap_or_else(|| KnownGame {
                    of,
                    game: Arc::clone(&card),
                    due: None,
                    watchers: 0,
                });
                sight.of(&table).html()
            })
        });
        Self {
            ctx,
            room: StoredValue::new(room),
            of,
            step,
            at_hand,
            drawn: Drawn::new(drawn),
        }
    }

    fn draw(self, frame: &Element) {
        let had_focus = has_focus(frame);
        // The button that was pressed may be gone: then on to the board, and without one to the card.
        if self.drawn.show(frame) && had_focus && !has_focus(frame) {
            put_focus(frame, "tabindex='0'");
            if !has_focus(frame)
                && let Ok(Some(card)) = frame.closest("li")
                && let Ok(card) = card.dyn_into::<HtmlElement>()
            {
                let _ = card.focus();
            }
        }
        show_clocks(self.ctx, frame);
    }

    /// The game, if it is known; a card that is drawn is.
    fn game(self) -> Option<Arc<Game>> {
        let room = self.room.get_value();
        let table = self.ctx.with_untracked(|chat| chat.game(&room, self.of));
        table.map(|table| table.game)
    }

    fn dispatch(self, act: Act) {
        let room = self.room.get_value();
        let id = message_id::fresh();
        self.ctx.dispatch(|chat| chat.submit_action(room, act, id));
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
            return self.dispatch(Act::Move { of, at });
        }
        let Some(game) = self.game() else {
            return;
        };
        let played = game.moves.len();
        let step = self.step.get_untracked().min(played);
        match button.get_attribute("data-action").as_deref() {
            Some("accept") => self.dispatch(Act::Accept { of }),
            Some("decline") => self.dispatch(Act::Decline { of }),
            Some("withdraw") => self.dispatch(Act::Withdraw { of }),
            Some("draw") => self.dispatch(Act::Draw { of }),
            Some("rematch") => self.dispatch(Act::Rematch { of }),
            Some("resign") => {
                // Where nothing can be asked, what was pressed counts.
                let sure = window().confirm_with_message(words().games.resign_sure);
                if sure != Ok(false) {
                    self.dispatch(Act::Resign { of });
                }
            }
            Some("large") => {
                let table = [&self.room.get_value(), "#", &of.to_string()].concat();
                self.ctx.enlarged.set_value(table);
                self.ctx.overlay.set(Some(Overlay::LargeGame));
            }
            Some("first") => self.step.set(0),
            Some("before") => self.step.set(step.saturating_sub(1)),
            Some("after") => self.step.set(played.min(step + 1)),
            Some("last") => self.step.set(ALL_MOVES),
            _ => {}
        }
    }

    /// Arrows go from place to place.
    fn key(self, event: &KeyboardEvent) {
        let at = button(event).and_then(|it| it.get_attribute("data-at"));
        if let Some(at) = at
            && event.key().starts_with("Arrow")
            && let Some(game) = self.game()
        {
            // The log, in which the board stands, would scroll.
            event.prevent_default();
            event.stop_propagation();
            let next = board::next(game.game, &at, &event.key());
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
            self.at_hand.set_value(at);
        }
    }
}

fn button(event: &Event) -> Option<Element> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("button").ok().flatten()
}

fn has_focus(frame: &Element) -> bool {
    frame.contains(document().active_element().as_deref())
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
pub fn show_clocks(ctx: ChatContext, part: &Element) {
    let Ok(clocks) = part.query_selector_all(".clock[data-due]") else {
        return;
    };
    let now = ctx.now_seconds.get_untracked();
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
