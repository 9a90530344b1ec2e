//! Boards: one function for each game. It draws a list of moves, and says where somebody plays. The
//! only place of the page, besides its words, that knows a game by name.

use std::sync::Arc;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use protocol::games::GameName;
use protocol::games::tic_tac_toe::{self, Cell, Player, SIDE};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::i18n::words;
use crate::reactive::{Text, attribute, maybe, state, text};

/// What is to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// What was played, as far as it is shown.
    pub moves: Vec<String>,
    /// Where the reader plays, and the server has not confirmed it: drawn as if it had.
    pub wish: Option<String>,
    /// May the reader play now?
    pub is_free: bool,
    /// What is said after each place: whose turn it is, or how it ended.
    pub status: String,
}

/// Where somebody wants to play, by the game's own names.
pub type Play = Arc<dyn Fn(String) + Send + Sync>;

/// The board of a game.
pub fn board(game: GameName, view: Memo<View>, play: Play) -> impl IntoView {
    match game {
        GameName::TicTacToe => noughts_and_crosses(view, play),
    }
}

/// A seat's piece, drawn.
pub fn piece(game: GameName, seat: usize) -> impl IntoView {
    match game {
        GameName::TicTacToe => view! {
            <svg class="piece" viewBox="0 0 20 20" data-seat=seat.to_string() aria-hidden="true">
                <path d=if seat == 0 { CROSS } else { NOUGHT } />
            </svg>
        },
    }
}

const CROSS: &str = "M4.5 4.5l11 11M15.5 4.5l-11 11";
const NOUGHT: &str = "M10 4a6 6 0 1 1 0 12 6 6 0 1 1 0-12z";

/// Three by three, a grid of buttons (WAI-ARIA Authoring Practices, "Grid"): arrows go from place to
/// place, and one of them can be reached by Tab.
fn noughts_and_crosses(view: Memo<View>, play: Play) -> impl IntoView {
    let words = &words().games;
    let at_hand = RwSignal::new("b2".to_owned());
    let drawn = move || view.with(|view| tic_tac_toe::after(&with_wish(view)));
    let cell = |cell: Cell| {
        let at = cell.name();
        let play = Arc::clone(&play);
        let mark = move || drawn().at(cell);
        let label: Text = {
            let at = at.clone();
            text(move || {
                let piece = mark().map_or(words.empty, |mark| {
                    (words.piece)(GameName::TicTacToe, usize::from(mark == Player::O))
                });
                let status = view.with(|view| view.status.clone());
                let place = (words.place)(GameName::TicTacToe, &at);
                [&place, ", ", piece, "; ", &status].concat()
            })
        };
        let drawing = maybe(move || {
            mark().map(|mark| match mark {
                Player::X => CROSS.to_owned(),
                Player::O => NOUGHT.to_owned(),
            })
        });
        let kind = attribute(move || {
            let is_won = drawn().line().is_some_and(|line| line.contains(&cell));
            let named = |moves: Option<&String>| moves.is_some_and(|last| *last == cell.name());
            view.with(|view| match () {
                () if is_won => Some("won"),
                () if named(view.wish.as_ref()) => Some("wish"),
                () if named(view.moves.last()) => Some("last"),
                () => None,
            })
        });
        let seat = attribute(move || {
            mark().map(|mark| match mark {
                Player::X => "0",
                Player::O => "1",
            })
        });
        let is_closed = state(move || mark().is_some() || !view.with(|view| view.is_free));
        let (here, name) = (at.clone(), at.clone());
        let tab_stop = attribute(move || {
            let is_here = at_hand.with(|at| *at == here);
            Some(if is_here { "0" } else { "-1" })
        });
        view! {
            <button
                type="button"
                role="gridcell"
                class="cell"
                data-at=at.clone()
                data-kind=kind
                data-seat=seat
                aria-label=label
                aria-disabled=is_closed
                tabindex=tab_stop
                on:focus=move |_| at_hand.set(name.clone())
                on:click=move |_| {
                    if is_closed.get_untracked() == Some("false") {
                        play(at.clone());
                    }
                }
            >
                <svg class="piece" viewBox="0 0 20 20" aria-hidden="true">
                    <path d=drawing />
                </svg>
            </button>
        }
    };
    let cells: Vec<_> = Cell::all().collect();
    let rows = cells.chunks(SIDE).map(|row| {
        let row = row.iter().map(|it| cell(*it)).collect_view();
        view! { <div role="row">{row}</div> }
    });
    // Through the three that win, from the middle of the first to that of the last.
    let line = maybe(move || {
        let [first, _, last] = drawn().line()?;
        let middle = |cell: Cell| {
            let (x, y) = (cell.place() % SIDE, cell.place() / SIDE);
            [
                x.to_string(),
                ".5 ".to_owned(),
                y.to_string(),
                ".5".to_owned(),
            ]
            .concat()
        };
        Some(["M", &middle(first), "L", &middle(last)].concat())
    });
    view! {
        <div class="board three" role="grid" aria-label=words.board on:keydown=go_along>
            {rows.collect_view()}
            <svg class="line" viewBox="0 0 3 3" aria-hidden="true">
                <path d=line pathLength="1" />
            </svg>
        </div>
    }
}

fn with_wish(view: &View) -> Vec<String> {
    view.moves.iter().chain(&view.wish).cloned().collect()
}

/// Arrows go from place to place.
fn go_along(event: KeyboardEvent) {
    let step: [isize; 2] = match event.key().as_str() {
        "ArrowLeft" => [-1, 0],
        "ArrowRight" => [1, 0],
        "ArrowUp" => [0, -1],
        "ArrowDown" => [0, 1],
        _ => return,
    };
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let Some(at) = target.as_ref().and_then(|it| it.get_attribute("data-at")) else {
        return;
    };
    // The log, in which the board stands, would scroll.
    event.prevent_default();
    event.stop_propagation();
    let Ok(cell) = Cell::parse(&at) else {
        return;
    };
    let (x, y) = (cell.place() % SIDE, cell.place() / SIDE);
    let (x, y) = (x.checked_add_signed(step[0]), y.checked_add_signed(step[1]));
    let next = x.zip(y).filter(|(x, y)| *x < SIDE && *y < SIDE);
    let next = next.and_then(|(x, y)| Cell::all().nth(y * SIDE + x));
    let board = target.and_then(|it| it.closest("[role=grid]").ok().flatten());
    if let (Some(next), Some(board)) = (next, board) {
        let selector = ["[data-at=", &next.name(), "]"].concat();
        let next = board.query_selector(&selector).ok().flatten();
        if let Some(next) = next.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
            let _ = next.focus();
        }
    }
}
