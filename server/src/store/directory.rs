//! Lists users for the operator, and the messages that a user has sent.

use protocol::{Seq, UserId};
use serde::{Deserialize, Serialize};

use super::{Db, Error, Row, json, statements::statements, value::params};
use crate::permissions::Scope;

macro_rules! select_user {
    () => {
        "SELECT u.id, COALESCE(n.nickname, u.nickname), b.scopes,
             COALESCE((SELECT MAX(s.used_at) FROM sessions s WHERE s.user_id = u.id), u.created_at),
             (SELECT COUNT(*) FROM events e WHERE e.author = u.id)
         FROM users u LEFT JOIN nicknames n ON n.user_id = u.id
         LEFT JOIN bots b ON b.user_id = u.id "
    };
}

statements! {
    ALL_USERS: select_user!(), "ORDER BY u.id";
    SIGNED_IN:
        select_user!(),
        "WHERE n.user_id IS NOT NULL OR EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = u.id)
         ORDER BY u.id";
    IS_USER: "SELECT EXISTS (SELECT 1 FROM users WHERE id = $1)";
    TEXTS_OF:
        "SELECT r.name, e.seq, e.id FROM events e JOIN rooms r ON r.id = e.room
         WHERE e.author = $1 AND e.id > $2 AND e.kind IS NULL AND r.removed IS NULL
         ORDER BY e.id LIMIT $3";
}

/// What a user is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    Person,
    Bot,
    Webhook,
}

impl UserKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "user",
            Self::Bot => "bot",
            Self::Webhook => "webhook",
        }
    }
}

/// A user, as `parlor user list` prints it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct UserSummary {
    pub user: UserId,
    /// The last nickname.
    pub nickname: String,
    pub kind: UserKind,
    /// How many sockets are open; `None` without a running server.
    pub connections: Option<usize>,
    /// When a session of the user was last used, or when the user signed in. In milliseconds since
    /// 1970-01-01 00:00 UTC. It may lag behind by an hour.
    pub seen_at: i64,
    /// How many events the user is the author of.
    pub messages: u64,
}

fn user_from_row(row: Row<'_>) -> Result<UserSummary, Error> {
    let scopes: Option<Vec<Scope>> = json::read(row, 2)?;
    Ok(UserSummary {
        user: row.get(0)?,
        nickname: row.get(1)?,
        kind: match scopes {
            None => UserKind::Person,
            Some(scopes) if scopes.contains(&Scope::Hook) => UserKind::Webhook,
            Some(_) => UserKind::Bot,
        },
        connections: None,
        seen_at: row.get(3)?,
        messages: row.get(4)?,
    })
}

/// Returns the users who have a session or a nickname, or all who ever had one, ordered by id.
pub fn users(db: Db<'_>, all: bool) -> Result<Vec<UserSummary>, Error> {
    match all {
        true => db.rows(sql::ALL_USERS, params![], user_from_row),
        false => db.rows(sql::SIGNED_IN, params![], user_from_row),
    }
}

/// Returns whether there was ever a user with this id.
pub fn is_user(db: Db<'_>, user: UserId) -> Result<bool, Error> {
    db.one_row(sql::IS_USER, params![user], |row| row.get(0))
}

/// A text that is not deleted.
pub struct TextRef {
    /// The room's name or the conversation's id.
    pub room: String,
    pub seq: Seq,
    /// The id that its author has given it.
    pub id: String,
}

/// Returns texts of the user, ordered by their ids, that come after the id `after`. Ids are not
/// empty.
pub fn texts_of(db: Db<'_>, user: UserId, after: &str, most: usize) -> Result<Vec<TextRef>, Error> {
    db.rows(sql::TEXTS_OF, params![user, after, most], |row| {
        Ok(TextRef {
            room: row.get(0)?,
            seq: row.get(1)?,
            id: row.get(2)?,
        })
    })
}
