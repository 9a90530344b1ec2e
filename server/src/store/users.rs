//! Stores users, their nickname reservations, and their sessions.

use protocol::{Nickname, UserId, limits, name};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::{Error, json};
use crate::permissions::Grant;

/// The SHA-256 hash of a session's secret. The secret itself is not stored.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }
}

/// A session that has not ended.
#[derive(Clone, Debug)]
pub struct SessionRow {
    pub user: UserId,
    /// The user's last nickname.
    pub nickname: String,
    /// How long a nickname that is reserved under this session stays reserved after the user's last
    /// socket has closed.
    pub reservation_ms: i64,
    pub used_at: i64,
    /// What the token grants, if it is a bot's.
    pub grant: Option<Grant>,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// How long a session's `used_at` may lag behind, which saves a write at each use. In milliseconds.
pub const TOUCH_MS: i64 = 60 * 60 * 1_000;

/// Returns the session with this secret, unless it has ended or was not used for
/// [`limits::SESSION_DAYS`]. A bot's session does not expire.
pub fn session(db: &Connection, secret: SecretHash, now: i64) -> Result<Option<SessionRow>, Error> {
    db.prepare_cached(
        "SELECT s.user_id, u.nickname, s.reservation_ms, s.used_at, b.scopes, b.rooms FROM sessions s
         JOIN users u ON u.id = s.user_id LEFT JOIN bots b ON b.user_id = s.user_id
         WHERE s.secret_hash = ? AND (s.used_at > ? OR b.user_id IS NOT NULL)",
    )?
    .query_row(
        params![secret.0, now - limits::SESSION_DAYS * DAY_MS],
        |row| {
            Ok(SessionRow {
                user: UserId(row.get(0)?),
                nickname: row.get(1)?,
                reservation_ms: row.get(2)?,
                used_at: row.get(3)?,
                grant: grant_from_row(row, 4)?,
            })
        },
    )
    .optional()
}

/// Reads a bot's grant from two columns, `scopes` and `rooms`; `None` if they are NULL.
pub fn grant_from_row(row: &Row<'_>, column: usize) -> Result<Option<Grant>, Error> {
    let rooms = json::read(row, column + 1)?;
    let may = json::read(row, column)?;
    Ok(may.map(|may| Grant { may, rooms }))
}

/// Restarts the ids of users at 1, so that a test knows them in advance.
#[cfg(test)]
pub fn restart_ids_at_one(db: &Connection) -> Result<(), Error> {
    db.execute_batch("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'users'")
}

/// Adds a user.
pub fn add_user(db: &Connection, nickname: &Nickname, now: i64) -> Result<UserId, Error> {
    db.prepare_cached("INSERT INTO users (nickname, created_at) VALUES (?, ?)")?
        .execute(params![nickname.as_str(), now])?;
    Ok(UserId(db.last_insert_rowid()))
}

/// Adds a session of the user with this secret.
pub fn add_session(
    db: &Connection,
    secret: SecretHash,
    user: UserId,
    reservation_ms: i64,
    now: i64,
) -> Result<(), Error> {
    db.prepare_cached(
        "INSERT INTO sessions (secret_hash, user_id, reservation_ms, used_at) VALUES (?, ?, ?, ?)",
    )?
    .execute(params![secret.0, user.0, reservation_ms, now])?;
    Ok(())
}

/// Records that the session is in use.
pub fn touch_session(db: &Connection, secret: SecretHash, now: i64) -> Result<(), Error> {
    db.prepare_cached("UPDATE sessions SET used_at = ? WHERE secret_hash = ?")?
        .execute(params![now, secret.0])?;
    Ok(())
}

/// Signs the user out: ends every session and frees the nickname. If the user is a bot, also
/// deletes its scopes.
pub fn sign_out(db: &Connection, user: UserId) -> Result<(), Error> {
    db.prepare_cached("DELETE FROM bots WHERE user_id = ?")?
        .execute([user.0])?;
    db.prepare_cached("DELETE FROM sessions WHERE user_id = ?")?
        .execute([user.0])?;
    db.prepare_cached("DELETE FROM nicknames WHERE user_id = ?")?
        .execute([user.0])?;
    Ok(())
}

/// Returns the nickname that is reserved for the user at this time.
pub fn reserved_nickname(db: &Connection, user: UserId, now: i64) -> Result<Option<String>, Error> {
    db.prepare_cached(
        "SELECT nickname FROM nicknames
         WHERE user_id = ? AND (expires_at IS NULL OR expires_at > ?)",
    )?
    .query_row(params![user.0, now], |row| row.get(0))
    .optional()
}

/// Returns the user for whom this nickname is reserved at this time, and its spelling.
pub fn find_by_nickname(
    db: &Connection,
    nickname: &Nickname,
    now: i64,
) -> Result<Option<(UserId, String)>, Error> {
    db.prepare_cached(
        "SELECT user_id, nickname FROM nicknames
         WHERE fold_key = ? AND (expires_at IS NULL OR expires_at > ?)",
    )?
    .query_row(params![name::fold_key(nickname.as_str()), now], |row| {
        Ok((UserId(row.get(0)?), row.get(1)?))
    })
    .optional()
}

/// Returns whether this nickname, or one that looks the same, is reserved for a user other than
/// `user`.
pub fn is_in_use(
    db: &Connection,
    nickname: &Nickname,
    user: Option<UserId>,
    now: i64,
) -> Result<bool, Error> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM nicknames WHERE (fold_key = ?1 OR skeleton_key = ?2)
         AND user_id IS NOT ?3 AND (expires_at IS NULL OR expires_at > ?4))",
    )?
    .query_row(
        params![
            name::fold_key(nickname.as_str()),
            name::skeleton_key(nickname.as_str()),
            user.map(|user| user.0),
            now
        ],
        |row| row.get(0),
    )
}

