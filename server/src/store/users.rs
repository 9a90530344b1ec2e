//! Stores users, their nickname reservations, and their sessions.

use protocol::{Nickname, UserId, limits, name};
use sha2::{Digest, Sha256};

use super::{Connection, Db, Error, Row, json, statements::statements, value::params};
use crate::permissions::Grant;

statements! {
    SESSION:
        "SELECT s.user_id, u.nickname, s.reservation_ms, s.used_at, s.plain_cookie,
             b.scopes, b.rooms
         FROM sessions s
         JOIN users u ON u.id = s.user_id LEFT JOIN bots b ON b.user_id = s.user_id
         WHERE s.secret_hash = $1 AND (s.used_at > $2 OR b.user_id IS NOT NULL)";
    ADD_USER: "INSERT INTO users (nickname, created_at) VALUES ($1, $2) RETURNING id";
    ADD_SESSION:
        "INSERT INTO sessions (secret_hash, user_id, reservation_ms, used_at)
         VALUES ($1, $2, $3, $4)";
    TOUCH_SESSION: "UPDATE sessions SET used_at = $1 WHERE secret_hash = $2";
    REPLACE_SECRET:
        "UPDATE sessions SET secret_hash = $1, used_at = $2, plain_cookie = 0
         WHERE secret_hash = $3";
    DELETE_BOT: "DELETE FROM bots WHERE user_id = $1";
    DELETE_SESSIONS: "DELETE FROM sessions WHERE user_id = $1";
    DELETE_NICKNAME: "DELETE FROM nicknames WHERE user_id = $1";
    DELETE_SKELETONS: "DELETE FROM nickname_skeletons WHERE user_id = $1";
    RESERVED_NICKNAME:
        "SELECT nickname FROM nicknames
         WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2)";
    FIND_BY_NICKNAME:
        "SELECT user_id, nickname FROM nicknames
         WHERE fold_key = $1 AND (expires_at IS NULL OR expires_at > $2)";
    IS_IN_USE:
        "SELECT EXISTS (SELECT 1 FROM nicknames
         WHERE user_id IN (SELECT user_id FROM nicknames WHERE fold_key = $1
             UNION ALL SELECT user_id FROM nickname_skeletons WHERE skeleton IN ($2, $3, $4))
         AND user_id IS DISTINCT FROM $5 AND (expires_at IS NULL OR expires_at > $6))";
    LIKE:
        "SELECT user_id FROM nicknames WHERE fold_key = $1
         UNION ALL SELECT user_id FROM nickname_skeletons WHERE skeleton IN ($2, $3, $4)";
    ADD_NICKNAME:
        "INSERT INTO nicknames (user_id, nickname, fold_key, reservation_ms, expires_at)
         VALUES ($1, $2, $3, $4, $5)";
    ADD_SKELETON:
        "INSERT INTO nickname_skeletons (skeleton, user_id) VALUES ($1, $2)
         ON CONFLICT DO NOTHING";
    ALL_NICKNAMES: "SELECT user_id, nickname FROM nicknames";
    DELETE_ALL_SKELETONS: "DELETE FROM nickname_skeletons";
    SET_LAST_NICKNAME: "UPDATE users SET nickname = $1 WHERE id = $2";
    STOP_EXPIRY:
        "UPDATE nicknames SET expires_at = NULL WHERE user_id = $1 AND expires_at IS NOT NULL";
    START_EXPIRY: "UPDATE nicknames SET expires_at = $1 + reservation_ms WHERE user_id = $2";
    WITH_STOPPED_EXPIRY: "SELECT user_id FROM nicknames WHERE expires_at IS NULL";
    SET_EXPIRY: "UPDATE nicknames SET expires_at = $1 WHERE user_id = $2";
    RENEW_RESERVATION:
        "UPDATE nicknames SET expires_at = $1 + reservation_ms
         WHERE user_id = $2 AND expires_at > $1 AND expires_at < $1 + reservation_ms - $3";
    DELETE_EXPIRED_SKELETONS:
        "DELETE FROM nickname_skeletons
         WHERE user_id IN (SELECT user_id FROM nicknames WHERE expires_at <= $1)";
    DELETE_EXPIRED_NICKNAMES: "DELETE FROM nicknames WHERE expires_at <= $1";
    TOUCH_OPEN_SESSIONS:
        "UPDATE sessions SET used_at = $1 WHERE used_at < $2
         AND user_id IN (SELECT user_id FROM nicknames WHERE expires_at IS NULL)";
    DELETE_UNUSED_SESSIONS:
        "DELETE FROM sessions WHERE used_at <= $1 AND user_id NOT IN (SELECT user_id FROM bots)";
    RENEW_ALL_RESERVATIONS: "UPDATE nicknames SET expires_at = $1 + reservation_ms";
}

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
    /// Whether the session began when its cookie had the plain name under HTTPS as well.
    pub has_plain_cookie: bool,
    /// What the token grants, if it is a bot's.
    pub grant: Option<Grant>,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// How long a session's `used_at` may lag behind, which saves a write at each use. In milliseconds.
