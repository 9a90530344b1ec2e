//! Stored rooms: public rooms and private conversations, and the state of each room's log.

use std::collections::HashMap;

use protocol::{DirectLine, LogPosition, RoomName, Seq, UserId, is_direct_id, name};

use super::{Db, Error, Row, statements::statements, value::params};

statements! {
    PUBLIC:
        "SELECT name, last_seq, last_at, hidden FROM rooms
         WHERE fold_key IS NOT NULL AND removed IS NULL ORDER BY name";
    LAST_TIMES:
        "SELECT r.name, e.at FROM rooms r JOIN events e ON e.room = r.id AND e.seq = r.last_seq
         WHERE r.fold_key IS NOT NULL AND r.removed IS NULL";
    COUNT_MESSAGES:
        "SELECT CAST(COALESCE(SUM(last_seq - hidden), 0) AS BIGINT) FROM rooms
         WHERE removed IS NULL";
    LOG: "SELECT id, last_seq, hidden, last_visible FROM rooms WHERE name = $1";
    CANONICAL_NAME: "SELECT name FROM rooms WHERE fold_key = $1";
    CONFUSABLE: "SELECT EXISTS (SELECT 1 FROM rooms WHERE fold_key = $1 OR skeleton_key = $2)";
    ADD_PUBLIC:
        "INSERT INTO rooms (name, fold_key, skeleton_key, last_seq, last_at)
         VALUES ($1, $2, $3, 0, 0) RETURNING id";
    DIRECT:
        "SELECT id, last_seq, hidden, last_visible, first_member, other_member FROM rooms
         WHERE name = $1 AND first_member IS NOT NULL";
    DIRECT_OF:
        "SELECT id, last_seq, hidden, last_visible, first_member, other_member FROM rooms
         WHERE name = $1 AND (first_member = $2 OR other_member = $2)";
    DIRECT_BETWEEN: "SELECT name FROM rooms WHERE first_member = $1 AND other_member = $2";
    ADD_DIRECT:
        "INSERT INTO rooms (name, first_member, other_member, last_seq, last_at)
         VALUES ($1, $2, $3, 0, 0) RETURNING id";
    DIRECTS_OF:
        "SELECT r.name, u.nickname, u.id, r.last_seq, r.hidden,
             EXISTS (SELECT 1 FROM nicknames n WHERE n.user_id = r.other
                     AND (n.expires_at IS NULL OR n.expires_at > $1)),
             COALESCE(m.seq, 0), COALESCE(e.hidden, 0) FROM (
             SELECT id, name, other_member AS other, last_seq, hidden, last_at FROM rooms
             WHERE first_member = $2
             UNION ALL
             SELECT id, name, first_member, last_seq, hidden, last_at FROM rooms
             WHERE other_member = $2
         ) r JOIN users u ON u.id = r.other
         LEFT JOIN read_markers m ON m.user_id = $2 AND m.room = r.id
         LEFT JOIN events e ON e.room = r.id AND e.seq = m.seq
         ORDER BY r.last_at DESC LIMIT $3";
    LAST_NICKNAME: "SELECT nickname FROM users WHERE id = $1";
    LAST_NICKNAMES:
        "SELECT a.nickname, b.nickname FROM users a CROSS JOIN users b
         WHERE a.id = $1 AND b.id = $2";
    SET_LAST:
        "UPDATE rooms SET last_seq = $1, hidden = $2, last_visible = $3, last_at = $4, used_at = $4
         WHERE id = $5";
}

/// A stored public room.
#[derive(Clone, Debug)]
pub struct PublicRoom {
    pub name: String,
    pub seq: Seq,
    /// When the newest event was stored, on the server's clock; 0 if there is none.
    pub last_at: i64,
    /// How many of the events are not hidden.
    pub messages: Seq,
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
    fn from_row(row: Row<'_>) -> Result<Self, Error> {
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
    /// Reads the columns of its log, and `first_member` and `other_member`.
    fn from_row(row: Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            log: LogState::from_row(row)?,
            members: [row.get(4)?, row.get(5)?],
        })
    }

    /// Returns the other member if `user` is a member.
    pub fn other(&self, user: UserId) -> Option<UserId> {
        match self.members {
            [a, b] if a == user => Some(b),
            [a, b] if b == user => Some(a),
            _ => None,
        }
    }
}

/// Returns all stored public rooms, ordered by name.
pub fn public(db: Db<'_>) -> Result<Vec<PublicRoom>, Error> {
    db.rows(sql::PUBLIC, [], |row| {
        let (seq, hidden): (Seq, Seq) = (row.get(1)?, row.get(3)?);
        Ok(PublicRoom {
            name: row.get(0)?,
            seq,
            last_at: row.get(2)?,
            messages: seq.saturating_sub(hidden),
        })
    })
}

