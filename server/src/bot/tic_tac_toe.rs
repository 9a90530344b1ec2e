//! Tic-tac-toe, played so that nobody ever wins against it.

use std::{collections::HashMap, sync::LazyLock};

use protocol::games::tic_tac_toe::{Cell, State, after, apply};

/// What each position that can come up is worth to whoever plays next: above 0 it can be won, below 0
/// it is lost, and the farther from 0 the sooner. 5,478 positions (Schaefer, "How many games of
/// Tic-Tac-Toe are there?", 2002), so none is looked at twice.
static WORTH: LazyLock<HashMap<State, i8>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    look(State::default(), &mut known);
    known
});

/// More than there are cells.
const WON: i8 = 10;

/// The best place after these moves, by its name; none if nothing is left to play. Of several that are
/// as good, the first.
pub fn choose(moves: &[String]) -> Option<String> {
    let best = following(after(moves)).min_by_key(|(_, next)| WORTH.get(next).copied());
    best.map(|(cell, _)| cell.name())
}

/// Minimax (von Neumann 1928): what is best for one is worst for the other.
fn look(state: State, known: &mut HashMap<State, i8>) -> i8 {
    if let Some(worth) = known.get(&state) {
        return *worth;
    }
    let worth = if state.winner().is_some() {
        -WON
    } else {
        let replies = following(state).map(|(_, next)| {
            let worth = -look(next, known);
            // A win that is a move farther off is worth a little less, and so is a loss.
            worth - worth.signum()
        });
        replies.max().unwrap_or(0)
    };
    known.insert(state, worth);
    worth
}

/// Where may be played, and what stands on the board then.
fn following(state: State) -> impl Iterator<Item = (Cell, State)> {
    Cell::all().filter_map(move |cell| {
        let next = apply(state, state.turn(), cell).ok()?;
        Some((cell, next))
    })
}

#[cfg(test)]
mod tests {
    use protocol::games::tic_tac_toe::Symbol;

    use super::*;

    #[derive(Debug, Default, Eq, PartialEq)]
    struct Tally {
        won: u32,
        drawn: u32,
        lost: u32,
    }

    /// Plays on in every way in which the opponent can.
    fn play_on(moves: &[String], bot: Symbol, tally: &mut Tally) {
        let state = after(moves);
        if state.is_over() {
            match state.winner() {
                Some(winner) if winner == bot => tally.won += 1,
                Some(_) => tally.lost += 1,
                None => tally.drawn += 1,
            }
            return;
        }
        let places = match state.turn() == bot {
            true => Vec::from_iter(choose(moves)),
            false => following(state).map(|(cell, _)| cell.name()).collect(),
        };
        assert!(!places.is_empty(), "there is something to play: {moves:?}");
        for at in places {
            play_on(&[moves, &[at]].concat(), bot, tally);
        }
    }

    #[test]
    fn whatever_the_opponent_plays_it_is_never_beaten() {
        for bot in [Symbol::X, Symbol::O] {
            let mut tally = Tally::default();
            play_on(&[], bot, &mut tally);
            println!("tic-tac-toe: as {bot:?} against everything: {tally:?}");
            assert_eq!(tally.lost, 0);
            assert!(tally.won > 0 && tally.drawn > 0);
        }
    }

    #[test]
    fn it_takes_what_wins_and_hinders_what_would() {
        let chosen = |moves: &[&str]| {
            let moves: Vec<_> = moves.iter().map(|&at| at.to_owned()).collect();
            choose(&moves)
        };
        let at = |name: &str| Some(name.to_owned());
        assert_eq!(chosen(&["a1", "a2", "b1", "b2"]), at("c1"), "to win now");
        assert_eq!(chosen(&["a1", "b2", "b1"]), at("c1"), "not to lose");
        assert_eq!(chosen(&["a1", "a2", "b1", "b2", "c1"]), None, "it is over");
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