pub const TOUCH_MS: i64 = 60 * 60 * 1_000;

/// Returns the session with this secret, unless it has ended or was not used for
/// [`limits::SESSION_DAYS`]. A bot's session does not expire.
pub fn session(db: Db<'_>, secret: SecretHash, now: i64) -> Result<Option<SessionRow>, Error> {
    let used_after = now - limits::SESSION_DAYS * DAY_MS;
    db.row(sql::SESSION, params![&secret.0, used_after], |row| {
        Ok(SessionRow {
            user: row.get(0)?,
            nickname: row.get(1)?,
            reservation_ms: row.get(2)?,
            used_at: row.get(3)?,
            has_plain_cookie: row.get(4)?,
            grant: grant_from_row(row, 5)?,
        })
    })
}

/// Reads a bot's grant from two columns, `scopes` and `rooms`; `None` if they are NULL.
fn grant_from_row(row: Row<'_>, column: usize) -> Result<Option<Grant>, Error> {
    let rooms = json::read(row, column + 1)?;
    let may = json::read(row, column)?;
    Ok(may.map(|may| Grant { may, rooms }))
}

/// Restarts the ids of users at 1, so that a test knows them in advance.
#[cfg(test)]
pub fn restart_ids_at_one(db: Db<'_>) -> Result<(), Error> {
    match db {
        Db::Sqlite(db) => {
            Ok(db.execute_batch("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'users'")?)
        }
    }
}

/// Adds a user.
pub fn add_user(db: Db<'_>, nickname: &Nickname, now: i64) -> Result<UserId, Error> {
    let parameters = params![nickname.as_str(), now];
    db.one_row(sql::ADD_USER, parameters, |row| row.get(0))
}

/// Adds a session of the user with this secret.
pub fn add_session(
    db: Db<'_>,
    secret: SecretHash,
    user: UserId,
    reservation_ms: i64,
    now: i64,
) -> Result<(), Error> {
    let parameters = params![&secret.0, user, reservation_ms, now];
    db.execute(sql::ADD_SESSION, parameters)?;
    Ok(())
}

/// Records that the session is in use.
pub fn touch_session(db: Db<'_>, secret: SecretHash, now: i64) -> Result<(), Error> {
    db.execute(sql::TOUCH_SESSION, params![now, &secret.0])?;
    Ok(())
}

/// Gives the session another secret. The old one is no longer valid.
pub fn replace_secret(db: Db<'_>, old: SecretHash, new: SecretHash, now: i64) -> Result<(), Error> {
    db.execute(sql::REPLACE_SECRET, params![&new.0, now, &old.0])?;
    Ok(())
}

/// Signs the user out: ends every session and frees the nickname. If the user is a bot, also
/// deletes its scopes.
pub fn sign_out(db: Db<'_>, user: UserId) -> Result<(), Error> {
    db.execute(sql::DELETE_BOT, params![user])?;
    db.execute(sql::DELETE_SESSIONS, params![user])?;
    free_nickname(db, user)
}

fn free_nickname(db: Db<'_>, user: UserId) -> Result<(), Error> {
    db.execute(sql::DELETE_NICKNAME, params![user])?;
    db.execute(sql::DELETE_SKELETONS, params![user])?;
    Ok(())
}

/// Returns the nickname that is reserved for the user at this time.
pub fn reserved_nickname(db: Db<'_>, user: UserId, now: i64) -> Result<Option<String>, Error> {
    db.row(sql::RESERVED_NICKNAME, params![user, now], |row| row.get(0))
}

