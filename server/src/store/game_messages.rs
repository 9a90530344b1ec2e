//! Game messages: the invitations with which games begin, each with its game's present state.

use protocol::{Message, UserId};

use super::{
    Db, Error,
    events::{message_columns, message_from_row, message_tables},
    statements::statements,
    value::params,
};

statements! {
    OF_USER:
        "SELECT ", super::message_columns!(), " FROM players p
         JOIN events e ON e.room = p.room AND e.seq = p.seq ", super::message_tables!(),
        " WHERE p.user_id = $1";
}

/// Returns the game messages of the user's open games and invitations, the newest first. There are
/// at most [`GAMES_PER_USER`](protocol::limits::GAMES_PER_USER) and
/// [`INVITATIONS_PER_USER`](protocol::limits::INVITATIONS_PER_USER).
pub fn of_user(db: Db<'_>, user: UserId) -> Result<Vec<Message>, Error> {
    let mut messages = db.rows(sql::OF_USER, params![user], message_from_row)?;
    messages.sort_by_key(|message| std::cmp::Reverse(message.at));
    Ok(messages)
}
