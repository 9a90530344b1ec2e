//! The words of games.

use protocol::games::By;

/// The words of the page about games. Each game has words of its own: [`protocol::games::Words`].
pub struct GameWords {
    pub empty: &'static str,
    pub board: &'static str,

    /// Opens the dialog to offer a game and to see the scores.
    pub play: &'static str,
    pub games_in: fn(room: &str) -> String,
    pub games_with: fn(nickname: &str) -> String,
    pub which: &'static str,
    pub with: &'static str,
    pub everybody: &'static str,
    pub clock: &'static str,
    /// The time for each move in seconds; 0 is no limit.
    pub time: fn(seconds: u32) -> String,
    pub invite: &'static str,

    pub my_games: &'static str,
    pub waiting: fn(count: u64) -> String,
    pub your_turn: &'static str,
    pub turn_of: fn(name: &str) -> String,
    /// The state of a game that waits for several players.
    pub running: &'static str,
    /// The result of a game that nobody can win.
    pub over: &'static str,
    pub to_you: fn(name: &str) -> String,
    pub to_one: fn(name: &str, with: &str) -> String,
    pub to_all: fn(name: &str) -> String,
    pub own_to_all: &'static str,
    pub own_to_one: fn(with: &str) -> String,
    pub you: &'static str,
    pub wins: fn(name: &str) -> String,
    pub you_win: &'static str,
    pub draw: &'static str,
    /// What ended the game, if it was not the last move; `name` is the loser.
    pub by: fn(by: By, name: &str) -> Option<String>,
    pub declined: fn(with: &str) -> String,
    pub withdrawn: &'static str,
    pub lapsed: &'static str,
    pub offers_draw: fn(name: &str) -> String,
    pub draw_offered: &'static str,
    pub watchers: fn(count: u64) -> String,
    pub left: &'static str,

    pub accept: &'static str,
    pub decline: &'static str,
    pub withdraw: &'static str,
    pub resign: &'static str,
    pub resign_sure: &'static str,
    pub offer_draw: &'static str,
    pub agree: &'static str,
    pub rematch: &'static str,
    pub to_rematch: &'static str,
    pub large: &'static str,
    pub first_move: &'static str,
    pub move_before: &'static str,
    pub move_after: &'static str,
    pub last_move: &'static str,
    pub step: fn(nth: usize, of: usize) -> String,
    pub played: fn(name: &str, place: &str) -> String,

    pub scores: &'static str,
    pub scores_yours: &'static str,
    pub no_scores: &'static str,
    pub name: &'static str,
    pub won: &'static str,
    pub drawn: &'static str,
    pub lost: &'static str,
}
