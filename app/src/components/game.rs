//! A game: its players, its clock, its board, and what the user can do. It is drawn in the message
//! that began it, and large in a dialog. What is special about each game, its rules say.
//!
//! A room may show a hundred games, so each game has one handler for each kind of event: the
//! handler finds the button that was pressed.

mod view_model;

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use protocol::Seq;
use protocol::games::{Act, Game};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

use self::view_model::GameViewModel;
pub use self::view_model::status;
use crate::chat_context::{ChatContext, Overlay, use_chat_context};
use crate::components::board;
use crate::i18n::words;
use crate::initial_data::room_path;
use crate::message_id;
use crate::reactive::memo;
use crate::state::games::KnownGame;

/// All moves of a game are shown.
const ALL_MOVES: usize = usize::MAX;

/// A game. `initial` is its state in its message, in case nothing else is known of it.
#[component]
pub fn GameView(room: String, of: Seq, initial: Arc<Game>, is_large: bool) -> impl IntoView {
    let game = GameHandle {
        ctx: use_chat_context(),
        room: StoredValue::new(room.clone()),
        of,
        step: RwSignal::new(ALL_MOVES),
        cursor: RwSignal::new(String::new()),
        frame: NodeRef::new(),
    };
    let model = game.model(room, initial, is_large);
    view! {
        <div
            class=if is_large { "game-frame large" } else { "game-frame" }
            node_ref=game.frame
            on:click=move |event| game.press(&event)
            on:keydown=move |event| game.key(&event)
            on:focusin=move |event| game.note_focus(&event)
        >
            {move || {
                game.keep_focus();
                model.get().view()
            }}
        </div>
    }
}

/// What the event handlers of one game need. Cheap to copy: it holds only handles.
#[derive(Clone, Copy)]
struct GameHandle {
    ctx: ChatContext,
    room: StoredValue<String>,
    of: Seq,
    /// How many moves are shown, or [`ALL_MOVES`].
    step: RwSignal<usize>,
    /// The square of the board that had the focus last; empty if none had it.
    cursor: RwSignal<String>,
    frame: NodeRef<html::Div>,
}

impl GameHandle {
    fn model(self, room: String, initial: Arc<Game>, is_large: bool) -> Memo<GameViewModel> {
        let me = self.ctx.with_untracked(|chat| chat.user);
        let path = room_path(self.ctx.account_slot(), &room);
        memo(move || {
            let (step, cursor) = (self.step.get(), self.cursor.get());
            self.ctx.with(|chat| {
                let known = chat.game(&room, self.of).unwrap_or_else(|| KnownGame {
                    of: self.of,
                    game: Arc::clone(&initial),
                    due: None,
                    watchers: 0,
                });
                GameViewModel {
                    me,
                    path: path.clone(),
                    known,
                    step,
                    pending: chat.pending_action(&room, self.of).cloned(),
                    cursor,
                    is_large,
                }
            })
        })
    }

    /// The game, if it is known; a game that is drawn is.
    fn game(self) -> Option<Arc<Game>> {
        let room = self.room.get_value();
        let known = self.ctx.with_untracked(|chat| chat.game(&room, self.of));
        known.map(|known| known.game)
    }

    fn dispatch(self, act: Act) {
        let room = self.room.get_value();
        let id = message_id::fresh();
        self.ctx.dispatch(|chat| chat.submit_action(room, act, id));
    }

    /// Runs the action of the button that was pressed.
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
                // If the browser cannot ask, the game is resigned.
                let sure = window().confirm_with_message(words().games.resign_sure);
                if sure != Ok(false) {
                    self.dispatch(Act::Resign { of });
                }
            }
            Some("enlarge") => {
                let game = [&self.room.get_value(), "#", &of.to_string()].concat();
                self.ctx.enlarged.set_value(game);
                self.ctx.overlay.set(Some(Overlay::LargeGame));
            }
            Some("first") => self.step.set(0),
            Some("previous") => self.step.set(step.saturating_sub(1)),
            Some("next") => self.step.set(played.min(step + 1)),
            Some("last") => self.step.set(ALL_MOVES),
            _ => {}
        }
    }

    /// Arrow keys move the focus from square to square.
    fn key(self, event: &KeyboardEvent) {
        let at = button(event).and_then(|it| it.get_attribute("data-at"));
        if let Some(at) = at
            && event.key().starts_with("Arrow")
            && let Some(game) = self.game()
        {
            // Otherwise the message list would scroll.
            event.prevent_default();
            event.stop_propagation();
            let board = game.rules().board(game.played_moves());
            let next = board::next(&board, &at, &event.key());
            let frame = button(event).and_then(|it| it.closest(".game-frame").ok()?);
            if let (Some(next), Some(frame)) = (next, frame) {
                put_focus(&frame, &["data-at=", next].concat());
            }
        }
    }

    /// Tab enters the board at the square where it was left.
    fn note_focus(self, event: &Event) {
        let at = button(event).and_then(|it| it.get_attribute("data-at"));
        if let Some(at) = at
            && self.cursor.get_untracked() != at
        {
            self.cursor.set(at);
        }
    }

    /// If the button with the focus goes away, moves the focus to the board, and without a board to
    /// the game's message. Called before the game is drawn again.
    fn keep_focus(self) {
        let Some(frame) = self.frame.get_untracked() else {
            return;
        };
        let frame: Element = (*frame).clone().into();
        if has_focus(&frame) {
            spawn_local(async move {
                // Drawn by then, and not painted yet.
                tick().await;
                if !has_focus(&frame) {
                    put_focus(&frame, "tabindex='0'");
                }
                if !has_focus(&frame)
                    && let Ok(Some(message)) = frame.closest("li")
                    && let Ok(message) = message.dyn_into::<HtmlElement>()
                {
                    let _ = message.focus();
                }
            });
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
