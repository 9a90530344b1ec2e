//! Chooses moves in tic-tac-toe so that the bot never loses.

use std::{collections::HashMap, sync::LazyLock};

use super::super::{Bot, Moves};
use super::state::{Place, State, after, apply};

/// The value of each reachable position for the player whose turn it is. Above 0 the position is
/// won, below 0 it is lost, and the farther from 0, the sooner. There are 5,478 positions
/// (Schaefer, "How many games of Tic-Tac-Toe are there?", 2002), and each is examined once.
static VALUES: LazyLock<HashMap<State, i8>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    evaluate(State::default(), &mut known);
    known
});

/// The value of a game that is won now. It is greater than the number of cells.
const WON: i8 = 10;

/// Examines all of the game.
pub struct Minimax;

impl Bot for Minimax {
    fn nickname(&self) -> &'static str {
        "Tictac"
    }

    fn choose(&self, moves: Moves<'_>, _: usize) -> Option<String> {
        choose(moves.at)
    }
}

/// The name of the best cell after these moves, or `None` if the game is over. If several are
/// equally good, the first of them.
fn choose(moves: &[String]) -> Option<String> {
    let best = replies(after(moves)).min_by_key(|(_, next)| VALUES.get(next).copied());
    best.map(|(cell, _)| cell.name())
}

/// Computes the value of a position by minimax (von Neumann 1928): what is best for one player is
/// worst for the other.
fn evaluate(state: State, known: &mut HashMap<State, i8>) -> i8 {
    if let Some(value) = known.get(&state) {
        return *value;
    }
    let value = if state.winner().is_some() {
        -WON
    } else {
        let values = replies(state).map(|(_, next)| {
            let value = -evaluate(next, known);
            // A win that is one move farther away counts a little less, and so does a loss.
            value - value.signum()
        });
        values.max().unwrap_or(0)
    };
    known.insert(state, value);
    value
}

/// The cells that may be played, and the position after each.
fn replies(state: State) -> impl Iterator<Item = (Place, State)> {
    Place::all().filter_map(move |cell| {
        let next = apply(state, state.turn(), cell).ok()?;
        Some((cell, next))
    })
}

#[cfg(test)]
mod tests {
    use super::super::state::Symbol;

    use super::*;

    #[derive(Debug, Default, Eq, PartialEq)]
    struct Tally {
        won: u32,
        drawn: u32,
        lost: u32,
    }

    /// Plays every continuation of the opponent.
    fn play_all(moves: &[String], bot: Symbol, tally: &mut Tally) {
        let state = after(moves);
        if state.is_over() {
            match state.winner() {
                Some(winner) if winner == bot => tally.won += 1,
                Some(_) => tally.lost += 1,
                None => tally.drawn += 1,
            }
            return;
        }
        let cells = match state.turn() == bot {
            true => Vec::from_iter(choose(moves)),
            false => replies(state).map(|(cell, _)| cell.name()).collect(),
        };
        assert!(!cells.is_empty(), "a cell is free: {moves:?}");
        for at in cells {
            play_all(&[moves, &[at]].concat(), bot, tally);
        }
    }

    #[test]
    fn it_never_loses() {
        for bot in [Symbol::X, Symbol::O] {
            let mut tally = Tally::default();
            play_all(&[], bot, &mut tally);
            println!("tic-tac-toe: as {bot:?} against everything: {tally:?}");
            assert_eq!(tally.lost, 0);
            assert!(tally.won > 0 && tally.drawn > 0);
        }
    }

    #[test]
    fn it_wins_if_it_can_and_prevents_a_loss() {
        let chosen = |moves: &[&str]| {
            let moves: Vec<_> = moves.iter().map(|&at| at.to_owned()).collect();
            choose(&moves)
        };
        let at = |name: &str| Some(name.to_owned());
        assert_eq!(chosen(&["a1", "a2", "b1", "b2"]), at("c1"), "to win now");
        assert_eq!(chosen(&["a1", "b2", "b1"]), at("c1"), "not to lose");
        assert_eq!(
            chosen(&["a1", "a2", "b1", "b2", "c1"]),
            None,
            "the game is over"
        );
    }

    #[test]
    fn against_itself_it_draws() {
        let mut moves = Vec::new();
        while let Some(at) = choose(&moves) {
            moves.push(at);
        }
        assert_eq!((moves.len(), after(&moves).winner()), (9, None));
    }
}
