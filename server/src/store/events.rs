//! Reads and writes the events of the room logs.

use protocol::{
    Deletion, EventBody, GameBody, LogPosition, Message, Seq, UnknownBody, UserId, limits,
};
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};

use super::{Error, games, json, now_ms, rooms::LogState};

/// A page of a room's log, ascending.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub messages: Vec<Message>,
    /// Whether there are events before the first of these.
    pub more: bool,
}

/// The page of a room's log that a client lacks: the newest page, or the page after its last event.
#[derive(Clone, Debug, Default)]
pub struct CatchUp {
    /// The last event that the client has seen once it has this page.
    pub end: LogPosition,
    pub messages: Vec<Message>,
    /// Whether events between the client's last event and the first of `messages` may be left out.
    pub gap: bool,
    /// The first and the last number of the events that are left out there.
    pub missing: Option<[Seq; 2]>,
    /// Whether the page ends with the newest event. If it does not, [`page_after`] continues from
    /// `end`.
    pub is_all: bool,
}

impl CatchUp {
    fn nothing_after(end: LogPosition) -> Self {
        Self {
            end,
            is_all: true,
            ..Self::default()
        }
    }
}

/// The columns of a message in its present state, for [`message_from_row`].
const MESSAGE_COLUMNS: &str =
    "r.name, e.seq, e.nickname, e.author, e.id, e.text, e.at, e.addressee, e.hidden, e.bot,
     e.kind, e.target, e.played, e.revision, g.state, g.due_at";
/// The tables of these columns. Only a game message has a row in `games`.
const MESSAGE_TABLES: &str = "events e JOIN rooms r ON r.id = e.room
     LEFT JOIN games g ON g.room = e.room AND g.seq = e.seq";

fn message_from_row(row: &Row<'_>) -> Result<Message, Error> {
    Ok(Message {
        room: row.get(0)?,
        seq: row.get(1)?,
        from: row.get(2)?,
        author: UserId(row.get(3)?),
        id: row.get(4)?,
        at: row.get(6)?,
        to: row.get(7)?,
        hidden: row.get(8)?,
        bot: row.get::<_, Option<bool>>(9)?.unwrap_or(false),
        revision: row.get::<_, Option<Seq>>(13)?.unwrap_or(0),
        body: body_from_row(row)?,
    })
}

fn body_from_row(row: &Row<'_>) -> Result<EventBody, Error> {
    let text = row.get(5)?;
    let kind: Option<String> = row.get(10)?;
    let Some(kind) = kind else {
        return Ok(EventBody::Text(text));
    };
    let of: Option<Seq> = row.get(11)?;
    let played = match kind.as_str() {
        GAME => json::read(row, 12)?,
        _ => None,
    };
    Ok(match (kind.as_str(), of, played) {
        (GAME, _, Some(played)) => EventBody::Game(Box::new(GameBody {
            played,
            state: games::present_state(row, 14, now_ms())?,
            text,
        })),
        (DELETE, Some(of), _) => EventBody::Delete(Deletion { of, text }),
        (DELETED, _, _) => EventBody::Deleted,
        // A newer version has written it.
        _ => EventBody::Unknown(UnknownBody { of, text }),
    })
}

/// The kinds of events in the database. A plain text has none.
const GAME: &str = "game";
const DELETE: &str = "delete";
/// A text that was deleted.
const DELETED: &str = "deleted";

fn kind_of(body: &EventBody) -> Option<&'static str> {
    match body {
        // The server writes no events of a kind that it does not know.
        EventBody::Text(_) | EventBody::Unknown(_) => None,
        EventBody::Deleted => Some(DELETED),
        EventBody::Delete(_) => Some(DELETE),
        EventBody::Game(_) => Some(GAME),
    }
}

/// Writes an event at the end of its room's log; `log` already counts the event. Returns `false`,
/// without writing anything, if the author has used the id before.
pub fn add(db: &Connection, log: LogState, message: &Message) -> Result<bool, Error> {
    let played = message.played().map(json::write).transpose()?;
    let added = db
        .prepare_cached(
            "INSERT INTO events (room, seq, author, id, nickname, addressee, text, at, hidden, last_visible,
             bot, kind, target, played) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (author, id) DO NOTHING",
        )?
        .execute(params![
            log.room_id,
            message.seq,
            message.author.0,
            message.id,
            message.from,
            message.to,
            message.text(),
            message.at,
            message.hidden,
            message.is_hidden().then_some(log.last_visible),
            message.bot.then_some(true),
            kind_of(&message.body),
            message.body.target(),
            played,
        ])?;
    Ok(added > 0)
}