/// Reserves the nickname for the user, instead of the nickname that the user has. Returns `false`
/// if it [is in use](is_in_use).
pub fn reserve_nickname(
    db: &Connection,
    user: UserId,
    nickname: &Nickname,
    reservation_ms: i64,
    now: i64,
) -> Result<bool, Error> {
    if is_in_use(db, nickname, Some(user), now)? {
        return Ok(false);
    }
    let fold = name::fold_key(nickname.as_str());
    let skeleton = name::skeleton_key(nickname.as_str());
    db.prepare_cached(
        "DELETE FROM nicknames WHERE fold_key = ?1 OR skeleton_key = ?2 OR user_id = ?3",
    )?
    .execute(params![fold, skeleton, user.0])?;
    db.prepare_cached(
        "INSERT INTO nicknames (user_id, nickname, fold_key, skeleton_key, reservation_ms, expires_at)
         VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        user.0,
        nickname.as_str(),
        fold,
        skeleton,
        reservation_ms,
        now + reservation_ms
    ])?;
    db.prepare_cached("UPDATE users SET nickname = ? WHERE id = ?")?
        .execute(params![nickname.as_str(), user.0])?;
    Ok(true)
}

/// Stops the expiry of the user's reservation, because a socket of the user is open.
pub fn stop_expiry(db: &Connection, user: UserId) -> Result<(), Error> {
    db.prepare_cached(
        "UPDATE nicknames SET expires_at = NULL WHERE user_id = ? AND expires_at IS NOT NULL",
    )?
    .execute([user.0])?;
    Ok(())
}

/// Starts the expiry of the user's reservation, because the user's last socket has closed.
pub fn start_expiry(db: &Connection, user: UserId, now: i64) -> Result<(), Error> {
    db.prepare_cached("UPDATE nicknames SET expires_at = ? + reservation_ms WHERE user_id = ?")?
        .execute(params![now, user.0])?;
    Ok(())
}

/// Returns the users whose reservations do not expire, because a socket was open when that was last
/// written.
pub fn with_stopped_expiry(db: &Connection) -> Result<Vec<UserId>, Error> {
    db.prepare_cached("SELECT user_id FROM nicknames WHERE expires_at IS NULL")?
        .query_map([], |row| row.get(0).map(UserId))?
        .collect()
}

/// Lets the user's reservation expire at this time, unless a page or a socket of the user is opened
/// before.
pub fn set_expiry(db: &Connection, user: UserId, at: i64) -> Result<(), Error> {
    db.prepare_cached("UPDATE nicknames SET expires_at = ? WHERE user_id = ?")?
        .execute([at, user.0])?;
    Ok(())
}

/// Renews the user's reservation for its full time, because the user has opened a page. Does
/// nothing if a socket is open, or if less than a minute would be gained.
pub fn renew_reservation(db: &Connection, user: UserId, now: i64) -> Result<(), Error> {
    const MINUTE_MS: i64 = 60 * 1_000;
    db.prepare_cached(
        "UPDATE nicknames SET expires_at = ?1 + reservation_ms
         WHERE user_id = ?2 AND expires_at < ?1 + reservation_ms - ?3",
    )?
    .execute([now, user.0, MINUTE_MS])?;
    Ok(())
}

/// Deletes expired reservations, records that the sessions of open sockets are in use, and deletes
/// the sessions that were not used for [`limits::SESSION_DAYS`].
pub fn delete_expired(db: &Connection, now: i64) -> Result<(), Error> {
    db.prepare_cached("DELETE FROM nicknames WHERE expires_at <= ?")?
        .execute([now])?;
    db.prepare_cached(
        "UPDATE sessions SET used_at = ?1 WHERE used_at < ?1 - ?2
         AND user_id IN (SELECT user_id FROM nicknames WHERE expires_at IS NULL)",
    )?
    .execute([now, TOUCH_MS])?;
    db.prepare_cached(
        "DELETE FROM sessions WHERE used_at <= ? AND user_id NOT IN (SELECT user_id FROM bots)",
    )?
    .execute([now - limits::SESSION_DAYS * DAY_MS])?;
    Ok(())
}

/// Renews every reservation for its full time, because the server has started. The time during
/// which it was stopped does not count; what expired before was deleted while the server ran.
pub fn renew_all_reservations(db: &Connection, now: i64) -> Result<(), Error> {
    db.execute(
        "UPDATE nicknames SET expires_at = ? + reservation_ms",
        [now],
    )?;
    Ok(())
}
