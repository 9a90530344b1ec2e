//! Bots: who has a token of its own, and what it grants.

use protocol::{Nickname, UserId};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::{
    Error, json,
    users::{self, SecretHash},
};
use crate::permissions::Grant;

/// A name of a bot's is held for as long as there is its token: a thousand years.
const RESERVATION_MS: i64 = 1_000 * 365 * 24 * 60 * 60 * 1_000;

/// One bot as it is listed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Bot {
    pub user: UserId,
    pub name: String,
    pub grant: Grant,
    /// Milliseconds since 1970-01-01 00:00 UTC.
    pub created_at: i64,
}

/// A new bot under this name; `false` if somebody else holds it, or one that cannot be told from
/// it.
pub fn add(
    db: &Connection,
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
    db.prepare_cached("INSERT INTO bots (user_id, scopes, rooms, created_at) VALUES (?, ?, ?, ?)")?
        .execute(params![
            user.0,
            json::write(&grant.may)?,
            grant.rooms.as_ref().map(json::write).transpose()?,
            now
        ])?;
    Ok(true)
}

/// All bots, by name.
pub fn all(db: &Connection) -> Result<Vec<Bot>, Error> {
    db.prepare_cached(
        "SELECT g.scopes, g.rooms, g.user_id, p.nickname, g.created_at FROM bots g
         JOIN users p ON p.id = g.user_id ORDER BY p.nickname",
    )?
    .query_map([], |row| {
        Ok(Bot {
            grant: users::grant_from_row(row, 0)?.ok_or(Error::QueryReturnedNoRows)?,
            user: UserId(row.get(2)?),
            name: row.get(3)?,
            created_at: row.get(4)?,
        })
    })?
    .collect()
}
