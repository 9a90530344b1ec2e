//! Which public rooms nobody uses any more.
//!
//! A room has expired if it has fewer than five events and was not used for a while, or if only one
//! person has ever written in it, fewer than a hundred events, and it was not used for a long
//! while. A room in which two people wrote five events stays for good.

use std::collections::HashSet;

use protocol::{UserId, name};

use super::{Db, Error, bots, statements::statements, value::params, webhooks};
use crate::limits::{EXPIRING_EVENTS, EXPIRING_MONOLOGUE_EVENTS};

/// The condition on a row of `rooms` whose first parameter is `$1`. A bot is no person: the
/// operator has made it, and others may rely on what it writes.
macro_rules! has_expired {
    () => {
        "fold_key IS NOT NULL AND removed IS NULL AND last_seq BETWEEN 1 AND $1 AND used_at < $2
         AND (last_seq <= $3 OR used_at < $4 AND NOT EXISTS (
             SELECT 1 FROM events e WHERE e.room = rooms.id AND e.author <> $5
             AND (e.bot IS NOT NULL OR e.author <> (
                 SELECT f.author FROM events f WHERE f.room = rooms.id ORDER BY f.seq LIMIT 1))))"
    };
}

statements! {
    EXPIRED: "SELECT name FROM rooms WHERE ", has_expired!(), " ORDER BY name";
    HAS_EXPIRED: "SELECT EXISTS (SELECT 1 FROM rooms WHERE ", has_expired!(), " AND id = $6)";
    RECORD_USE: "UPDATE rooms SET used_at = $1 WHERE name = $2";
}

/// When a room must have been used for the last time to have expired, in milliseconds of the
/// server's clock.
#[derive(Clone, Copy, Debug)]
pub struct ExpiryTimes {
    /// A room with few events.
    pub small: i64,
    /// A room in which only one person has written.
    pub monologue: i64,
}

/// Returns the names of all rooms that have expired.
pub fn expired(db: Db<'_>, before: ExpiryTimes) -> Result<Vec<String>, Error> {
    let parameters = params![
        EXPIRING_MONOLOGUE_EVENTS,
        before.small,
        EXPIRING_EVENTS,
        before.monologue,
        UserId::SERVER
    ];
    db.rows(sql::EXPIRED, parameters, |row| row.get(0))
}

/// Returns whether the room with this row has expired.
pub fn has_expired(db: Db<'_>, room: i64, before: ExpiryTimes) -> Result<bool, Error> {
    let parameters = params![
        EXPIRING_MONOLOGUE_EVENTS,
        before.small,
        EXPIRING_EVENTS,
        before.monologue,
        UserId::SERVER,
        room
    ];
    db.one_row(sql::HAS_EXPIRED, parameters, |row| row.get(0))
}

/// Stores that the rooms with these names are in use.
pub fn record(db: Db<'_>, rooms: &[String], now: i64) -> Result<(), Error> {
    for room in rooms {
        db.execute(sql::RECORD_USE, params![now, room])?;
    }
    Ok(())
}

/// The [`name::fold_key`] of each room that a webhook or a token names.
pub fn named_rooms(db: Db<'_>) -> Result<HashSet<String>, Error> {
    let webhooks = webhooks::all(db)?.into_iter().map(|it| it.new.room);
    let bots = bots::all(db)?.into_iter();
    let granted = bots.flat_map(|bot| bot.grant.rooms.unwrap_or_default());
    let rooms = webhooks.chain(granted);
    Ok(rooms.map(|room| name::fold_key(&room)).collect())
}