/// Returns the room's newest event, unless it is older than `since` or the user has read it.
pub fn unread_since(
    db: &Connection,
    room: &str,
    user: UserId,
    since: i64,
) -> Result<Option<Message>, Error> {
    let newest = page_before(db, room, None, 1, EventFilter::Visible)?
        .messages
        .pop();
    let read = super::read_markers::of(db, user, room)?
        .unwrap_or_default()
        .seq;
    let is_new = |newest: &Message| newest.seq > read && newest.at >= since;
    Ok(newest.filter(|newest| newest.body != EventBody::Deleted && is_new(newest)))
}

/// Makes inserting an event of this author fail as on a corrupt database: the root page of a table
/// that a trigger writes to is a page of an index.
#[cfg(test)]
pub fn corrupt_inserts_by(db: &Connection, author: UserId) -> Result<(), Error> {
    db.execute_batch(&format!(
        "CREATE TABLE broken (x);
         CREATE TABLE other (x UNIQUE);
         CREATE TRIGGER breaks BEFORE INSERT ON events WHEN NEW.author = {}
         BEGIN INSERT INTO broken VALUES (1); END;
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET rootpage =
             (SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'other' AND type = 'index')
         WHERE name = 'broken';
         PRAGMA writable_schema = RESET",
        author.0
    ))
}

/// Makes the database reject every event of this author, as a violated constraint would.
#[cfg(test)]
pub fn reject_inserts_by(db: &Connection, author: UserId) -> Result<(), Error> {
    db.execute_batch(&format!(
        "CREATE TRIGGER refuses AFTER INSERT ON events WHEN NEW.author = {}
         BEGIN SELECT RAISE(ABORT, 'this cannot be written'); END",
        author.0
    ))
}

/// Makes the database reject every event with this number.
#[cfg(test)]
pub fn reject_inserts_at(db: &Connection, seq: Seq) -> Result<(), Error> {
    db.execute_batch(&format!(
        "CREATE TRIGGER refuses_at AFTER INSERT ON events WHEN NEW.seq = {seq}
         BEGIN SELECT RAISE(ABORT, 'this cannot be written'); END"
    ))
}

/// Deletes the text of a message in the room with this row. `revision` is the number of the
/// deletion, which is stored by [`add`]. Returns `false` if the message is none that has a text.
pub fn delete_text(db: &Connection, room: i64, of: Seq, revision: Seq) -> Result<bool, Error> {
    let deleted = db
        .prepare_cached(
            "UPDATE events SET text = '', kind = ?, revision = ?
             WHERE room = ? AND seq = ? AND kind IS NULL",
        )?
        .execute(params![DELETED, revision, room, of])?;
    Ok(deleted > 0)
}

/// Returns the event that the author sent under this id, in its present state.
pub fn find_by_client_id(
    db: &Connection,
    author: UserId,
    id: &str,
) -> Result<Option<Message>, Error> {
    db.prepare_cached(&format!(
        "SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES}
         WHERE e.author = ? AND e.id = ?"
    ))?
    .query_row(params![author.0, id], message_from_row)
    .optional()
}

/// Returns the event with this number in the room with this row.
pub fn find_by_seq(db: &Connection, room: i64, seq: Seq) -> Result<Option<Message>, Error> {
    db.prepare_cached(&format!(
        "SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES}
         WHERE e.room = ? AND e.seq = ?"
    ))?
    .query_row(params![room, seq], message_from_row)
    .optional()
}

/// Returns how many events up to this one are hidden, in the room with this row.
pub fn hidden_up_to(db: &Connection, room: i64, seq: Seq) -> Result<Seq, Error> {
    let hidden = db
        .prepare_cached("SELECT hidden FROM events WHERE room = ? AND seq = ?")?
        .query_row(params![room, seq], |row| row.get(0))
        .optional()?;
    Ok(hidden.unwrap_or(0))
}

/// Which events a page contains.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EventFilter {
    All,
    /// Only events that are not hidden.
    Visible,
}

