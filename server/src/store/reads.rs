//! Up to where each person has read each room. Persons are never deleted, so neither is this:
//! signing out forgets nothing.

use protocol::{PersonId, Seq};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Error, rooms::Log};

/// Up to where the person has read the room of exactly this name or conversation id; none if that
/// was never said.
pub fn of(db: &Connection, person: PersonId, room: &str) -> Result<Option<Seq>, Error> {
    db.prepare_cached(
        "SELECT d.seq FROM reads d JOIN rooms r ON r.id = d.room
         WHERE d.person = ? AND r.name = ?",
    )?
    .query_row(params![person.0, room], |row| row.get(0))
    .optional()
}

/// Notes that the person has read the room up to `seq`; `false` if so far or further already.
pub fn advance(db: &Connection, person: PersonId, log: Log, seq: Seq) -> Result<bool, Error> {
    let changed = db
        .prepare_cached(
            "INSERT INTO reads (person, room, seq) VALUES (?, ?, ?)
             ON CONFLICT (person, room) DO UPDATE SET seq = excluded.seq
             WHERE excluded.seq > seq",
        )?
        .execute(params![person.0, log.row, seq])?;
    Ok(changed > 0)
}
