//! Counting, for tests alone: three players in turn say the next number, and the two others win
//! when one has to say the last. It has more than two players, and more than one winner.

use std::ops::RangeInclusive;

use super::{Board, Bot, Ending, Moves, Position, Rules, ToMove, Words};
use crate::{Code, Refusal};

pub const RULES: &dyn Rules = &Counting;
pub const BOT: Option<&dyn Bot> = None;

const PLAYERS: usize = 3;
const LAST: usize = 5;

struct Counting;

impl Rules for Counting {
    fn players(&self) -> RangeInclusive<usize> {
        PLAYERS..=PLAYERS
    }

    fn has_turns(&self) -> bool {
        true
    }

    fn position(&self, moves: Moves<'_>) -> Position {
        let said = moves.at.len();
        let turn = said % PLAYERS;
        let others = |loser: usize| (0..PLAYERS).filter(|it| *it != loser).collect();
        let ending = (said == LAST).then(|| Ending {
            winners: others((LAST - 1) % PLAYERS),
        });
        let turn = ending.is_none().then_some(turn);
        Position {
            to_move: ToMove::Players(turn.into()),
            ending,
        }
    }

    fn check(&self, moves: Moves<'_>, player: usize, at: &str) -> Result<(), Refusal> {
        match self.position(moves).turn() {
            None => Err(Code::GameOver.into()),
            Some(turn) if turn != player => Err(Code::NotYourTurn.into()),
            Some(_) if at != (moves.at.len() + 1).to_string() => Err(Code::OutsideBoard.into()),
            Some(_) => Ok(()),
        }
    }

    fn board(&self, _: Moves<'_>) -> Board {
        Board::default()
    }

    fn piece(&self, _: usize) -> &'static str {
        ""
    }

    fn words(&self) -> &'static Words {
        &Words {
            title: "Counting",
            cell: str::to_owned,
            piece: |_| "",
        }
    }
}

#[cfg(test)]
mod tests;
