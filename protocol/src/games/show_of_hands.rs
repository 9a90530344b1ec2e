//! A show of hands, for tests alone: it has neither two players nor turns. Everybody in the room
//! may say yes or no once, in any order. It ends when the user who asked closes it, or when as many
//! as possible have voted.

use std::ops::RangeInclusive;

use super::{Board, Bot, Cell, Ending, Moves, Position, Rules, ToMove, Words};
use crate::{Code, Refusal};

pub const RULES: &dyn Rules = &ShowOfHands;
pub const BOT: Option<&dyn Bot> = None;

/// The most users who may vote.
const VOTERS: usize = 3;
const ANSWERS: [&str; 2] = ["yes", "no"];
/// The move with which the user who asked, player 0, ends it.
const CLOSE: &str = "close";

struct ShowOfHands;

fn votes(moves: Moves<'_>, answer: &str) -> usize {
    moves.at.iter().filter(|at| *at == answer).count()
}

fn is_over(moves: Moves<'_>) -> bool {
    let closed = votes(moves, CLOSE);
    closed > 0 || moves.at.len() == VOTERS
}

impl Rules for ShowOfHands {
    fn players(&self) -> RangeInclusive<usize> {
        1..=VOTERS
    }

    fn has_turns(&self) -> bool {
        false
    }

    fn position(&self, moves: Moves<'_>) -> Position {
        let ending = is_over(moves).then(|| Ending {
            winners: Vec::new(),
        });
        let to_move = match ending {
            Some(_) => ToMove::Players(Vec::new()),
            None => ToMove::Everybody,
        };
        Position { to_move, ending }
    }

    fn check(&self, moves: Moves<'_>, player: usize, at: &str) -> Result<(), Refusal> {
        if is_over(moves) {
            return Err(Code::GameOver.into());
        }
        match at {
            CLOSE if player == 0 => Ok(()),
            CLOSE => Err(Code::NotYourGame.into()),
            _ if !ANSWERS.contains(&at) => Err(Code::OutsideBoard.into()),
            _ if moves.by.contains(&player) => Err(Code::PlaceTaken.into()),
            _ => Ok(()),
        }
    }

    fn board(&self, moves: Moves<'_>) -> Board {
        let cell = |answer: &str| Cell {
            at: answer.to_owned(),
            text: [answer, ": ", &votes(moves, answer).to_string()].concat(),
            ..Cell::default()
        };
        let mut cells = ANSWERS.map(cell).to_vec();
        cells.push(Cell {
            at: CLOSE.to_owned(),
            text: CLOSE.to_owned(),
            ..Cell::default()
        });
        Board {
            columns: 1,
            cells,
            ..Board::default()
        }
    }

    fn piece(&self, _: usize) -> &'static str {
        ""
    }

    fn words(&self) -> &'static Words {
        &Words {
            title: "Show of hands",
            cell: str::to_owned,
            piece: |_| "",
        }
    }
}

#[cfg(test)]
mod tests;
