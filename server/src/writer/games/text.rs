//! The `text` of a game's events: what happened in one English sentence, for clients that do not
//! know games.

use protocol::games::{By, Game, GameName, Played, Stage};

/// What happened. `from` is the author's nickname, `after` the state of the game after the event.
pub fn text(played: &Played, from: &str, after: &Game) -> String {
    match played {
        Played::Invited { with, again, .. } => {
            let whom = with.as_ref().map_or("everyone", |with| &with.name);
            let title = title(after.game);
            match again {
                None => format!("{from} invites {whom} to play {title}."),
                Some(_) => format!("{from} invites {whom} to play {title} again."),
            }
        }
        Played::Accepted { .. } => match after.seats.first() {
            Some(first) => format!("{from} accepts. {} goes first.", first.name),
            None => format!("{from} accepts."),
        },
        Played::Declined { .. } => format!("{from} declines."),
        Played::Withdrawn { .. } => format!("{from} cancels the invitation."),
        Played::Lapsed { .. } => format!("{}'s invitation expired.", after.by.name),
        Played::Moved { at, .. } => match (after.stage, after.end.and_then(|end| end.winner)) {
            (Stage::Over, Some(_)) => format!("{from} plays {at} and wins."),
            (Stage::Over, None) => format!("{from} plays {at}. It is a draw."),
            _ => format!("{from} plays {at}"),
        },
        Played::Resigned { .. } => format!("{from} resigns. {}", winner(after)),
        Played::Draw { .. } => match after.end {
            Some(_) => format!("{from} agrees. It is a draw."),
            None => format!("{from} offers a draw."),
        },
        Played::TimedOut { .. } => {
            let late = after.position().turn;
            let late = after.seats.get(late).map_or("", |player| &player.name);
            format!("{late} ran out of time. {}", winner(after))
        }
    }
}

/// The game's name on the wire, spelled as in a sentence.
fn title(game: GameName) -> String {
    game.as_str().replace('_', "-")
}

fn winner(after: &Game) -> String {
    let end = after.end.filter(|end| end.by != By::Agreement);
    let winner = end.and_then(|end| after.seats.get(end.winner?));
    winner.map_or(String::new(), |player| format!("{} wins.", player.name))
}

#[cfg(test)]
mod tests;
