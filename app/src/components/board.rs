//! Boards: one arm for each game. It draws a list of moves, and knows its places. The only part of the
//! page, besides its words, that knows a game by name.

use protocol::games::GameName;
use protocol::games::tic_tac_toe::{self, Cell, Player, SIDE};

use crate::html_builder::HtmlBuilder;
use crate::i18n::words;

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
    /// The place that the reader was at last; empty for the usual one.
    pub at_hand: String,
}

/// A board: a grid of buttons (WAI-ARIA Authoring Practices, "Grid"), each with its place as `data-at`.
/// One of them can be reached by Tab.
pub fn board(game: GameName, view: &View) -> HtmlBuilder {
    match game {
        GameName::TicTacToe => three_by_three(view),
    }
}

/// The place that an arrow leads to.
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

/// A seat's piece, drawn.
pub fn piece(game: GameName, seat: usize) -> HtmlBuilder {
    let drawing = match (game, seat) {
        (GameName::TicTacToe, 0) => CROSS,
        (GameName::TicTacToe, _) => NOUGHT,
    };
    HtmlBuilder::default()
        .tags("<svg class=\"piece\" viewBox=\"0 0 20 20\" aria-hidden=\"true\" data-seat=\"")
        .text(&seat.to_string())
        .tags("\">")
        .tags(drawing)
        .tags("</svg>")
}

const CROSS: &str = "<path d=\"M4.5 4.5l11 11M15.5 4.5l-11 11\"/>";
const NOUGHT: &str = "<path d=\"M10 4a6 6 0 1 1 0 12 6 6 0 1 1 0-12z\"/>";

fn three_by_three(view: &View) -> HtmlBuilder {
    let moves: Vec<_> = view.moves.iter().chain(&view.wish).cloned().collect();
    let state = tic_tac_toe::after(&moves);
    let line = state.line();
    let at_hand = match view.at_hand.as_str() {
        "" => "b2",
        at => at,
    };
    let mut board = HtmlBuilder::default()
        .tags("<div class=\"board three\" role=\"grid\" aria-label=\"")
        .text(words().games.board)
        .tags("\">");
    for cell in Cell::all() {
        let at = cell.name();
        let seat = state.at(cell).map(|mark| usize::from(mark == Player::O));
        let kind = match () {
            () if line.is_some_and(|line| line.contains(&cell)) => "won",
            () if view.wish.as_ref() == Some(&at) => "wish",
            () if view.moves.last() == Some(&at) => "last",
            () => "",
        };
        let first = cell.place() % SIDE == 0;
        board = board
            .tags_if(first, "<div role=\"row\">")
            .tags("<button type=\"button\" role=\"gridcell\" class=\"cell\" data-at=\"")
            .text(&at)
            .tags("\" data-kind=\"")
            .text(kind)
            .tags("\" aria-label=\"")
            .text(&spoken(cell, seat, &view.status))
            .tags("\" aria-disabled=\"")
            .text(match seat.is_none() && view.is_free {
                true => "false",
                false => "true",
            })
            .tags("\" tabindex=\"")
            .text(if at == at_hand { "0" } else { "-1" })
            .tags("\">");
        if let Some(seat) = seat {
            board = board.with(piece(GameName::TicTacToe, seat));
        }
        let last = cell.place() % SIDE == SIDE - 1;
        board = board.tags("</button>").tags_if(last, "</div>");
    }
    if let Some([first, _, last]) = line {
        // Through the three that win, from the middle of the first to that of the last.
        let (first, last) = (first.place(), last.place());
        board = board.tags("<svg class=\"line\" viewBox=\"0 0 3 3\" aria-hidden=\"true\"><path pathLength=\"1\" d=\"M");
        for (sign, place) in [("L", first), ("", last)] {
            board = board
                .text(&(place % SIDE).to_string())
                .tags(".5 ")
                .text(&(place / SIDE).to_string())
                .tags(".5")
                .text(sign);
        }
        board = board.tags("\"/></svg>");
    }
    board.tags("</div>")
}

/// A place, what stands there, and how the game stands.
fn spoken(cell: Cell, seat: Option<usize>, status: &str) -> String {
    let words = &words().games;
    let place = (words.place)(GameName::TicTacToe, &cell.name());
    let piece = seat.map_or(words.empty, |seat| (words.piece)(GameName::TicTacToe, seat));
    [&place, ", ", piece, "; ", status].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_from_place_to_place_and_not_over_the_edge() {
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
    fn a_board_says_what_stands_where_and_where_the_line_is() {
        let moves = ["a1", "a2", "b1", "b2", "c1"].map(str::to_owned).to_vec();
        let view = View {
            moves,
            status: "Anna wins".into(),
            ..View::default()
        };
        let html = board(GameName::TicTacToe, &view).html();
        assert!(
            html.contains("aria-label=\"row 1, column 3, X; Anna wins\""),
            "{html}"
        );
        assert!(html.contains("d=\"M0.5 0.5L2.5 0.5\""), "{html}");
        assert_eq!(html.matches("data-kind=\"won\"").count(), 3);
    }
}