/// Returns the time of day of the newest event of each stored public room, by the room's name.
pub fn last_times(db: Db<'_>) -> Result<HashMap<String, i64>, Error> {
    let times = db.rows(sql::LAST_TIMES, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(times.into_iter().collect())
}

/// Returns how many messages all rooms have, private conversations included, without hidden events.
pub fn count_messages(db: Db<'_>) -> Result<u64, Error> {
    db.one_row(sql::COUNT_MESSAGES, [], |row| row.get(0))
}

/// Returns the log of the stored room with exactly this name or conversation id.
pub fn log(db: Db<'_>, room: &str) -> Result<Option<LogState>, Error> {
    db.row(sql::LOG, params![room], LogState::from_row)
}

/// Returns the name of the stored public room that has this name up to case folding.
pub fn canonical_name(db: Db<'_>, room: &RoomName) -> Result<Option<String>, Error> {
    let fold = name::fold_key(room.as_str());
    db.row(sql::CANONICAL_NAME, params![&fold], |row| row.get(0))
}

/// Returns whether a stored room has this name or a name that looks the same.
pub fn confusable(db: Db<'_>, room: &RoomName) -> Result<bool, Error> {
    let fold = name::fold_key(room.as_str());
    let skeleton = name::skeleton_key(room.as_str());
    db.one_row(sql::CONFUSABLE, params![&fold, &skeleton], |row| row.get(0))
}

/// Adds an empty public room.
pub fn add_public(db: Db<'_>, room: &RoomName) -> Result<LogState, Error> {
    let fold = name::fold_key(room.as_str());
    let skeleton = name::skeleton_key(room.as_str());
    let parameters = params![room.as_str(), &fold, &skeleton];
    db.one_row(sql::ADD_PUBLIC, parameters, |row| {
        row.get(0).map(LogState::new)
    })
}

/// Returns the private conversation with this id.
pub fn direct(db: Db<'_>, room: &str) -> Result<Option<DirectRoom>, Error> {
    // A client can send any text as a room, and a database may reject a text that is no id. That
    // must not look like a fault.
    if !is_direct_id(room) {
        return Ok(None);
    }
    db.row(sql::DIRECT, params![room], DirectRoom::from_row)
}

/// Returns the private conversation with this id, if the user is one of its two members. For
/// anybody else it does not exist.
pub fn direct_of(db: Db<'_>, user: UserId, room: &str) -> Result<Option<DirectRoom>, Error> {
    if !is_direct_id(room) {
        return Ok(None);
    }
    db.row(sql::DIRECT_OF, params![room, user], DirectRoom::from_row)
}

/// Returns the id of the private conversation between two users.
pub fn direct_between(db: Db<'_>, a: UserId, b: UserId) -> Result<Option<String>, Error> {
    let members = params![a.min(b), a.max(b)];
    db.row(sql::DIRECT_BETWEEN, members, |row| row.get(0))
}

/// Adds an empty private conversation. The caller makes an id that cannot be guessed.
pub fn add_direct(db: Db<'_>, id: &str, a: UserId, b: UserId) -> Result<DirectRoom, Error> {
    let members = [a.min(b), a.max(b)];
    let parameters = params![id, members[0], members[1]];
    let log = db.one_row(sql::ADD_DIRECT, parameters, |row| {
        row.get(0).map(LogState::new)
    })?;
    Ok(DirectRoom { log, members })
}

/// Returns the user's private conversations, the most recently used first, at most `most`.
pub fn directs_of(
    db: Db<'_>,
    user: UserId,
    most: usize,
    now: i64,
) -> Result<Vec<DirectLine>, Error> {
    db.rows(sql::DIRECTS_OF, params![now, user, most], |row| {
        Ok(DirectLine {
            room: row.get(0)?,
            with: row.get(1)?,
            user: row.get(2)?,
            seq: row.get(3)?,
            hidden: row.get(4)?,
            holds: row.get(5)?,
            read: row.get(6)?,
            read_hidden: row.get(7)?,
        })
    })
}

/// Returns the user's last nickname, whether it is still reserved for the user or not.
pub fn last_nickname(db: Db<'_>, user: UserId) -> Result<String, Error> {
    db.one_row(sql::LAST_NICKNAME, params![user], |row| row.get(0))
}

/// Returns the last nicknames of two users.
pub fn last_nicknames(db: Db<'_>, [a, b]: [UserId; 2]) -> Result<[String; 2], Error> {
    db.one_row(sql::LAST_NICKNAMES, params![a, b], |row| {
        Ok([row.get(0)?, row.get(1)?])
    })
}

/// Stores the state of a room's log. `at` is the time of its newest event.
pub fn set_last(db: Db<'_>, log: LogState, at: i64) -> Result<(), Error> {
    db.execute(
        sql::SET_LAST,
        params![log.last_seq, log.hidden, log.last_visible, at, log.room_id],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use protocol::Nickname;

    use super::*;
    use crate::store::{in_memory, users};

    #[test]
    fn a_private_conversation_exists_only_for_its_members() {
        let connection = in_memory();
        let db = connection.db();
        let [anna, ben, mallory] = ["Anna", "Ben", "Mallory"].map(|name| {
            let nickname = Nickname::parse(name).expect("is a nickname");
            users::add_user(db, &nickname, 0).expect("inserts")
        });
        let id = format!("@{:032x}", 7);
        add_direct(db, &id, ben, anna).expect("inserts");
        let members_for = |user| {
            let found = direct_of(db, user, &id).expect("reads");
            found.map(|direct| direct.members)
        };
        assert_eq!(members_for(anna), Some([anna, ben]));
        assert_eq!(members_for(ben), Some([anna, ben]));
        assert_eq!(members_for(mallory), None);
        assert_eq!(
            last_nicknames(db, [ben, anna]).expect("reads"),
            ["Ben", "Anna"]
        );
    }
}
