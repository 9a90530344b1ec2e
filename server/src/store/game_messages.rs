//! Game messages: the invitations with which games begin, each with its game's present state.

use protocol::{Message, Seq, UserId};

use super::{Db, Error, events, statements::statements, value::params};

statements! {
    OF_USER: "SELECT room, seq FROM players WHERE user_id = $1";
}

/// Returns the game messages of the user's open games and invitations, the newest first. There are
/// at most [`GAMES_PER_USER`](protocol::limits::GAMES_PER_USER) and
/// [`INVITATIONS_PER_USER`](protocol::limits::INVITATIONS_PER_USER).
pub fn of_user(db: Db<'_>, user: UserId) -> Result<Vec<Message>, Error> {
    let games: Vec<(i64, Seq)> = db.rows(sql::OF_USER, params![user], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let messages = games.into_iter();
    let messages =
        messages.filter_map(|(room, seq)| events::find_by_seq(db, room, seq).transpose());
    let mut messages = messages.collect::<Result<Vec<_>, _>>()?;
    messages.sort_by_key(|message| std::cmp::Reverse(message.at));
    Ok(messages)
}
