//! Users, their claims on nicknames, and the sessions that stand for them.

use protocol::{Nickname, UserId, limits, name};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::{Error, json};
use crate::permissions::Grant;

/// SHA-256 of a session's secret: all that is stored of it.
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
    /// The nickname that the user held last.
    pub nickname: String,
    /// For how long a claim made under this session is held after the last socket closed.
    pub reservation_ms: i64,
    pub used_at: i64,
    /// What a bot's token grants; none of a user's.
    pub grant: Option<Grant>,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Sessions are marked as used at most once in so many milliseconds.
pub const TOUCH_MS: i64 = 60 * 60 * 1_000;

/// The session behind a secret, unless it ended or was not used for [`limits::SESSION_DAYS`], which a
/// bot need not.
pub fn session(db: &Connection, secret: SecretHash, now: i64) -> Result<Option<SessionRow>, Error> {
    db.prepare_cached(
        "SELECT s.user_id, p.nickname, s.reservation_ms, s.used_at, g.scopes, g.rooms FROM sessions s
         JOIN users p ON p.id = s.user_id LEFT JOIN bots g ON g.user_id = s.user_id
         WHERE s.secret_hash = ? AND (s.used_at > ? OR g.user_id IS NOT NULL)",
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

/// What these two columns grant, if they are a bot's.
pub fn grant_from_row(row: &Row<'_>, column: usize) -> Result<Option<Grant>, Error> {
    let rooms = json::read(row, column + 1)?;
    let may = json::read(row, column)?;
    Ok(may.map(|may| Grant { may, rooms }))
}

/// Counts users from 1, where a test has to know who is who.
#[cfg(test)]
pub fn restart_ids_at_one(db: &Connection) -> Result<(), Error> {
    db.execute_batch("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'users'")
}

/// A new user, never seen before.
pub fn add_user(db: &Connection, nickname: &Nickname, now: i64) -> Result<UserId, Error> {
    db.prepare_cached("INSERT INTO users (nickname, created_at) VALUES (?, ?)")?
        .execute(params![nickname.as_str(), now])?;
    Ok(UserId(db.last_insert_rowid()))
}

/// Lets the secret stand for the user.
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

/// Notes that the session is in use.
pub fn touch_session(db: &Connection, secret: SecretHash, now: i64) -> Result<(), Error> {
    db.prepare_cached("UPDATE sessions SET used_at = ? WHERE secret_hash = ?")?
        .execute(params![now, secret.0])?;
    Ok(())
}

/// Ends every session of the user and frees the nickname; a bot is none any more.
pub fn sign_out(db: &Connection, user: UserId) -> Result<(), Error> {
    db.prepare_cached("DELETE FROM bots WHERE user_id = ?")?
        .execute([user.0])?;
    db.prepare_cached("DELETE FROM sessions WHERE user_id = ?")?
        .execute([user.0])?;
    db.prepare_cached("DELETE FROM nicknames WHERE user_id = ?")?
        .execute([user.0])?;
    Ok(())
}

/// The nickname that the user holds at this moment.
pub fn reserved_nickname(db: &Connection, user: UserId, now: i64) -> Result<Option<String>, Error> {
    db.prepare_cached(
        "SELECT nickname FROM nicknames
         WHERE user_id = ? AND (expires_at IS NULL OR expires_at > ?)",
    )?
    .query_row(params![user.0, now], |row| row.get(0))
    .optional()
}

/// Who holds this nickname at this moment, and how it is written.
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

/// Does somebody other than `user` hold this nickname, or one that cannot be told from it?
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

/// Claims the nickname for the user, in place of any other that the user holds; `false` if it
/// [is in use](is_in_use).
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

/// A socket of the user is open: the claim does not lapse.
pub fn stop_expiry(db: &Connection, user: UserId) -> Result<(), Error> {
    db.prepare_cached(
        "UPDATE nicknames SET expires_at = NULL WHERE user_id = ? AND expires_at IS NOT NULL",
    )?
    .execute([user.0])?;
    Ok(())
}

/// The user's last socket closed: the claim's time begins to run.
pub fn start_expiry(db: &Connection, user: UserId, now: i64) -> Result<(), Error> {
    db.prepare_cached("UPDATE nicknames SET expires_at = ? + reservation_ms WHERE user_id = ?")?
        .execute(params![now, user.0])?;
    Ok(())
}

/// Everybody whose claim does not lapse because a socket is said to be open.
pub fn with_stopped_expiry(db: &Connection) -> Result<Vec<UserId>, Error> {
    db.prepare_cached("SELECT user_id FROM nicknames WHERE expires_at IS NULL")?
        .query_map([], |row| row.get(0).map(UserId))?
        .collect()
}

/// The claim lapses at this time, unless a socket or a page is seen before.
pub fn set_expiry(db: &Connection, user: UserId, at: i64) -> Result<(), Error> {
    db.prepare_cached("UPDATE nicknames SET expires_at = ? WHERE user_id = ?")?
        .execute([at, user.0])?;
    Ok(())
}

/// A page was seen: the claim gets its full time anew, to the minute, if no socket holds it.
pub fn renew_reservation(db: &Connection, user: UserId, now: i64) -> Result<(), Error> {
    const MINUTE_MS: i64 = 60 * 1_000;
    db.prepare_cached(
        "UPDATE nicknames SET expires_at = ?1 + reservation_ms
         WHERE user_id = ?2 AND expires_at < ?1 + reservation_ms - ?3",
    )?
    .execute([now, user.0, MINUTE_MS])?;
    Ok(())
}

/// Deletes the claims that have lapsed, marks the sessions of open sockets as used, and deletes
/// those that were not used for too long.
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

/// A server starts. What lapsed while one ran was deleted then, so every claim that is left is
/// held: it gets its full time anew, however long the server was closed.
pub fn renew_all_reservations(db: &Connection, now: i64) -> Result<(), Error> {
    db.execute(
        "UPDATE nicknames SET expires_at = ? + reservation_ms",
        [now],
    )?;
    Ok(())
}
