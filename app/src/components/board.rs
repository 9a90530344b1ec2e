//! The boards of games: one arm for each game. It draws a list of moves and knows the squares of
//! the board. Besides the words, it is the only part of the page that knows a game by name.

use leptos::prelude::*;
use protocol::games::GameName;
use protocol::games::tic_tac_toe::{self, Cell, SIDE, Symbol};

use crate::i18n::words;

/// What a board shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoardModel {
    /// The moves, as far as they are shown.
    pub moves: Vec<String>,
    /// The user's move that the server has not confirmed. It is drawn like the others.
    pub pending: Option<String>,
    /// May the user move now?
    pub is_free: bool,
    /// Said after each square: whose turn it is, or how the game ended.
    pub status: String,
    /// The square that had the focus last; empty for the usual one.
    pub cursor: String,
}

/// A board: a grid of buttons (WAI-ARIA Authoring Practices, "Grid"). Each has its square as
/// `data-at`. Tab reaches one of them.
pub fn board(game: GameName, model: &BoardModel) -> impl IntoView + use<> {
    match game {
        GameName::TicTacToe => three_by_three(model),
    }
}

/// The square that an arrow key leads to.
pub fn next(game: GameName, at: &str, key: &str) -> Option<String> {
    match game {
        GameName::TicTacToe => {
            let place = Cell::parse(at).ok()?.place();
            let (x, y) = (place % SIDE, place / SIDE);
            let (x, y) = match key {
                "ArrowLeft" => (x.checked_sub(1)?, y),
                "ArrowRight" => (x + 1, y),
                "ArrowUp" => (x, y.checked_sub(1)?),
                "ArrowDown" => (x, y + 1),
                _ => return None,
            };
            let is_inside = x < SIDE && y < SIDE;
            let next = is_inside.then_some(y * SIDE + x)?;
            Cell::all().nth(next).map(Cell::name)
        }
    }
}

/// The drawing of a player's piece.
pub fn piece(game: GameName, player: usize) -> impl IntoView + use<> {
    let path = match (game, player) {
        (GameName::TicTacToe, 0) => CROSS,
        (GameName::TicTacToe, _) => NOUGHT,
    };
    view! {
        <svg class="piece" viewBox="0 0 20 20" aria-hidden="true" data-player=player.to_string()>
            <path d=path />
        </svg>
    }
}

const CROSS: &str = "M4.5 4.5l11 11M15.5 4.5l-11 11";
const NOUGHT: &str = "M10 4a6 6 0 1 1 0 12 6 6 0 1 1 0-12z";

fn three_by_three(model: &BoardModel) -> impl IntoView + use<> {
    let moves: Vec<_> = model.moves.iter().chain(&model.pending).cloned().collect();
    let state = tic_tac_toe::after(&moves);
    let line = state.line();
    let cursor = match model.cursor.as_str() {
        "" => "b2",
        at => at,
    };
    let cell = |cell: Cell| {
        let at = cell.name();
        let player = state.at(cell).map(|mark| usize::from(mark == Symbol::O));
        let kind = match () {
            () if line.is_some_and(|line| line.contains(&cell)) => "won",
            () if model.pending.as_ref() == Some(&at) => "pending",
            () if model.moves.last() == Some(&at) => "last",
            () => "",
        };
        let is_free = player.is_none() && model.is_free;
        view! {
            <button
                type="button"
                role="gridcell"
                class="cell"
                data-kind=kind
                aria-label=spoken(cell, player, &model.status)
                aria-disabled=if is_free { "false" } else { "true" }
                tabindex=if at == cursor { "0" } else { "-1" }
                data-at=at
            >
                {player.map(|player| piece(GameName::TicTacToe, player))}
            </button>
        }
    };
    let row = |y: usize| {
        let cells = Cell::all().skip(y * SIDE).take(SIDE);
        view! { <div role="row">{cells.map(cell).collect_view()}</div> }
    };
    // Through the three that win, from the middle of the first to the middle of the last.
    let line = line.map(|[first, _, last]| {
        let middle = |cell: Cell| format!("{}.5 {}.5", cell.place() % SIDE, cell.place() / SIDE);
        let path = ["M", &middle(first), "L", &middle(last)].concat();
        view! {
            <svg class="line" viewBox="0 0 3 3" aria-hidden="true">
                <path pathLength="1" d=path />
            </svg>
        }
    });
    view! {
        <div class="board three" role="grid" aria-label=words().games.board>
            {(0..SIDE).map(row).collect_view()}
            {line}
        </div>
    }
}

/// A square, the piece on it, and the state of the game.
fn spoken(cell: Cell, player: Option<usize>, status: &str) -> String {
    let words = &words().games;
    let place = (words.place)(GameName::TicTacToe, &cell.name());
    let piece = player.map_or(words.empty, |it| (words.piece)(GameName::TicTacToe, it));
    [&place, ", ", piece, "; ", status].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_keys_go_from_square_to_square_and_stop_at_the_edge() {
        let next = |at, key| next(GameName::TicTacToe, at, key);
        assert_eq!(next("b2", "ArrowLeft").as_deref(), Some("a2"));
        assert_eq!(next("b2", "ArrowDown").as_deref(), Some("b3"));
        for (at, key) in [
            ("a1", "ArrowUp"),
            ("a1", "ArrowLeft"),
            ("c3", "ArrowRight"),
            ("b2", "x"),
        ] {
            assert_eq!(next(at, key), None, "{at} {key}");
        }
    }

    #[test]
    fn a_board_says_what_stands_where_and_draws_the_winning_line() {
        let moves = ["a1", "a2", "b1", "b2", "c1"].map(str::to_owned).to_vec();
        let model = BoardModel {
            moves,
            status: "Anna wins".into(),
            ..BoardModel::default()
        };
        let html = board(GameName::TicTacToe, &model).to_html();
        assert!(
            html.contains("aria-label=\"row 1, column 3, X; Anna wins\""),
            "{html}"
        );
        assert!(html.contains("d=\"M0.5 0.5L2.5 0.5\""), "{html}");
        assert_eq!(html.matches("data-kind=\"won\"").count(), 3);
    }
}
