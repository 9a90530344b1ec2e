//! Stored rooms: public rooms and private conversations, and the state of each room's log.

use protocol::{DirectLine, LogPosition, RoomName, Seq, UserId, is_direct_id, name};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Error;

/// A stored public room.
#[derive(Clone, Debug)]
pub struct PublicRoom {
    pub name: String,
    pub seq: Seq,
    pub last_at: i64,
}

/// A room's row and the state of its log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LogState {
    pub room_id: i64,
    pub last_seq: Seq,
    /// How many of the events are hidden.
    pub hidden: Seq,
    /// The number of the newest event that is not hidden; 0 if there is none.
    pub last_visible: Seq,
}

impl LogState {
    fn new(room_id: i64) -> Self {
        Self {
            room_id,
            last_seq: 0,
            hidden: 0,
            last_visible: 0,
        }
    }

    /// Reads the columns `id`, `last_seq`, `hidden` and `last_visible`, in this order.
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            room_id: row.get(0)?,
            last_seq: row.get(1)?,
            hidden: row.get(2)?,
            last_visible: row.get(3)?,
        })
    }

    /// The position of the newest event.
    pub fn end(self) -> LogPosition {
        LogPosition {
            seq: self.last_seq,
            hidden: self.hidden,
        }
    }

    /// Counts the next event.
    pub fn advance(&mut self, is_hidden: bool) {
        self.last_seq += 1;
        match is_hidden {
            true => self.hidden += 1,
            false => self.last_visible = self.last_seq,
        }
    }
}

/// A private conversation: its log and its two members.
#[derive(Clone, Copy, Debug)]
pub struct DirectRoom {
    pub log: LogState,
    pub members: [UserId; 2],
}

impl DirectRoom {
    /// Returns the other member if `user` is a member.
    pub fn other(&self, user: UserId) -> Option<UserId> {
        match self.members {
            [a, b] if a == user => Some(b),
            [a, b] if b == user => Some(a),
            _ => None,
        }
    }
}

/// Returns all stored public rooms.
pub fn public(db: &Connection) -> Result<Vec<PublicRoom>, Error> {
    db.prepare("SELECT name, last_seq, last_at FROM rooms WHERE fold_key IS NOT NULL")?
        .query_map([], |row| {
            Ok(PublicRoom {
                name: row.get(0)?,
                seq: row.get(1)?,
                last_at: row.get(2)?,
            })
        })?
        .collect()
}

/// Returns the log of the stored room with exactly this name or conversation id.
pub fn log(db: &Connection, room: &str) -> Result<Option<LogState>, Error> {
    db.prepare_cached("SELECT id, last_seq, hidden, last_visible FROM rooms WHERE name = ?")?
        .query_row([room], LogState::from_row)
        .optional()
}

/// Returns the name of the stored public room that has this name up to case folding.
pub fn canonical_name(db: &Connection, room: &RoomName) -> Result<Option<String>, Error> {
    db.prepare_cached("SELECT name FROM rooms WHERE fold_key = ?")?
        .query_row([name::fold_key(room.as_str())], |row| row.get(0))
        .optional()
}

/// Returns whether a stored room has this name or a name that looks the same.
pub fn confusable(db: &Connection, room: &RoomName) -> Result<bool, Error> {
    db.prepare_cached("SELECT EXISTS (SELECT 1 FROM rooms WHERE fold_key = ? OR skeleton_key = ?)")?
        .query_row(
            [
                name::fold_key(room.as_str()),
                name::skeleton_key(room.as_str()),
            ],
            |row| row.get(0),
        )
}

/// Adds an empty public room.
pub fn add_public(db: &Connection, room: &RoomName) -> Result<LogState, Error> {
    db.prepare_cached(
        "INSERT INTO rooms (name, fold_key, skeleton_key, last_seq, last_at)
         VALUES (?, ?, ?, 0, 0)",
    )?
    .execute([
        room.as_str(),
        &name::fold_key(room.as_str()),
        &name::skeleton_key(room.as_str()),
    ])?;
    Ok(LogState::new(db.last_insert_rowid()))
}

