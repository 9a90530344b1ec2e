//! Stores read markers: up to which event each user has read each room. Users are never deleted, so
//! read markers are not either; signing out leaves them as they are.

use protocol::{LogPosition, Seq, UserId};

use super::{Db, Error, rooms::LogState, statements::statements, value::params};

statements! {
    OF:
        "SELECT m.seq, COALESCE(e.hidden, 0) FROM rooms r
         JOIN read_markers m ON m.user_id = $1 AND m.room = r.id
         LEFT JOIN events e ON e.room = r.id AND e.seq = m.seq WHERE r.name = $2";
    ADVANCE:
        "INSERT INTO read_markers (user_id, room, seq) VALUES ($1, $2, $3)
         ON CONFLICT (user_id, room) DO UPDATE SET seq = excluded.seq
         WHERE excluded.seq > read_markers.seq";
}

/// Returns the user's read marker in the room with exactly this name or conversation id, if the
/// user has one.
pub fn of(db: Db<'_>, user: UserId, room: &str) -> Result<Option<LogPosition>, Error> {
    db.row(sql::OF, params![user, room], |row| {
        Ok(LogPosition {
            seq: row.get(0)?,
            hidden: row.get(1)?,
        })
    })
}

/// Advances the user's read marker to `seq`. Returns `false` if it is there or further already.
pub fn advance(db: Db<'_>, user: UserId, log: LogState, seq: Seq) -> Result<bool, Error> {
    let changed = db.execute(sql::ADVANCE, params![user, log.room_id, seq])?;
    Ok(changed > 0)
}
