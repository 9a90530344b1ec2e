//! The logs: what was said, by room and sequence number.

use protocol::{Kind, Mark, Message, Seq, UserId, games::Played, limits};
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};

use super::{Error, games, json, now_ms, rooms::LogState};

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
    pub end: Mark,
    pub messages: Vec<Message>,
    /// Where one was lies elsewhere than just before the first of these.
    pub gap: bool,
    /// The first and the last of the events that were left out there.
    pub missing: Option<[Seq; 2]>,
    /// Nothing newer is in the log; else [`page_after`] goes on from here.
    pub is_all: bool,
}

impl CatchUp {
    fn nothing_after(end: Mark) -> Self {
        Self {
            end,
            is_all: true,
            ..Self::default()
        }
    }
}

const MESSAGE_COLUMNS: &str =
    "r.name, e.seq, e.nickname, e.author, e.id, e.text, e.at, e.addressee, e.hidden, e.played,
     e.bot";

fn message_from_row(row: &Row<'_>) -> Result<Message, Error> {
    let played: Option<Box<Played>> = json::read(row, 9)?;
    Ok(Message {
        room: row.get(0)?,
        seq: row.get(1)?,
        from: row.get(2)?,
        author: UserId(row.get(3)?),
        id: row.get(4)?,
        text: row.get(5)?,
        at: row.get(6)?,
        bot: row.get::<_, Option<bool>>(10)?.unwrap_or(false),
        to: row.get(7)?,
        hidden: row.get(8)?,
        kind: played.as_ref().map(|_| Kind::Game),
        played,
        game: None,
    })
}

/// A card is told as it stands now; it need not be asked for what is none.
fn attach_game(db: &Connection, mut message: Message) -> Result<Message, Error> {
    if message.kind.is_some() && !message.is_hidden() {
        message.game = games::current_state(db, &message, now_ms())?;
    }
    Ok(message)
}

/// Writes one event at the end of its room's log, which counts it already. `false`: its author has
/// used its id before, so nothing was written.
pub fn add(db: &Connection, log: LogState, message: &Message) -> Result<bool, Error> {
    let played = message.played.as_ref().map(json::write).transpose()?;
    let added = db
        .prepare_cached(
            "INSERT INTO events (room, seq, author, id, nickname, addressee, text, at, hidden, last_visible,
             played, bot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (author, id) DO NOTHING",
        )?
        .execute(params![
            log.room_id,
            message.seq,
            message.author.0,
            message.id,
            message.from,
            message.to,
            message.text,
            message.at,
            message.hidden,
            message.is_hidden().then_some(log.last_visible),
            played,
            message.bot.then_some(true),
        ])?;
    Ok(added > 0)
}

/// The newest event of this room, unless it is older than this or the user has read it.
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
    Ok(newest.filter(|newest| newest.seq > read && newest.at >= since))
}

/// From now on the database is corrupt where it writes what this author says: a table begins at a
/// page of an index.
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

/// From now on nothing that this author says can be written, whatever the rules say.
#[cfg(test)]
pub fn reject_inserts_by(db: &Connection, author: UserId) -> Result<(), Error> {
    db.execute_batch(&format!(
        "CREATE TRIGGER refuses AFTER INSERT ON events WHEN NEW.author = {}
         BEGIN SELECT RAISE(ABORT, 'this cannot be written'); END",
        author.0
    ))
}

/// From now on no event with this number can be written.
#[cfg(test)]
pub fn reject_inserts_at(db: &Connection, seq: Seq) -> Result<(), Error> {
    db.execute_batch(&format!(
        "CREATE TRIGGER refuses_at AFTER INSERT ON events WHEN NEW.seq = {seq}
         BEGIN SELECT RAISE(ABORT, 'this cannot be written'); END"
    ))
}

/// The event that the author sent under this id before.
pub fn find_by_client_id(
    db: &Connection,
    author: UserId,
    id: &str,
) -> Result<Option<Message>, Error> {
    db.prepare_cached(&format!(
        "SELECT {MESSAGE_COLUMNS} FROM events e JOIN rooms r ON r.id = e.room
         WHERE e.author = ? AND e.id = ?"
    ))?
    .query_row(params![author.0, id], message_from_row)
    .optional()?
    .map(|message| attach_game(db, message))
    .transpose()
}

/// The event with this number in the room with this row.
pub fn find_by_seq(db: &Connection, room: i64, seq: Seq) -> Result<Option<Message>, Error> {
    db.prepare_cached(&format!(
        "SELECT {MESSAGE_COLUMNS} FROM events e JOIN rooms r ON r.id = e.room
         WHERE e.room = ? AND e.seq = ?"
    ))?
    .query_row(params![room, seq], message_from_row)
    .optional()?
    .map(|message| attach_game(db, message))
    .transpose()
}

