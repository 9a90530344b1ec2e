//! Games that users play with each other in a room, refereed by the server.
//!
//! A game is a part of its room's log. It begins with a *game message*, the invitation, whose
//! number identifies the game. Everything that happens in it follows as events of the same log
//! ([`Played`]), and a [`Game`] is the state that these events add up to. So history, catching up,
//! restarts and watching need no code of their own: a client that has the events has the game.
//!
//! # How to add a game
//!
//! 1. **Its rules**, in a file beside `tic_tac_toe.rs`: a state, and a pure, total function
//!    `apply(state, player, move) -> Result<state, Refusal>`. Moves are short texts in the game's
//!    own notation. There are two players, who take turns as the rules say. A test compares the
//!    rules with numbers that are known of the game.
//! 2. **A variant of [`GameName`]**, and an arm in each function of its `impl` below. The server,
//!    the log and the page ask nothing else of a game, and the compiler lists the missing arms. The
//!    variant's name is on the wire and never changes.
//! 3. **Its board**: an arm in `app/src/components/board.rs`, which draws a list of moves and says
//!    where a user moves; and its style.
//! 4. **Its words** in `app/src/i18n`: the game's title, and its cells and pieces for screen
//!    readers.
//! 5. A bot to practice with, if there is to be one: a function from a list of moves to the next
//!    move, in `cli/src/bot`.
//!
//! Everything else exists: invitations, the choice of who begins, clocks, draws, rematches, scores,
//! watchers, the drawing around the board, the list of the user's games, stepping through the
//! moves. A test of the workspace checks that no other place names a game.

mod game;
mod play;
pub mod tic_tac_toe;

pub use game::{By, End, Game, GameEvent, Stage, opponent};
pub use play::{Act, Played, Player};
use serde::{Deserialize, Serialize};

use crate::Refusal;

/// The name of a game.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GameName {
    TicTacToe,
}

/// What the rules say about a list of moves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// The index of the player whose turn it is, or would be. Player 0 has begun.
    pub turn: usize,
    /// How the game has ended, if it is over.
    pub ending: Option<Ending>,
}

/// How the rules end a game.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// The player with this index has won.
    Won(usize),
    Drawn,
}

impl GameName {
    /// All games.
    pub const ALL: [Self; 1] = [Self::TicTacToe];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TicTacToe => "tic_tac_toe",
        }
    }

    /// The position after these moves. The moves of a log were all checked; an invalid move and all
    /// moves after it are ignored.
    pub fn position(self, moves: &[String]) -> Position {
        match self {
            Self::TicTacToe => {
                let state = tic_tac_toe::after(moves);
                let index = |symbol| usize::from(symbol == tic_tac_toe::Symbol::O);
                let won = state.winner().map(|winner| Ending::Won(index(winner)));
                Position {
                    turn: index(state.turn()),
                    ending: won.or(state.is_over().then_some(Ending::Drawn)),
                }
            }
        }
    }

    /// Checks whether the player with this index may move there after these moves.
    ///
    /// # Errors
    /// [`crate::Code::OutsideBoard`], [`crate::Code::GameOver`], [`crate::Code::NotYourTurn`],
    /// [`crate::Code::PlaceTaken`].
    pub fn check(self, moves: &[String], player: usize, at: &str) -> Result<(), Refusal> {
        match self {
            Self::TicTacToe => {
                let symbol = match player {
                    0 => tic_tac_toe::Symbol::X,
                    _ => tic_tac_toe::Symbol::O,
                };
                let cell = tic_tac_toe::Cell::parse(at)?;
                tic_tac_toe::apply(tic_tac_toe::after(moves), symbol, cell).map(drop)
            }
        }
    }
}

#[cfg(test)]
mod tests;
