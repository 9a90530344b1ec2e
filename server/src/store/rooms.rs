//! Rooms and private conversations, as far as they are stored.

use protocol::{DirectLine, Mark, RoomName, Seq, UserId, is_direct_id, name};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Error;

/// A stored public room.
#[derive(Clone, Debug)]
pub struct PublicRoom {
    pub name: String,
    pub seq: Seq,
    pub last_at: i64,
}

/// A room's place in the database and the state of its log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LogState {
    pub room_id: i64,
    pub last_seq: Seq,
    /// How many of its events are hidden.
    pub hidden: Seq,
    /// The newest event that is not.
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

    /// Reads it from these four columns in a row.
    fn read(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            room_id: row.get(0)?,
            last_seq: row.get(1)?,
            hidden: row.get(2)?,
            last_visible: row.get(3)?,
        })
    }

    /// Its newest event.
    pub fn end(self) -> Mark {
        Mark {
            seq: self.last_seq,
            hidden: self.hidden,
        }
    }

    /// The place of the next event, which is hidden or not.
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
    /// The other member, if `user` is one of the two.
    pub fn other(&self, user: UserId) -> Option<UserId> {
        match self.members {
            [a, b] if a == user => Some(b),
            [a, b] if b == user => Some(a),
            _ => None,
        }
    }
}

/// Every stored public room.
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

/// The log of the room of exactly this name or conversation id, if it is stored.
pub fn log(db: &Connection, room: &str) -> Result<Option<LogState>, Error> {
    db.prepare_cached("SELECT id, last_seq, hidden, last_visible FROM rooms WHERE name = ?")?
        .query_row([room], LogState::from_row)
        .optional()
}

/// The stored public room of this name, as it is written.
pub fn canonical_name(db: &Connection, room: &RoomName) -> Result<Option<String>, Error> {
    db.prepare_cached("SELECT name FROM rooms WHERE fold_key = ?")?
        .query_row([name::fold_key(room.as_str())], |row| row.get(0))
        .optional()
}

/// Is there a stored room that this name would be taken for?
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

/// Stores a public room, empty.
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

/// The private conversation with this id.
pub fn direct(db: &Connection, room: &str) -> Result<Option<DirectRoom>, Error> {
    // A database may refuse whatever else a client calls a room.
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

/// The id of the private conversation between two users, if there is one.
pub fn direct_between(db: &Connection, a: UserId, b: UserId) -> Result<Option<String>, Error> {
    db.prepare_cached("SELECT name FROM rooms WHERE first_member = ? AND other_member = ?")?
        .query_row([a.min(b).0, a.max(b).0], |row| row.get(0))
        .optional()
}

/// Opens a private conversation under an id that nobody could guess.
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

/// The user's private conversations, the most recently used first, at most `most`.
pub fn directs_of(
    db: &Connection,
    user: UserId,
    most: usize,
    now: i64,
) -> Result<Vec<DirectLine>, Error> {
    db.prepare_cached(
        "SELECT r.name, p.nickname, r.last_seq, r.hidden,
             EXISTS (SELECT 1 FROM nicknames c WHERE c.user_id = r.other
                     AND (c.expires_at IS NULL OR c.expires_at > ?3)),
             COALESCE(d.seq, 0), COALESCE(e.hidden, 0) FROM (
             SELECT id, name, other_member AS other, last_seq, hidden, last_at FROM rooms
             WHERE first_member = ?1
             UNION ALL
             SELECT id, name, first_member, last_seq, hidden, last_at FROM rooms
             WHERE other_member = ?1
         ) r JOIN users p ON p.id = r.other
         LEFT JOIN read_markers d ON d.user_id = ?1 AND d.room = r.id
         LEFT JOIN events e ON e.room = r.id AND e.seq = d.seq
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

/// The nickname that the user held last.
pub fn last_nickname(db: &Connection, user: UserId) -> Result<String, Error> {
    db.prepare_cached("SELECT nickname FROM users WHERE id = ?")?
        .query_row([user.0], |row| row.get(0))
}

/// Notes the newest event of a room.
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