/// Returns the user for whom this nickname is reserved at this time, and its spelling.
pub fn find_by_nickname(
    db: Db<'_>,
    nickname: &Nickname,
    now: i64,
) -> Result<Option<(UserId, String)>, Error> {
    let fold = name::fold_key(nickname.as_str());
    db.row(sql::FIND_BY_NICKNAME, params![&fold, now], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Returns whether this nickname, or one that looks the same, is reserved for a user other than
/// `user`.
pub fn is_in_use(
    db: Db<'_>,
    nickname: &Nickname,
    user: Option<UserId>,
    now: i64,
) -> Result<bool, Error> {
    let fold = name::fold_key(nickname.as_str());
    let [written, lower, upper] = name::skeletons(nickname.as_str());
    let parameters = params![&fold, &written, &lower, &upper, user, now];
    db.one_row(sql::IS_IN_USE, parameters, |row| row.get(0))
}

/// Reserves the nickname for the user, instead of the nickname that the user has. Returns `false`
/// if it [is in use](is_in_use).
pub fn reserve_nickname(
    db: Db<'_>,
    user: UserId,
    nickname: &Nickname,
    reservation_ms: i64,
    now: i64,
) -> Result<bool, Error> {
    if is_in_use(db, nickname, Some(user), now)? {
        return Ok(false);
    }
    let fold = name::fold_key(nickname.as_str());
    let [written, lower, upper] = name::skeletons(nickname.as_str());
    let parameters = params![&fold, &written, &lower, &upper];
    let expired: Vec<UserId> = db.rows(sql::LIKE, parameters, |row| row.get(0))?;
    for other in expired {
        free_nickname(db, other)?;
    }
    free_nickname(db, user)?;
    let expires_at = now + reservation_ms;
    let parameters = params![user, nickname.as_str(), &fold, reservation_ms, expires_at];
    db.execute(sql::ADD_NICKNAME, parameters)?;
    add_skeletons(db, user, nickname.as_str())?;
    db.execute(sql::SET_LAST_NICKNAME, params![nickname.as_str(), user])?;
    Ok(true)
}

fn add_skeletons(db: Db<'_>, user: UserId, nickname: &str) -> Result<(), Error> {
    for skeleton in name::skeletons(nickname) {
        db.execute(sql::ADD_SKELETON, params![&skeleton, user])?;
    }
    Ok(())
}

/// Derives the skeletons of all reserved nicknames again, because the server has started: its
/// version of Unicode may not be the one that stored them.
pub fn rebuild_skeletons(connection: &mut Connection) -> Result<(), Error> {
    let transaction = connection.begin()?;
    let db = transaction.db();
    db.execute(sql::DELETE_ALL_SKELETONS, [])?;
    let reserved: Vec<(UserId, String)> =
        db.rows(sql::ALL_NICKNAMES, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (user, nickname) in reserved {
        add_skeletons(db, user, &nickname)?;
    }
    transaction.commit()
}

/// Stops the expiry of the user's reservation, because a socket of the user is open.
pub fn stop_expiry(db: Db<'_>, user: UserId) -> Result<(), Error> {
    db.execute(sql::STOP_EXPIRY, params![user])?;
    Ok(())
}

/// Starts the expiry of the user's reservation, because the user's last socket has closed.
pub fn start_expiry(db: Db<'_>, user: UserId, now: i64) -> Result<(), Error> {
    db.execute(sql::START_EXPIRY, params![now, user])?;
    Ok(())
}

/// Returns the users whose reservations do not expire, because a socket was open when that was last
/// written.
pub fn with_stopped_expiry(db: Db<'_>) -> Result<Vec<UserId>, Error> {
    db.rows(sql::WITH_STOPPED_EXPIRY, [], |row| row.get(0))
}

/// Lets the user's reservation expire at this time, unless a page or a socket of the user is opened
/// before.
pub fn set_expiry(db: Db<'_>, user: UserId, at: i64) -> Result<(), Error> {
    db.execute(sql::SET_EXPIRY, params![at, user])?;
    Ok(())
}

/// Renews the user's reservation for its full time, because the user has opened a page. Does
/// nothing if a socket is open, or if less than a minute would be gained.
pub fn renew_reservation(db: Db<'_>, user: UserId, now: i64) -> Result<(), Error> {
    const MINUTE_MS: i64 = 60 * 1_000;
    db.execute(sql::RENEW_RESERVATION, params![now, user, MINUTE_MS])?;
    Ok(())
}

/// Deletes expired reservations, records that the sessions of open sockets are in use, and deletes
/// the sessions that were not used for [`limits::SESSION_DAYS`].
pub fn delete_expired(db: Db<'_>, now: i64) -> Result<(), Error> {
    db.execute(sql::DELETE_EXPIRED_SKELETONS, params![now])?;
    db.execute(sql::DELETE_EXPIRED_NICKNAMES, params![now])?;
    db.execute(sql::TOUCH_OPEN_SESSIONS, params![now, now - TOUCH_MS])?;
    let used_until = now - limits::SESSION_DAYS * DAY_MS;
    db.execute(sql::DELETE_UNUSED_SESSIONS, params![used_until])?;
    Ok(())
}

/// Renews every reservation for its full time, because the server has started. The time during
/// which it was stopped does not count; what expired before was deleted while the server ran.
pub fn renew_all_reservations(db: Db<'_>, now: i64) -> Result<(), Error> {
    db.execute(sql::RENEW_ALL_RESERVATIONS, params![now])?;
    Ok(())
}
