//! Bots: users with a token that grants scopes and does not expire.

use protocol::{Nickname, UserId};
use serde::{Deserialize, Serialize};

use super::{
    Db, Error, json,
    statements::statements,
    users::{self, SecretHash},
    value::params,
};
use crate::permissions::Grant;

statements! {
    ADD: "INSERT INTO bots (user_id, scopes, rooms, created_at) VALUES ($1, $2, $3, $4)";
    ALL_BOTS:
        "SELECT b.scopes, b.rooms, b.user_id, u.nickname, b.created_at FROM bots b
         JOIN users u ON u.id = b.user_id ORDER BY u.nickname";
}

/// A bot's nickname reservation, in milliseconds: a thousand years, because it must last as long as
/// the token.
const RESERVATION_MS: i64 = 1_000 * 365 * 24 * 60 * 60 * 1_000;

/// A bot, as `parlor token list` and `parlor incoming list` print it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Bot {
    pub user: UserId,
    pub name: String,
    pub grant: Grant,
    /// Milliseconds since 1970-01-01 00:00 UTC.
    pub created_at: i64,
}

/// Adds a bot with its token. Returns `false`, without adding anything, if another user has the
/// name or a name that looks the same.
pub fn add(
    db: Db<'_>,
    name: &Nickname,
    grant: &Grant,
    secret: SecretHash,
    now: i64,
) -> Result<bool, Error> {
    if users::is_in_use(db, name, None, now)? {
        return Ok(false);
    }
    let user = users::add_user(db, name, now)?;
    users::reserve_nickname(db, user, name, RESERVATION_MS, now)?;
    users::add_session(db, secret, user, RESERVATION_MS, now)?;
    let scopes = json::write(&grant.may)?;
    let rooms = grant.rooms.as_ref().map(json::write).transpose()?;
    db.execute(sql::ADD, params![user, &scopes, rooms.as_ref(), now])?;
    Ok(true)
}

/// Returns all bots, ordered by name.
pub fn all(db: Db<'_>) -> Result<Vec<Bot>, Error> {
    db.rows(sql::ALL_BOTS, [], |row| {
        Ok(Bot {
            grant: Grant {
                may: json::read_required(row, 0)?,
                rooms: json::read(row, 1)?,
            },
            user: row.get(2)?,
            name: row.get(3)?,
            created_at: row.get(4)?,
        })
    })
}