/// Returns the newest `limit` events before `before` (exclusive). The page ends early at
/// [`limits::PAGE_BYTES`] of JSON, but has at least one event if there is one.
pub fn page_before(
    db: &Connection,
    room: &str,
    before: Option<Seq>,
    limit: usize,
    filter: EventFilter,
) -> Result<Page, Error> {
    let mut before = before.map_or(i64::MAX, sql_integer);
    let mut statement = db.prepare_cached(&format!(
        "SELECT {MESSAGE_COLUMNS}, e.last_visible FROM {MESSAGE_TABLES}
         WHERE r.name = ? AND e.seq < ? ORDER BY e.seq DESC LIMIT ?"
    ))?;
    let mut page = PageBuilder::default();
    while page.messages.len() < limit {
        let left = (limit - page.messages.len()) as i64;
        let rows = statement.query(params![room, before, left])?;
        match page.fill(rows, filter)? {
            // Hidden events name the newest visible event before them, so one query skips any
            // number of them.
            Some(last_visible) => before = last_visible + 1,
            None => break,
        }
    }
    let mut messages = page.messages;
    messages.reverse();
    let is_first = |first: &Message| match filter {
        EventFilter::All => first.seq == 1,
        EventFilter::Visible => first.nth() == 1,
    };
    Ok(Page {
        more: messages.first().is_some_and(|first| !is_first(first)),
        messages,
    })
}

/// Returns the page of events after `after`, ascending. A client without `after`, and a client that
/// is more than a page behind, gets the newest page instead.
pub fn catch_up(db: &Connection, room: &str, after: Option<Seq>) -> Result<CatchUp, Error> {
    let Some(log) = super::rooms::log(db, room)? else {
        return Ok(CatchUp::nothing_after(LogPosition::default()));
    };
    let newest = log.last_seq;
    // A client that claims to be ahead of the log has seen the log of another server. It gets the
    // newest page, as without `after`.
    let behind = after.and_then(|after| newest.checked_sub(after));
    if let (Some(after), Some(behind)) = (after, behind)
        && behind <= limits::CATCH_UP as u64
    {
        return page_after_in(db, room, after, log);
    }
    let mut messages = page_before(db, room, None, limits::NEWEST, EventFilter::Visible)?.messages;
    if let (Some(after), Some(_)) = (after, behind) {
        // Most of the events since may be hidden, so the newest page can reach back to events that
        // the client has.
        messages.retain(|message| message.seq > after);
    }
    let first = messages.first().map_or(newest + 1, |first| first.seq);
    let missing = after.map(|after| [after.saturating_add(1), first - 1]);
    Ok(CatchUp {
        end: log.end(),
        messages,
        gap: after.is_some(),
        missing: missing.filter(|[from, to]| from <= to),
        is_all: true,
    })
}

/// Returns the page of events after `after`, ascending, however far behind that is.
pub fn page_after(db: &Connection, room: &str, after: Seq) -> Result<CatchUp, Error> {
    match super::rooms::log(db, room)? {
        Some(log) => page_after_in(db, room, after, log),
        None => Ok(CatchUp::nothing_after(LogPosition::default())),
    }
}

/// Like [`page_after`], for a room whose log has been read.
fn page_after_in(db: &Connection, room: &str, after: Seq, log: LogState) -> Result<CatchUp, Error> {
    if log.last_seq <= after {
        return Ok(CatchUp::nothing_after(log.end()));
    }
    let mut statement = db.prepare_cached(&format!(
        "SELECT {MESSAGE_COLUMNS} FROM {MESSAGE_TABLES}
         WHERE r.name = ? AND e.seq > ? ORDER BY e.seq LIMIT ?"
    ))?;
    let limit = limits::CATCH_UP as i64;
    let mut page = PageBuilder::default();
    let rows = statement.query(params![room, sql_integer(after), limit])?;
    page.fill(rows, EventFilter::All)?;
    let messages = page.messages;
    let end = messages.last().map_or(log.end(), Message::position);
    Ok(CatchUp {
        end,
        messages,
        is_all: end.seq >= log.last_seq,
        ..CatchUp::default()
    })
}

/// Collects the events of a page.
#[derive(Default)]
struct PageBuilder {
    messages: Vec<Message>,
    bytes: usize,
}

impl PageBuilder {
    /// Adds events until the rows or [`limits::PAGE_BYTES`] of JSON are used up, but at least one.
    /// If a row is a hidden event that `filter` leaves out, stops and returns the number of the
    /// newest visible event before it.
    fn fill(&mut self, mut rows: Rows<'_>, filter: EventFilter) -> Result<Option<i64>, Error> {
        while let Some(row) = rows.next()? {
            if filter == EventFilter::Visible
                && let Some(last_visible) = row.get("last_visible")?
            {
                return Ok(Some(last_visible));
            }
            let message = message_from_row(row)?;
            self.bytes += serde_json::to_string(&message).map_or(0, |json| json.len());
            if self.bytes > limits::PAGE_BYTES && !self.messages.is_empty() {
                break;
            }
            self.messages.push(message);
        }
        Ok(None)
    }
}

/// The number as an SQLite integer. Real numbers are far below `i64::MAX`, so saturating is safe.
fn sql_integer(seq: Seq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
