//! The logs: what was said, by room and sequence number.

use protocol::{Message, PersonId, Seq, limits};
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};

use super::{Error, rooms::Log};

/// A page of a room's log, ascending.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub messages: Vec<Message>,
    /// Are there events before the first of these?
    pub more: bool,
}

/// What a room holds that one catches up on: its newest page, or the next after where one was.
#[derive(Clone, Debug, Default)]
pub struct CatchUp {
    /// Up to where this brings one.
    pub seq: Seq,
    pub messages: Vec<Message>,
    /// Where one was lies elsewhere than just before the first of these.
    pub gap: bool,
    /// The first and the last of the events that were left out there.
    pub missing: Option<[Seq; 2]>,
    /// Nothing newer is in the log; else [`following`] goes on from here.
    pub is_all: bool,
}

impl CatchUp {
    fn nothing_after(seq: Seq) -> Self {
        Self {
            seq,
            is_all: true,
            ..Self::default()
        }
    }
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

/// Writes one event; its `room` is the log's. `false`: its author has used its id before, so
/// nothing was written.
pub fn add(db: &Connection, log: Log, message: &Message) -> Result<bool, Error> {
    let added = db
        .prepare_cached(
            "INSERT INTO events (room, seq, author, id, nickname, addressee, text, at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (author, id) DO NOTHING",
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
    Ok(added > 0)
}

/// From now on the database fails in the middle of a transaction when this author says something.
#[cfg(test)]
pub fn fail_at(db: &Connection, author: PersonId) -> Result<(), Error> {
    db.execute_batch(&format!(
        "CREATE TRIGGER fails BEFORE INSERT ON events WHEN NEW.author = {}
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
        author.0
    ))
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

/// The newest `limit` events before `before` (exclusive), as far as [`limits::PAGE_BYTES`] of JSON
/// go, but one at least.
pub fn page(db: &Connection, room: &str, before: Option<Seq>, limit: usize) -> Result<Page, Error> {
    let before = before.map_or(i64::MAX, place);
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM events e JOIN rooms r ON r.id = e.room
         WHERE r.name = ? AND e.seq < ? ORDER BY e.seq DESC LIMIT ?"
    ))?;
    let mut messages = as_far_as_it_fits(statement.query(params![room, before, limit as i64])?)?;
    messages.reverse();
    Ok(Page {
        more: messages.first().is_some_and(|first| first.seq > 1),
        messages,
    })
}

/// What came after `after`: a page of it, ascending. Of a new visitor who has seen nothing, and of
/// one who is too far behind, the newest page instead.
pub fn catch_up(db: &Connection, room: &str, after: Option<Seq>) -> Result<CatchUp, Error> {
    let Some(log) = super::rooms::log(db, room)? else {
        return Ok(CatchUp::nothing_after(0));
    };
    let newest = log.last_seq;
    // A client that claims to be ahead of the log has seen another house's: it starts afresh.
    let behind = after.and_then(|after| newest.checked_sub(after));
    if let (Some(after), Some(behind)) = (after, behind)
        && behind <= limits::CATCH_UP as u64
    {
        return next(db, room, after, newest);
    }
    let page = page(db, room, None, limits::NEWEST)?;
    let first = page.messages.first().map_or(0, |first| first.seq);
    let missing = after.map(|after| [after.saturating_add(1), first.saturating_sub(1)]);
    Ok(CatchUp {
        seq: newest,
        messages: page.messages,
        gap: after.is_some(),
        missing: missing.filter(|[from, to]| from <= to),
        is_all: true,
    })
}

/// The page that comes next after `after`.
pub fn following(db: &Connection, room: &str, after: Seq) -> Result<CatchUp, Error> {
    let newest = super::rooms::log(db, room)?.map_or(0, |log| log.last_seq);
    next(db, room, after, newest)
}

/// The same, of a log that ends at `newest`.
fn next(db: &Connection, room: &str, after: Seq, newest: Seq) -> Result<CatchUp, Error> {
    if newest <= after {
        return Ok(CatchUp::nothing_after(after));
    }
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM events e JOIN rooms r ON r.id = e.room
         WHERE r.name = ? AND e.seq > ? ORDER BY e.seq LIMIT ?"
    ))?;
    let limit = limits::CATCH_UP as i64;
    let messages = as_far_as_it_fits(statement.query(params![room, place(after), limit])?)?;
    let seq = messages.last().map_or(after, |last| last.seq);
    Ok(CatchUp {
        seq,
        messages,
        is_all: seq >= newest,
        ..CatchUp::default()
    })
}

/// Reads rows as far as [`limits::PAGE_BYTES`] of JSON go; one at least.
fn as_far_as_it_fits(mut rows: Rows<'_>) -> Result<Vec<Message>, Error> {
    let mut messages = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let message = message(row)?;
        bytes += serde_json::to_string(&message).map_or(0, |json| json.len());
        if bytes > limits::PAGE_BYTES && !messages.is_empty() {
            break;
        }
        messages.push(message);
    }
    Ok(messages)
}

/// A number as SQLite has them; there is none so large that this would matter.
fn place(seq: Seq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