/// Returns the private conversation with this id.
pub fn direct(db: &Connection, room: &str) -> Result<Option<DirectRoom>, Error> {
    // A client can send any text as a room, and a database may reject a text that is no id. That
    // must not look like a fault.
    if !is_direct_id(room) {
        return Ok(None);
    }
    db.prepare_cached(
        "SELECT id, last_seq, hidden, last_visible, first_member, other_member FROM rooms
         WHERE name = ? AND first_member IS NOT NULL",
    )?
    .query_row([room], |row| {
        Ok(DirectRoom {
            log: LogState::from_row(row)?,
            members: [UserId(row.get(4)?), UserId(row.get(5)?)],
        })
    })
    .optional()
}

/// Returns the id of the private conversation between two users.
pub fn direct_between(db: &Connection, a: UserId, b: UserId) -> Result<Option<String>, Error> {
    db.prepare_cached("SELECT name FROM rooms WHERE first_member = ? AND other_member = ?")?
        .query_row([a.min(b).0, a.max(b).0], |row| row.get(0))
        .optional()
}

/// Adds an empty private conversation. The caller makes an id that cannot be guessed.
pub fn add_direct(db: &Connection, id: &str, a: UserId, b: UserId) -> Result<DirectRoom, Error> {
    let members = [a.min(b), a.max(b)];
    db.prepare_cached(
        "INSERT INTO rooms (name, first_member, other_member, last_seq, last_at)
         VALUES (?, ?, ?, 0, 0)",
    )?
    .execute(params![id, members[0].0, members[1].0])?;
    let log = LogState::new(db.last_insert_rowid());
    Ok(DirectRoom { log, members })
}

/// Returns the user's private conversations, the most recently used first, at most `most`.
pub fn directs_of(
    db: &Connection,
    user: UserId,
    most: usize,
    now: i64,
) -> Result<Vec<DirectLine>, Error> {
    db.prepare_cached(
        "SELECT r.name, u.nickname, r.last_seq, r.hidden,
             EXISTS (SELECT 1 FROM nicknames n WHERE n.user_id = r.other
                     AND (n.expires_at IS NULL OR n.expires_at > ?3)),
             COALESCE(m.seq, 0), COALESCE(e.hidden, 0) FROM (
             SELECT id, name, other_member AS other, last_seq, hidden, last_at FROM rooms
             WHERE first_member = ?1
             UNION ALL
             SELECT id, name, first_member, last_seq, hidden, last_at FROM rooms
             WHERE other_member = ?1
         ) r JOIN users u ON u.id = r.other
         LEFT JOIN read_markers m ON m.user_id = ?1 AND m.room = r.id
         LEFT JOIN events e ON e.room = r.id AND e.seq = m.seq
         ORDER BY r.last_at DESC LIMIT ?2",
    )?
    .query_map(params![user.0, most as i64, now], |row| {
        Ok(DirectLine {
            room: row.get(0)?,
            with: row.get(1)?,
            seq: row.get(2)?,
            hidden: row.get(3)?,
            holds: row.get(4)?,
            read: row.get(5)?,
            read_hidden: row.get(6)?,
        })
    })?
    .collect()
}

/// Returns the user's last nickname, whether it is still reserved for the user or not.
pub fn last_nickname(db: &Connection, user: UserId) -> Result<String, Error> {
    db.prepare_cached("SELECT nickname FROM users WHERE id = ?")?
        .query_row([user.0], |row| row.get(0))
}

/// Stores the state of a room's log. `at` is the time of its newest event.
pub fn set_last(db: &Connection, log: LogState, at: i64) -> Result<(), Error> {
    db.prepare_cached(
        "UPDATE rooms SET last_seq = ?, hidden = ?, last_visible = ?, last_at = ? WHERE id = ?",
    )?
    .execute(params![
        log.last_seq,
        log.hidden,
        log.last_visible,
        at,
        log.room_id
    ])?;
    Ok(())
}
