//! The logs: what was said, by room and sequence number.

use protocol::{Message, PersonId, Seq, limits};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, rooms::Log};

/// A page of a room's log, ascending.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub messages: Vec<Message>,
    /// Are there events before the first of these?
    pub more: bool,
}

/// What a room holds that one catches up on.
#[derive(Clone, Debug, Default)]
pub struct CatchUp {
    /// The newest event.
    pub seq: Seq,
    pub messages: Vec<Message>,
    /// Were events left out between where one was and the first of these?
    pub gap: bool,
}

const COLUMNS: &str = "r.name, e.seq, e.nickname, e.author, e.id, e.text, e.at, e.addressee";

fn message(row: &Row<'_>) -> Result<Message, Error> {
    Ok(Message {
        room: row.get(0)?,
        seq: row.get(1)?,
        from: row.get(2)?,
        author: PersonId(row.get(3)?),
        id: row.get(4)?,
        text: row.get(5)?,
        at: row.get(6)?,
        to: row.get(7)?,
    })
}

/// Writes one event; its `room` is the log's.
pub fn add(db: &Connection, log: Log, message: &Message) -> Result<(), Error> {
    db.prepare_cached(
        "INSERT INTO events (room, seq, author, id, nickname, addressee, text, at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        log.row,
        message.seq,
        message.author.0,
        message.id,
        message.from,
        message.to,
        message.text,
        message.at,
    ])?;
    Ok(())
}

/// The event that the author sent under this id before.
pub fn sent(db: &Connection, author: PersonId, id: &str) -> Result<Option<Message>, Error> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM events e JOIN rooms r ON r.id = e.room
         WHERE e.author = ? AND e.id = ?"
    ))?
    .query_row(params![author.0, id], message)
    .optional()
}

/// The newest `limit` events before `before` (exclusive), as far as [`limits::PAGE_BYTES`] of JSON go, but
/// one at least.
pub fn page(db: &Connection, room: &str, before: Option<Seq>, limit: usize) -> Result<Page, Error> {
    let before = before
        .and_then(|seq| i64::try_from(seq).ok())
        .unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM events e JOIN rooms r ON r.id = e.room
         WHERE r.name = ? AND e.seq < ? ORDER BY e.seq DESC LIMIT ?"
    ))?;
    let mut rows = statement.query(params![room, before, limit as i64])?;
    let mut messages = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let message = message(row)?;
        bytes += serde_json::to_string(&message.text).map_or(0, |json| json.len());
        if bytes > limits::PAGE_BYTES && !messages.is_empty() {
            break;
        }
        messages.push(message);
    }
    messages.reverse();
    Ok(Page {
        more: messages.first().is_some_and(|first| first.seq > 1),
        messages,
    })
}

/// What came after `after`, or the newest page: of a new visitor who has seen nothing, and of one
/// who is too far behind.
pub fn catch_up(db: &Connection, room: &str, after: Option<Seq>) -> Result<CatchUp, Error> {
    let Some(log) = super::rooms::log(db, room)? else {
        return Ok(CatchUp::default());
    };
    let seq = log.last_seq;
    // A client that claims to be ahead of the log has seen another house's: it starts afresh.
    let behind = after.and_then(|after| seq.checked_sub(after));
    let wanted = match behind {
        Some(0) => {
            return Ok(CatchUp {
                seq,
                ..CatchUp::default()
            });
        }
        Some(behind) if behind <= limits::CATCH_UP as u64 => behind as usize,
        _ => limits::NEWEST,
    };
    let page = page(db, room, None, wanted)?;
    let reached = page.messages.first().map_or(0, |first| first.seq - 1);
    Ok(CatchUp {
        seq,
        messages: page.messages,
        gap: after.is_some_and(|after| after != reached),
    })
}
