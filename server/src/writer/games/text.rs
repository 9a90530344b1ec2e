//! The `text` of a game's events: what happened in one English sentence, for clients that do not
//! know games.

use protocol::games::{Game, Played, Stage};

/// What happened. `from` is the author's nickname, `after` the state of the game after the event.
pub fn text(played: &Played, from: &str, after: &Game) -> String {
    match played {
        Played::Invited { with, again, .. } => {
            let whom = with.as_ref().map_or("everyone", |with| &with.name);
            let title = after.game.spelled();
            match again {
                None => format!("{from} invites {whom} to play {title}."),
                Some(_) => format!("{from} invites {whom} to play {title} again."),
            }
        }
        Played::Accepted { .. } => match after.seats.first() {
            Some(first) if has_begun(after) => {
                format!("{from} accepts. {} goes first.", first.name)
            }
            Some(_) | None => format!("{from} accepts."),
        },
        Played::Declined { .. } => format!("{from} declines."),
        Played::Withdrawn { .. } => format!("{from} cancels the invitation."),
        Played::Lapsed { .. } => format!("{}'s invitation expired.", after.by.name),
        Played::Moved { at, .. } => match after.end {
            Some(_) => format!("{from} plays {at}{}", last_move(from, after)),
            None => format!("{from} plays {at}"),
        },
        Played::Resigned { .. } => format!("{from} resigns. {}", winners(after)),
        Played::Draw { .. } => match after.end {
            Some(_) => format!("{from} agrees. It is a draw."),
            None => format!("{from} offers a draw."),
        },
        Played::TimedOut { .. } => {
            let late = after.position().turn();
            let late = late.and_then(|late| after.seats.get(late));
            let late = late.map_or("", |player| &player.name);
            format!("{late} ran out of time. {}", winners(after))
        }
    }
}

/// Whether a player has the first turn of the game.
fn has_begun(after: &Game) -> bool {
    after.stage != Stage::Open && after.rules().has_turns()
}

/// How the game ended with the last move, which the user `from` has made.
fn last_move(from: &str, after: &Game) -> String {
    match winner_names(after)[..] {
        [] if after.rules().is_duel() => ". It is a draw.".to_owned(),
        [] => ". The game is over.".to_owned(),
        [winner] if winner == from => " and wins.".to_owned(),
        _ => format!(". {}", winners(after)),
    }
}

/// The players who have won, in a sentence. Empty if there are none.
fn winners(after: &Game) -> String {
    match winner_names(after)[..] {
        [] => String::new(),
        [winner] => format!("{winner} wins."),
        [ref others @ .., last] => format!("{} and {last} win.", others.join(", ")),
    }
}

fn winner_names(after: &Game) -> Vec<&str> {
    let winners = after.winners().iter();
    let players = winners.filter_map(|winner| after.seats.get(winner));
    players.map(|player| player.name.as_str()).collect()
}

#[cfg(test)]
mod tests;
