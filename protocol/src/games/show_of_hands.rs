//! A show of hands, for tests alone: it has neither two players nor turns. Everybody in the room
//! may say yes or no once, in any order. It ends when the user who asked closes it, or when as many
//! as possible have voted.

use std::ops::RangeInclusive;

use super::{Board, Bot, Cell, Ending, Moves, PlayerSet, Position, Rules, ToMove, Words};
use crate::{Code, Refusal};

pub const RULES: &dyn Rules = &ShowOfHands;
pub const BOT: Option<&dyn Bot> = None;

/// The most users who may vote.
const VOTERS: usize = 3;
const ANSWERS: [&str; 2] = ["yes", "no"];
/// The move with which the user who asked, player 0, ends it.
const CLOSE: &str = "close";

struct ShowOfHands;

fn is_over(moves: Moves<'_>) -> bool {
    moves.at.len() == VOTERS || moves.at.iter().any(|at| at == CLOSE)
}

impl Rules for ShowOfHands {
    fn players(&self) -> RangeInclusive<usize> {
        1..=VOTERS
    }

    fn has_turns(&self) -> bool {
        false
    }

    fn position(&self, moves: Moves<'_>) -> Position {
        let ending = is_over(moves).then_some(Ending {
            winners: PlayerSet::NONE,
        });
        let to_move = match ending {
            Some(_) => ToMove::Players(PlayerSet::NONE),
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
            _ if moves.has_moved(player) => Err(Code::PlaceTaken.into()),
            _ => Ok(()),
        }
    }

    fn board(&self, _: Moves<'_>) -> Board {
        let cell = |at: &str| Cell {
            at: at.to_owned(),
            ..Cell::default()
        };
        let moves = ANSWERS.into_iter().chain([CLOSE]);
        Board {
            columns: 1,
            cells: moves.map(cell).collect(),
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
