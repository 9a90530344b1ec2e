//! The floor of writing messages: a loop that writes the rows of a batch in one transaction.
//!
//! It uses the statements and the settings of `server/src/store`, and does nothing else. The server
//! has created the folder and its tables.

use std::path::Path;

use anyhow::Result;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior, params};

/// The distance from one message's room to the next one's. It is a prime, so that every room has
/// its turn.
const STRIDE: usize = 617;

const ADD_EVENT: &str =
    "INSERT INTO events (room, seq, author, id, nickname, addressee, text, at, hidden,
         last_visible, bot, kind, target, played)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (author, id) DO NOTHING";
const UPDATE_ROOM: &str =
    "UPDATE rooms SET last_seq = $1, hidden = $2, last_visible = $3, last_at = $4, used_at = $4
         WHERE id = $5";

/// A database to which nobody else writes.
pub struct SqliteFloor {
    db: Connection,
    rooms: Vec<StoredRoom>,
    written: u64,
}

struct StoredRoom {
    row: i64,
    author: i64,
    last_seq: u64,
}

impl SqliteFloor {
    /// Opens the folder's database and creates this many rooms, each with one user who sends.
    ///
    /// # Errors
    /// Errors of SQLite.
    pub fn open(folder: &Path, rooms: usize) -> Result<Self> {
        let mut db = Connection::open(folder.join("parlor.db"))?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        db.pragma_update(None, "journal_mode", "wal")?;
        db.pragma_update(None, "synchronous", "full")?;
        db.pragma_update(None, "wal_autocheckpoint", 8_192)?;
        let transaction = db.transaction()?;
        let rooms = (0..rooms).map(|nth| add_room(&transaction, &format!("r{nth}")));
        let rooms = rooms.collect::<Result<_>>()?;
        transaction.commit()?;
        Ok(Self {
            db,
            rooms,
            written: 0,
        })
    }

    /// Writes a batch of this many messages, each to another room if there are enough. The rooms of
    /// a batch are spread over all rooms, as they are with real users.
    ///
    /// # Errors
    /// Errors of SQLite.
    pub fn write(&mut self, batch: usize, text: &str) -> Result<()> {
        let transaction = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut add_event = transaction.prepare_cached(ADD_EVENT)?;
            let mut update_room = transaction.prepare_cached(UPDATE_ROOM)?;
            let count = self.rooms.len();
            let at = 1_790_000_000_000_i64;
            let first = self.written as usize;
            for nth in first..first + batch {
                let index = nth * STRIDE % count;
                let room = &mut self.rooms[index];
                room.last_seq += 1;
                let id = format!("{index}-{}", room.last_seq);
                let nothing: Option<&str> = None;
                let hidden = 0;
                add_event.execute(params![
                    room.row,
                    room.last_seq,
                    room.author,
                    id,
                    "p0",
                    nothing,
                    text,
                    at,
                    hidden,
                    nothing,
                    nothing,
                    nothing,
                    nothing,
                    nothing
                ])?;
            }
            // One update for each room of the batch.
            for nth in first..first + batch.min(count) {
                let room = &self.rooms[nth * STRIDE % count];
                update_room.execute(params![room.last_seq, 0, room.last_seq, at, room.row])?;
            }
        }
        transaction.commit()?;
        self.written += batch as u64;
        Ok(())
    }
}

/// Adds a room and a user who sends in it.
fn add_room(db: &Connection, name: &str) -> Result<StoredRoom> {
    db.prepare_cached("INSERT INTO users (nickname, created_at) VALUES (?, 0)")?
        .execute([name])?;
    let author = db.last_insert_rowid();
    db.prepare_cached(
        "INSERT INTO rooms (name, fold_key, skeleton_key, last_seq, last_at)
         VALUES (?1, ?1, ?1, 0, 0)",
    )?
    .execute([name])?;
    Ok(StoredRoom {
        row: db.last_insert_rowid(),
        author,
        last_seq: 0,
    })
}

/// Fills the folder's database with this many messages in a hundred rooms, half of them in the
/// first one, `r0`. It does not wait for the disk, so the folder is lost if the machine stops
/// meanwhile.
///
/// # Errors
/// Errors of SQLite.
pub fn fill(folder: &Path, messages: u64) -> Result<()> {
    const ROOMS: u64 = 100;
    let mut db = Connection::open(folder.join("parlor.db"))?;
    db.pragma_update(None, "synchronous", "off")?;
    let transaction = db.transaction()?;
    let rooms = (0..ROOMS).map(|nth| add_room(&transaction, &format!("r{nth}")));
    let rooms = rooms.collect::<Result<Vec<_>>>()?;
    for (nth, room) in rooms.iter().enumerate() {
        let count = match nth {
            0 => messages / 2,
            _ => messages / 2 / (ROOMS - 1),
        };
        transaction.execute(
            "INSERT INTO events (room, seq, author, id, nickname, text, at)
             SELECT ?1, value, ?2, printf('%010d', value), 'p0', ?3, 1790000000000 + value
             FROM (WITH RECURSIVE numbers (value) AS
                   (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ?4)
                   SELECT value FROM numbers)",
            params![room.row, room.author, crate::workload::SAMPLE_TEXT, count],
        )?;
        transaction.execute(
            "UPDATE rooms SET last_seq = ?1, last_visible = ?1, last_at = 1790000000000 WHERE id = ?2",
            params![count, room.row],
        )?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_are_those_of_the_server() -> Result<()> {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src/store");
        for (file, statement) in [("events.rs", ADD_EVENT), ("rooms.rs", UPDATE_ROOM)] {
            let of_server = words(&std::fs::read_to_string(store.join(file))?);
            assert!(of_server.contains(&words(statement)), "{file}: {statement}");
        }
        Ok(())
    }
}
