//! Removes rooms. A removed room cannot be found any more, and its events are deleted a part at a
//! time, because there may be millions and other writes must not wait for that.

use protocol::{Seq, name};

use super::{Db, Error, bots, statements::statements, users, value::params, webhooks};
use crate::permissions::Scope;

statements! {
    HIDE:
        "UPDATE rooms SET name = $1, fold_key = $1, skeleton_key = $1, removed = 1 WHERE id = $2";
    DELETE_GAMES: "DELETE FROM games WHERE room = $1";
    DELETE_SCORES: "DELETE FROM scores WHERE room = $1";
    REMOVED: "SELECT id FROM rooms WHERE removed IS NOT NULL LIMIT $1";
    FIRST_EVENT: "SELECT seq FROM events WHERE room = $1 ORDER BY seq LIMIT 1";
    DELETE_EVENTS: "DELETE FROM events WHERE room = $1 AND seq < $2";
    DELETE_PLAYERS:
        "DELETE FROM players WHERE room IN (SELECT id FROM rooms WHERE removed IS NOT NULL)";
    DELETE_READ_MARKERS:
        "DELETE FROM read_markers WHERE room IN (SELECT id FROM rooms WHERE removed IS NOT NULL)";
    DELETE_EMPTY:
        "DELETE FROM rooms WHERE removed IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM events WHERE events.room = rooms.id)";
}

/// How many events [`purge`] deletes at once …
const EVENTS_AT_ONCE: usize = 1_000;
/// … of how many rooms.
const ROOMS_AT_ONCE: usize = 100;

/// Removes the public room with this row and name: its name is free, and nothing of it is found any
/// more. Its games, scores and webhooks are deleted. [`purge`] deletes the rest.
pub fn hide(db: Db<'_>, room: i64, name: &str) -> Result<(), Error> {
    // No room can have a name with a control character.
    let hidden_name = format!("\u{1}{room}");
    db.execute(sql::HIDE, params![&hidden_name, room])?;
    db.execute(sql::DELETE_GAMES, params![room])?;
    db.execute(sql::DELETE_SCORES, params![room])?;
    let is_here = |other: &str| name::is_same(other, name);
    for webhook in webhooks::all(db)? {
        if is_here(&webhook.new.room) {
            webhooks::remove(db, &webhook.new.name)?;
        }
    }
    for bot in bots::all(db)? {
        let rooms = bot.grant.rooms.as_deref().unwrap_or_default();
        let posts_here = rooms.iter().any(|room| is_here(room));
        if bot.grant.may.contains(&Scope::Hook) && posts_here {
            users::sign_out(db, bot.user)?;
        }
    }
    Ok(())
}

/// Deletes a part of what is left of removed rooms. Returns whether anything was left.
pub fn purge(db: Db<'_>) -> Result<bool, Error> {
    let removed = db.rows(sql::REMOVED, params![ROOMS_AT_ONCE], |row| row.get(0))?;
    if removed.is_empty() {
        return Ok(false);
    }
    let mut most = EVENTS_AT_ONCE;
    for room in removed {
        let room: i64 = room;
        let first: Option<Seq> = db.row(sql::FIRST_EVENT, params![room], |row| row.get(0))?;
        if let Some(first) = first {
            let deleted = db.execute(sql::DELETE_EVENTS, params![room, first + most as u64])?;
            most = most.saturating_sub(deleted);
        }
        if most == 0 {
            return Ok(true);
        }
    }
    // These are not found by room, so they are deleted for many rooms at once.
    db.execute(sql::DELETE_PLAYERS, params![])?;
    db.execute(sql::DELETE_READ_MARKERS, params![])?;
    db.execute(sql::DELETE_EMPTY, params![])?;
    Ok(true)
}
