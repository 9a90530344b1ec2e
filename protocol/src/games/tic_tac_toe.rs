//! Tic-tac-toe: two players take turns, and three in a line win.

mod bot;
mod state;
mod words;

use std::ops::RangeInclusive;

use self::{
    bot::Minimax,
    state::{Place, SIDE, Symbol, after, apply},
};
use super::{Board, Bot, Cell, Ending, Moves, Position, Rules, ToMove, Words};
use crate::Refusal;

pub const RULES: &dyn Rules = &TicTacToe;
pub const BOT: Option<&dyn Bot> = Some(&Minimax);

/// The pieces, in a square of 20 units.
const CROSS: &str = "M4.5 4.5l11 11M15.5 4.5l-11 11";
const NOUGHT: &str = "M10 4a6 6 0 1 1 0 12 6 6 0 1 1 0-12z";

struct TicTacToe;

impl Rules for TicTacToe {
    fn players(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn has_turns(&self) -> bool {
        true
    }

    fn position(&self, moves: Moves<'_>) -> Position {
        let state = after(moves.at);
        let is_over = state.is_over();
        let turn = (!is_over).then(|| state.turn().player());
        let winner = state.winner().map(Symbol::player);
        Position {
            to_move: ToMove::Players(turn.into()),
            ending: is_over.then(|| Ending {
                winners: winner.into(),
            }),
        }
    }

    fn check(&self, moves: Moves<'_>, player: usize, at: &str) -> Result<(), Refusal> {
        apply(after(moves.at), Symbol::of(player), Place::parse(at)?).map(drop)
    }

    fn board(&self, moves: Moves<'_>) -> Board {
        let state = after(moves.at);
        let line = state.line();
        let cell = |place: Place| Cell {
            at: place.name(),
            piece: state.at(place).map(Symbol::player),
            is_won: line.is_some_and(|line| line.contains(&place)),
            ..Cell::default()
        };
        Board {
            columns: SIDE,
            cells: Place::all().map(cell).collect(),
            start: Place::MIDDLE.index(),
            line: line.map(|[first, _, last]| [first.index(), last.index()]),
        }
    }

    fn piece(&self, player: usize) -> &'static str {
        match Symbol::of(player) {
            Symbol::X => CROSS,
            Symbol::O => NOUGHT,
        }
    }

    fn words(&self) -> &'static Words {
        &words::ENGLISH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_says_what_stands_where_and_which_line_has_won() {
        let at = ["a1", "a2", "b1", "b2", "c1"].map(str::to_owned);
        let board = RULES.board(Moves {
            at: &at,
            ..Moves::default()
        });
        assert_eq!((board.columns, board.rows()), (3, 3));
        assert_eq!(board.cells[board.start].at, "b2");
        assert_eq!(board.line, Some([0, 2]));
        let pieces: Vec<_> = board.cells.iter().map(|cell| cell.piece).collect();
        let (x, o) = (Some(0), Some(1));
        assert_eq!(pieces, [x, x, x, o, o, None, None, None, None]);
        let won = board.cells.iter().filter(|cell| cell.is_won);
        assert_eq!(
            won.map(|cell| &cell.at).collect::<Vec<_>>(),
            ["a1", "b1", "c1"]
        );
        assert_eq!((RULES.words().cell)("c2"), "row 2, column 3");
    }
}
