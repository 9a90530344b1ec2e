//! The messages that games begin with, in their present state.

use protocol::{Message, Seq, UserId};
use rusqlite::Connection;

use super::{Error, events};

/// The cards of the games of this user that are going on, invitations among them, the newest first:
/// at most [`limits::GAMES_PER_USER`] and [`limits::INVITATIONS_PER_USER`].
pub fn of_user(db: &Connection, user: UserId) -> Result<Vec<Message>, Error> {
    let games = db
        .prepare_cached("SELECT room, seq FROM players WHERE user_id = ?")?
        .query_map([user.0], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<Vec<(i64, Seq)>, _>>()?;
    let cards = games.into_iter();
    let cards = cards.filter_map(|(room, seq)| events::find_by_seq(db, room, seq).transpose());
    let mut cards = cards.collect::<Result<Vec<_>, _>>()?;
    cards.sort_by_key(|card| std::cmp::Reverse(card.at));
    Ok(cards)
}
