//! Games that people of a room play with each other, refereed by the server.
//!
//! A game is a part of its room's log. It begins with a *card*, the invitation, and is named after
//! that event's number; all that happens in it follows as events of the same log ([`Played`]), and
//! [`Game`] is what they add up to. So catching up, history, restarts and watching come by
//! themselves, and whoever has the events has the game.
//!
//! # What a second game needs
//!
//! 1. **Its rules**, in a file beside `tic_tac_toe.rs`: a state, and a pure, total function
//!    `apply(state, player, move) -> Result<state, Refusal>`. Moves are short texts in the game's own
//!    notation, for two seats that take turns as the rules say. A test holds them to numbers that are
//!    known of the game.
//! 2. **A variant of [`GameName`]**, and an arm in each function of its `impl` below. They are all that
//!    the server, the log and the page ask of any game, and the compiler names those that are missing.
//!    The variant's name travels; it never changes.
//! 3. **Its board**: an arm in `app/src/components/board.rs`, which draws a list of moves and says
//!    where somebody plays; and its style.
//! 4. **Its words** in `app/src/i18n`: what it is called, and its squares and pieces for those who
//!    listen.
//! 5. A bot, if somebody is to practise with: a choice of a move for a list of moves, in
//!    `cli/src/bot`.
//!
//! Everything else is there: invitations, seats, lots, clocks, draws, rematches, scores, watchers,
//! the card around the board, the shelf, stepping through the moves. A test of the workspace holds
//! that nothing outside these places knows a game by name.

mod game;
mod play;
mod text;
pub mod tic_tac_toe;

pub use game::{By, End, Game, GameEvent, Stage, other};
pub use play::{Act, Played, Player};
use serde::{Deserialize, Serialize};
pub use text::text;

use crate::Refusal;

/// Which game it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GameName {
    TicTacToe,
}

/// What the rules say of a list of moves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// The seat whose turn it is, or would be: 0 is the one who began.
    pub turn: usize,
    /// How it ended, if it is over.
    pub ending: Option<Ending>,
}

/// How the rules end a game.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// This seat has won.
    Won(usize),
    Drawn,
}

impl GameName {
    /// Every game there is.
    pub const ALL: [Self; 1] = [Self::TicTacToe];

    /// As it travels, and as one asks for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TicTacToe => "tic_tac_toe",
        }
    }

    /// As it is called in an event's text.
    pub fn title(self) -> &'static str {
        match self {
            Self::TicTacToe => "tic-tac-toe",
        }
    }

    /// Where the moves lead. Those of a log were all checked; from one that could not be played on,
    /// the rest counts for nothing.
    pub fn position(self, moves: &[String]) -> Position {
        match self {
            Self::TicTacToe => {
                let state = tic_tac_toe::after(moves);
                let seat = |player| usize::from(player == tic_tac_toe::Player::O);
                let won = state.winner().map(|winner| Ending::Won(seat(winner)));
                Position {
                    turn: seat(state.turn()),
                    ending: won.or(state.is_over().then_some(Ending::Drawn)),
                }
            }
        }
    }

    /// May this seat play there after these moves?
    ///
    /// # Errors
    /// [`crate::Code::OutsideBoard`], [`crate::Code::GameOver`], [`crate::Code::NotYourTurn`],
    /// [`crate::Code::PlaceTaken`].
    pub fn check(self, moves: &[String], seat: usize, at: &str) -> Result<(), Refusal> {
        match self {
            Self::TicTacToe => {
                let player = match seat {
                    0 => tic_tac_toe::Player::X,
                    _ => tic_tac_toe::Player::O,
                };
                let cell = tic_tac_toe::Cell::parse(at)?;
                tic_tac_toe::apply(tic_tac_toe::after(moves), player, cell).map(drop)
            }
        }
    }
}

#[cfg(test)]
mod tests;
