//! Games that users play with each other in a room, refereed by the server.
//!
//! A game is a part of its room's log. It begins with a *game message*, the invitation, whose
//! number identifies the game. Everything that happens in it follows as events of the same log
//! ([`Played`]), and a [`Game`] is the state that these events add up to. So history, catching up,
//! restarts and watching need no code of their own: a client that has the events has the game.
//!
//! # How to add a game
//!
//! A file here with a folder beside it, and one line in the list at the end of this file. The line
//! has the name of a variant of [`GameName`], and the same name in snake case, which is that of the
//! module and the one on the wire. It never changes. The module has
//!
//! - `RULES`, an implementation of [`Rules`]: how many players there are, which moves they may make
//!   and how the game ends; the board, as cells that a page draws; the words, for readers and
//!   screen readers; the drawings of the pieces. Moves are short texts in the game's own notation.
//!   A test compares the rules with numbers that are known of the game.
//! - `BOT`, a [`Bot`] to practice with, if there is to be one.
//!
//! Nothing else knows a game: invitations, the choice of who begins, clocks, draws, rematches,
//! scores, watchers, the drawing of the board, the list of the user's games, stepping through the
//! moves and `parlor bot` ask the rules. A test of the workspace checks that no other file names a
//! game.
//!
//! A game need not have two players, and they need not take turns. A game for one player or more
//! begins with the invitation. Without turns, users of the room join by their first move. Clocks
//! exist in games with turns alone; draw offers, resignation, rematches and scores, in games in
//! which two players take turns ([`Rules::is_duel`]). Two games that only tests have are of other
//! kinds: `show_of_hands` and `counting`.

mod board;
mod game;
mod play;
mod player_set;
mod rules;

pub use board::{Board, Cell};
pub use game::{By, End, Game, GameEvent, GameResult, Stage};
pub use play::{Act, Played, Player};
pub use player_set::PlayerSet;
pub use rules::{Bot, Ending, Moves, Position, Rules, ToMove, Words};
use serde::{Deserialize, Serialize};

use crate::limits;

/// Declares the module of each game, and the type of their names.
macro_rules! games {
    ($($(#[$attribute:meta])* $game:ident => $module:ident,)+) => {
        $($(#[$attribute])* mod $module;)+

        /// The name of a game.
        #[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum GameName {
            $($(#[$attribute])* $game,)+
        }

        impl GameName {
            /// All games. The first is the usual one.
            pub const ALL: &[Self] = &[$($(#[$attribute])* Self::$game,)+];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($(#[$attribute])* Self::$game => stringify!($module),)+
                }
            }

            /// The rules, the board and the words.
            pub fn rules(self) -> &'static dyn Rules {
                match self {
                    $($(#[$attribute])* Self::$game => $module::RULES,)+
                }
            }

            /// The bot that plays it, if there is one. Separate from the rules: a page does without.
            pub fn bot(self) -> Option<&'static dyn Bot> {
                match self {
                    $($(#[$attribute])* Self::$game => $module::BOT,)+
                }
            }
        }
    };
}

impl GameName {
    /// The game with this name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|game| game.as_str() == name)
    }

    /// The name in a sentence and on the command line, such as `tic-tac-toe`.
    pub fn spelled(self) -> String {
        self.as_str().replace('_', "-")
    }

    /// The game with this name on the command line.
    pub fn spelled_as(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|game| game.spelled() == name)
    }

    /// The seconds for each move of a game to which a user invites with this clock.
    pub fn clock(self, wanted: Option<u32>) -> u32 {
        match self.rules().has_turns() {
            true => wanted.unwrap_or(limits::CLOCK),
            false => 0,
        }
    }
}

games! {
    TicTacToe => tic_tac_toe,
    #[cfg(test)]
    ShowOfHands => show_of_hands,
    #[cfg(test)]
    Counting => counting,
}

#[cfg(test)]
mod tests;
