//! Up to where each user has read each room. Users are never deleted, so neither is this:
//! signing out forgets nothing.

use protocol::{Mark, Seq, UserId};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Error, rooms::LogState};

/// Up to where the user has read the room of exactly this name or conversation id; none if that
/// was never said.
pub fn of(db: &Connection, user: UserId, room: &str) -> Result<Option<Mark>, Error> {
    db.prepare_cached(
        "SELECT d.seq, COALESCE(e.hidden, 0) FROM rooms r
         JOIN read_markers d ON d.user_id = ?1 AND d.room = r.id
         LEFT JOIN events e ON e.room = r.id AND e.seq = d.seq WHERE r.name = ?2",
    )?
    .query_row(params![user.0, room], |row| {
        Ok(Mark {
            seq: row.get(0)?,
            hidden: row.get(1)?,
        })
    })
    .optional()
}

/// Notes that the user has read the room up to `seq`; `false` if so far or further already.
pub fn advance(db: &Connection, user: UserId, log: LogState, seq: Seq) -> Result<bool, Error> {
    let changed = db
        .prepare_cached(
            "INSERT INTO read_markers (user_id, room, seq) VALUES (?, ?, ?)
             ON CONFLICT (user_id, room) DO UPDATE SET seq = excluded.seq
             WHERE excluded.seq > seq",
        )?
        .execute(params![user.0, log.room_id, seq])?;
    Ok(changed > 0)
}