/// How many of the events up to this one are hidden, in the room with this row.
pub fn hidden_up_to(db: &Connection, room: i64, seq: Seq) -> Result<Seq, Error> {
    let hidden = db
        .prepare_cached("SELECT hidden FROM events WHERE room = ? AND seq = ?")?
        .query_row(params![room, seq], |row| row.get(0))
        .optional()?;
    Ok(hidden.unwrap_or(0))
}

/// Which events a page holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EventFilter {
    All,
    /// None that is hidden.
    Visible,
}

/// The newest `limit` events before `before` (exclusive), as far as [`limits::PAGE_BYTES`] of JSON
/// go, but one at least.
pub fn page_before(
    db: &Connection,
    room: &str,
    before: Option<Seq>,
    limit: usize,
    filter: EventFilter,
) -> Result<Page, Error> {
    let mut before = before.map_or(i64::MAX, sql_integer);
    let mut statement = db.prepare_cached(&format!(
        "SELECT {MESSAGE_COLUMNS}, e.last_visible FROM events e JOIN rooms r ON r.id = e.room
         WHERE r.name = ? AND e.seq < ? ORDER BY e.seq DESC LIMIT ?"
    ))?;
    let mut page = PageBuilder::default();
    while page.messages.len() < limit {
        let left = (limit - page.messages.len()) as i64;
        let rows = statement.query(params![room, before, left])?;
        match page.fill(db, rows, filter)? {
            // However many moves lie between, they are stepped over at once.
            Some(talk) => before = talk + 1,
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

/// What came after `after`: a page of it, ascending. Of a new connection who has seen nothing, and of
/// one who is too far behind, the newest page instead.
pub fn catch_up(db: &Connection, room: &str, after: Option<Seq>) -> Result<CatchUp, Error> {
    let Some(log) = super::rooms::log(db, room)? else {
        return Ok(CatchUp::nothing_after(Mark::default()));
    };
    let newest = log.last_seq;
    // A client that claims to be ahead of the log has seen another server's: it starts afresh.
    let behind = after.and_then(|after| newest.checked_sub(after));
    if let (Some(after), Some(behind)) = (after, behind)
        && behind <= limits::CATCH_UP as u64
    {
        return page_after_in(db, room, after, log);
    }
    let mut messages = page_before(db, room, None, limits::NEWEST, EventFilter::Visible)?.messages;
    if let (Some(after), Some(_)) = (after, behind) {
        // Most of what came since may be hidden; what was seen is not told again.
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

/// The page that comes next after `after`.
pub fn page_after(db: &Connection, room: &str, after: Seq) -> Result<CatchUp, Error> {
    match super::rooms::log(db, room)? {
        Some(log) => page_after_in(db, room, after, log),
        None => Ok(CatchUp::nothing_after(Mark::default())),
    }
}

/// The same, of this log.
fn page_after_in(db: &Connection, room: &str, after: Seq, log: LogState) -> Result<CatchUp, Error> {
    if log.last_seq <= after {
        return Ok(CatchUp::nothing_after(log.end()));
    }
    let mut statement = db.prepare_cached(&format!(
        "SELECT {MESSAGE_COLUMNS} FROM events e JOIN rooms r ON r.id = e.room
         WHERE r.name = ? AND e.seq > ? ORDER BY e.seq LIMIT ?"
    ))?;
    let limit = limits::CATCH_UP as i64;
    let mut page = PageBuilder::default();
    let rows = statement.query(params![room, sql_integer(after), limit])?;
    page.fill(db, rows, EventFilter::All)?;
    let messages = page.messages;
    let end = messages.last().map_or(log.end(), Message::mark);
    Ok(CatchUp {
        end,
        messages,
        is_all: end.seq >= log.last_seq,
        ..CatchUp::default()
    })
}

/// A page on the way.
#[derive(Default)]
struct PageBuilder {
    messages: Vec<Message>,
    bytes: usize,
}

impl PageBuilder {
    /// Reads rows as far as [`limits::PAGE_BYTES`] of JSON go; one at least. Where it stops at a hidden
    /// one that is not wanted, it says which is the newest that is wanted before it.
    fn fill(
        &mut self,
        db: &Connection,
        mut rows: Rows<'_>,
        filter: EventFilter,
    ) -> Result<Option<i64>, Error> {
        while let Some(row) = rows.next()? {
            if filter == EventFilter::Visible
                && let Some(talk) = row.get("last_visible")?
            {
                return Ok(Some(talk));
            }
            let message = attach_game(db, message_from_row(row)?)?;
            self.bytes += serde_json::to_string(&message).map_or(0, |json| json.len());
            if self.bytes > limits::PAGE_BYTES && !self.messages.is_empty() {
                break;
            }
            self.messages.push(message);
        }
        Ok(None)
    }
}

/// A number as SQLite has them; there is none so large that this would matter.
fn sql_integer(seq: Seq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
