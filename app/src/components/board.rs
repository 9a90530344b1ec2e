//! The board of a game, drawn from the description that the game's rules give of it.

use leptos::prelude::*;
use protocol::games::{Board, Cell, GameName};

use crate::i18n::words;

/// What a board shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoardModel {
    /// The board after the moves that are shown.
    pub board: Board,
    /// The last of these moves.
    pub last: Option<String>,
    /// The user's move that the server has not confirmed. It is drawn like the others.
    pub pending: Option<String>,
    /// Said after each square: whose turn it is, or how the game ended.
    pub status: String,
    /// The square that had the focus last; empty for the usual one.
    pub cursor: String,
}

/// A board: a grid of buttons (WAI-ARIA Authoring Practices, "Grid"). Each has its square as
/// `data-at`. Tab reaches one of them.
pub fn board(game: GameName, model: &BoardModel) -> impl IntoView + use<> {
    let board = &model.board;
    let cursor = match model.cursor.as_str() {
        "" => board.cells.get(board.start).map_or("", |cell| &cell.at),
        at => at,
    };
    let cell = |cell: &Cell| {
        let at = &cell.at;
        let kind = match () {
            () if cell.is_won => "won",
            () if model.pending.as_ref() == Some(at) => "pending",
            () if model.last.as_ref() == Some(at) => "last",
            () => "",
        };
        view! {
            <button
                type="button"
                role="gridcell"
                class="cell"
                data-kind=kind
                aria-label=spoken(game, cell, &model.status)
                aria-disabled=if cell.is_free { "false" } else { "true" }
                tabindex=if at == cursor { "0" } else { "-1" }
                data-at=at.clone()
            >
                {cell.piece.map(|player| piece(game, player))}
            </button>
        }
    };
    let rows = board.cells.chunks(board.columns.max(1));
    let row = |cells: &[Cell]| {
        view! { <div role="row">{cells.iter().map(cell).collect_view()}</div> }
    };
    // From the middle of the first cell to the middle of the last.
    let line = board.line.map(|[first, last]| {
        let middle = |cell| {
            let (column, row) = board.place(cell);
            [&column.to_string(), ".5 ", &row.to_string(), ".5"].concat()
        };
        let path = ["M", &middle(first), "L", &middle(last)].concat();
        let (columns, rows) = (board.columns.to_string(), board.rows().to_string());
        view! {
            <svg class="line" viewBox=["0 0 ", &columns, " ", &rows].concat() aria-hidden="true">
                <path pathLength="1" d=path />
            </svg>
        }
    });
    view! {
        <div class="board" role="grid" aria-label=words().games.board>
            {rows.map(row).collect_view()}
            {line}
        </div>
    }
}

/// The square that an arrow key leads to.
pub fn next<'a>(board: &'a Board, at: &str, key: &str) -> Option<&'a str> {
    let (right, down) = match key {
        "ArrowLeft" => (-1, 0),
        "ArrowRight" => (1, 0),
        "ArrowUp" => (0, -1),
        "ArrowDown" => (0, 1),
        _ => return None,
    };
    board.neighbor(at, right, down)
}

/// The drawing of a player's piece.
pub fn piece(game: GameName, player: usize) -> impl IntoView + use<> {
    let path = game.rules().piece(player);
    view! {
        <svg class="piece" viewBox="0 0 20 20" aria-hidden="true" data-player=player.to_string()>
            <path d=path />
        </svg>
    }
}

/// A square, what is in it, and the state of the game.
fn spoken(game: GameName, cell: &Cell, status: &str) -> String {
    let its = game.rules().words();
    let piece = cell.piece.map_or(words().games.empty, its.piece);
    [&(its.cell)(&cell.at), ", ", piece, "; ", status].concat()
}

#[cfg(test)]
mod tests {
    use protocol::games::Moves;

    use super::*;

    /// A board of any game.
    const GAME: GameName = GameName::ALL[0];

    #[test]
    fn arrow_keys_go_from_square_to_square_and_stop_at_the_edge() {
        let board = GAME.rules().board(Moves::default());
        let next = |at, key| next(&board, at, key);
        assert_eq!(next("b2", "ArrowLeft"), Some("a2"));
        assert_eq!(next("b2", "ArrowDown"), Some("b3"));
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
        let at = ["a1", "a2", "b1", "b2", "c1"].map(str::to_owned);
        let model = BoardModel {
            board: GAME.rules().board(Moves {
                at: &at,
                ..Moves::default()
            }),
            status: "Anna wins".into(),
            ..BoardModel::default()
        };
        let html = board(GAME, &model).to_html();
        assert!(
            html.contains("aria-label=\"row 1, column 3, X; Anna wins\""),
            "{html}"
        );
        assert!(html.contains("d=\"M0.5 0.5L2.5 0.5\""), "{html}");
        assert_eq!(html.matches("data-kind=\"won\"").count(), 3);
    }

    #[test]
    fn a_board_of_another_shape_is_drawn_as_it_is_described() {
        let cell = |at: &str| Cell {
            at: at.to_owned(),
            is_free: at == "a2",
            ..Cell::default()
        };
        let model = BoardModel {
            board: Board {
                columns: 2,
                cells: ["a1", "b1", "a2"].map(cell).to_vec(),
                start: 1,
                line: Some([0, 2]),
            },
            ..BoardModel::default()
        };
        let html = board(GAME, &model).to_html();
        assert_eq!(html.matches("role=\"row\"").count(), 2, "{html}");
        assert!(html.contains("viewBox=\"0 0 2 2\""), "{html}");
        assert!(html.contains("d=\"M0.5 0.5L0.5 1.5\""), "{html}");
        assert_eq!(html.matches("aria-disabled=\"false\"").count(), 1, "{html}");
    }
}
