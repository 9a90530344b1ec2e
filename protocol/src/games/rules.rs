//! What a game is to the rest of the program.

use std::ops::RangeInclusive;

use super::{Board, Player, PlayerSet};
use crate::Refusal;

/// The rules of a game, its board and its words. All of it is pure: a function of the moves.
pub trait Rules: Sync {
    /// How many players there may be. A game begins as soon as the least number has joined, so a
    /// game for one begins with the invitation.
    fn players(&self) -> RangeInclusive<usize>;

    /// Whether only one player may move at any time. Otherwise users of the room who are not
    /// players yet join by their first move, as long as there may be more players.
    fn has_turns(&self) -> bool;

    /// The position after these moves. The moves of a log were all checked; an invalid move and all
    /// moves after it are ignored.
    fn position(&self, moves: Moves<'_>) -> Position;

    /// Checks whether the player with this index may make this move after these. A user who would
    /// join by it has the next free index.
    ///
    /// # Errors
    /// Mostly [`crate::Code::OutsideBoard`], [`crate::Code::GameOver`],
    /// [`crate::Code::NotYourTurn`], [`crate::Code::PlaceTaken`].
    fn check(&self, moves: Moves<'_>, player: usize, at: &str) -> Result<(), Refusal>;

    /// The board after these moves.
    fn board(&self, moves: Moves<'_>) -> Board;

    /// The drawing of a player's piece: an SVG path in a square of 20 units. It may be empty.
    fn piece(&self, player: usize) -> &'static str;

    /// The game's words in English.
    fn words(&self) -> &'static Words;

    /// Whether two players take turns. Only in such a game are there draw offers, resignation,
    /// rematches and scores, and only to such a game can one user be invited.
    fn is_duel(&self) -> bool {
        self.has_turns() && self.players() == (2..=2)
    }
}

/// Plays a game, for users who practice.
pub trait Bot: Sync {
    /// Its nickname, if it is given no other.
    fn nickname(&self) -> &'static str;

    /// The next move of the player with this index; `None` if there is none.
    fn choose(&self, moves: Moves<'_>, player: usize) -> Option<String>;
}

/// The moves of a game in their order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moves<'a> {
    /// Each move in the game's own notation.
    pub at: &'a [String],
    /// The player of each move. Empty in a game with turns: the rules say whose turn each was.
    pub by: &'a [Player],
    /// The players in the order of their indices.
    pub seats: &'a [Player],
}

/// What the rules say about a list of moves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    pub to_move: ToMove,
    /// How the game has ended, if it is over.
    pub ending: Option<Ending>,
}

/// Whose move the game waits for. [`Rules::check`] says which moves are allowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ToMove {
    /// Nobody, one player, or several.
    Players(PlayerSet),
    /// Everybody in the room who has not moved yet.
    Everybody,
}

/// How the rules end a game.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ending {
    /// The players who have won: one, several, or nobody.
    pub winners: PlayerSet,
}

/// The words of a game in one language. A translation is another value of this type beside the
/// English one.
pub struct Words {
    /// The game's name as a title.
    pub title: &'static str,
    /// A cell of the board in a sentence: "row 2, column 3".
    pub cell: fn(at: &str) -> String,
    /// The piece of the player with this index.
    pub piece: fn(player: usize) -> &'static str,
}

impl Position {
    /// The index of the player whose turn it is, if the game waits for exactly one.
    pub fn turn(&self) -> Option<usize> {
        match self.to_move {
            ToMove::Players(players) => players.only(),
            ToMove::Everybody => None,
        }
    }
}

impl Moves<'_> {
    /// Whether the player with this index has made one of the moves, in a game without turns.
    pub fn has_moved(&self, player: usize) -> bool {
        let player = self.seats.get(player);
        player.is_some_and(|player| self.by.iter().any(|by| by.user == player.user))
    }
}
