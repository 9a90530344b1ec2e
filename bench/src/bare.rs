//! What the disk and SQLite alone allow: a loop that writes the rows of a batch of messages in one
//! transaction, with the statements and settings of the server's (`server/src/store`), and nothing
//! else. The tables are the server's own: it has made the folder.

use std::path::Path;

use anyhow::Result;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior, params};

/// From one message's room to the next one's; a prime, so that all have their turn.
const STRIDE: usize = 617;

const ADD: &str =
    "INSERT INTO events (room, seq, author, id, nickname, addressee, text, at, hidden, last_visible,
             played, bot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (author, id) DO NOTHING";
const NEWEST: &str =
    "UPDATE rooms SET last_seq = ?, hidden = ?, last_visible = ?, last_at = ? WHERE id = ?";

/// A database that nobody else writes to.
pub struct Bare {
    db: Connection,
    rooms: Vec<Room>,
    said: u64,
}

struct Room {
    row: i64,
    author: i64,
    last_seq: u64,
}

impl Bare {
    /// Opens the folder's database and makes so many rooms, each with somebody who talks in it.
    ///
    /// # Errors
    /// Whatever SQLite says.
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
        Ok(Self { db, rooms, said: 0 })
    }

    /// Writes one batch: so many messages, each to another room as far as there are so many. Which
    /// rooms a batch meets is spread over all of them, as it is with people.
    ///
    /// # Errors
    /// Whatever SQLite says.
    pub fn write(&mut self, batch: usize, text: &str) -> Result<()> {
        let transaction = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut event = transaction.prepare_cached(ADD)?;
            let mut newest = transaction.prepare_cached(NEWEST)?;
            let many = self.rooms.len();
            let at = 1_790_000_000_000_i64;
            let first = self.said as usize;
            for nth in first..first + batch {
                let place = nth * STRIDE % many;
                let room = &mut self.rooms[place];
                room.last_seq += 1;
                let id = format!("{place}-{}", room.last_seq);
                let nothing: Option<&str> = None;
                let hidden = 0;
                event.execute(params![
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
                    nothing
                ])?;
            }
            // Once for each room of the batch.
            for nth in first..first + batch.min(many) {
                let room = &self.rooms[nth * STRIDE % many];
                newest.execute(params![room.last_seq, 0, room.last_seq, at, room.row])?;
            }
        }
        transaction.commit()?;
        self.said += batch as u64;
        Ok(())
    }
}

/// A room, and somebody for it.
fn add_room(db: &Connection, name: &str) -> Result<Room> {
    db.prepare_cached("INSERT INTO users (nickname, created_at) VALUES (?, 0)")?
        .execute([name])?;
    let author = db.last_insert_rowid();
    db.prepare_cached(
        "INSERT INTO rooms (name, fold_key, skeleton_key, last_seq, last_at)
         VALUES (?1, ?1, ?1, 0, 0)",
    )?
    .execute([name])?;
    Ok(Room {
        row: db.last_insert_rowid(),
        author,
        last_seq: 0,
    })
}

/// Fills the folder's database with so many messages in a hundred rooms, half of them in the first,
/// `r0`. Quickly: if the machine stops meanwhile, the folder is lost.
///
/// # Errors
/// Whatever SQLite says.
pub fn fill(folder: &Path, messages: u64) -> Result<()> {
    const ROOMS: u64 = 100;
    let mut db = Connection::open(folder.join("parlor.db"))?;
    db.pragma_update(None, "synchronous", "off")?;
    let transaction = db.transaction()?;
    let rooms = (0..ROOMS).map(|nth| add_room(&transaction, &format!("r{nth}")));
    let rooms = rooms.collect::<Result<Vec<_>>>()?;
    for (nth, room) in rooms.iter().enumerate() {
        let many = match nth {
            0 => messages / 2,
            _ => messages / 2 / (ROOMS - 1),
        };
        transaction.execute(
            "INSERT INTO events (room, seq, author, id, nickname, text, at)
             SELECT ?1, value, ?2, printf('%010d', value), 'p0', ?3, 1790000000000 + value
             FROM (WITH RECURSIVE numbers (value) AS
                   (SELECT 1 UNION ALL SELECT value + 1 FROM numbers WHERE value < ?4)
                   SELECT value FROM numbers)",
            params![room.row, room.author, crate::talk::PADDING, many],
        )?;
        transaction.execute(
            "UPDATE rooms SET last_seq = ?1, last_visible = ?1, last_at = 1790000000000 WHERE id = ?2",
            params![many, room.row],
        )?;
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_are_the_servers() -> Result<()> {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src/store");
        for (file, statement) in [("events.rs", ADD), ("rooms.rs", NEWEST)] {
            let theirs = words(&std::fs::read_to_string(store.join(file))?);
            assert!(theirs.contains(&words(statement)), "{file}: {statement}");
        }
        Ok(())
    }
}
