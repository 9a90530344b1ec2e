//! Reads and writes the events of the room logs.

use protocol::{
    Deletion, EventBody, GameBody, LogPosition, Message, Seq, UnknownBody, UserId, limits,
};

use super::{
    Db, Error, Row, games, json, now_ms, page_builder::PageBuilder, rooms::LogState,
    statements::statements, value::params,
};

/// The columns of a message in its present state, for [`message_from_row`].
macro_rules! message_columns {
    () => {
        "r.name, e.seq, e.nickname, e.author, e.id, e.text, e.at, e.addressee, e.hidden, e.bot,
         e.kind, e.target, e.played, e.revision, g.state, g.due_at"
    };
}
pub(super) use message_columns;

/// The tables of these columns, beside `events e`. Only a game message has a row in `games`.
macro_rules! message_tables {
    () => {
        "JOIN rooms r ON r.id = e.room LEFT JOIN games g ON g.room = e.room AND g.seq = e.seq"
    };
}
pub(super) use message_tables;

macro_rules! select_message {
    () => {
        concat!(
            "SELECT ",
            message_columns!(),
            " FROM events e ",
            message_tables!()
        )
    };
}

statements! {
    ADD:
        "INSERT INTO events (room, seq, author, id, nickname, addressee, text, at, hidden,
         last_visible, bot, kind, target, played)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (author, id) DO NOTHING";
    DELETE_TEXT:
        "UPDATE events SET text = '', kind = 'deleted', revision = $1
         WHERE room = $2 AND seq = $3 AND kind IS NULL";
    FIND_BY_CLIENT_ID: select_message!(), " WHERE e.author = $1 AND e.id = $2";
    FIND_BY_SEQ: select_message!(), " WHERE e.room = $1 AND e.seq = $2";
    HIDDEN_UP_TO: "SELECT hidden FROM events WHERE room = $1 AND seq = $2";
    PAGE_BEFORE:
        select_message!(), " WHERE r.name = $1 AND e.seq < $2 ORDER BY e.seq DESC LIMIT $3";
    // Goes from each visible event to the one before it. A hidden event names the newest visible
    // event before it, so any number of hidden ones is one step.
    VISIBLE_BEFORE:
        "WITH RECURSIVE page (room, seq, nth) AS (
             SELECT e.room, COALESCE(e.last_visible, e.seq), CAST(1 AS BIGINT)
             FROM rooms r JOIN events e ON e.room = r.id
             AND e.seq = CASE WHEN r.last_seq < $1 THEN r.last_seq ELSE $1 - 1 END
             WHERE r.name = $2
             UNION ALL
             SELECT e.room, COALESCE(e.last_visible, e.seq), page.nth + 1
             FROM page JOIN events e ON e.room = page.room AND e.seq = page.seq - 1
             WHERE page.nth < $3
         ) SELECT ", message_columns!(), " FROM page
         JOIN events e ON e.room = page.room AND e.seq = page.seq ", message_tables!(),
        " ORDER BY e.seq DESC";
    PAGE_AFTER: select_message!(), " WHERE r.name = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3";
}

/// A page of a room's log, ascending.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub messages: Vec<Message>,
    /// The size of the messages as JSON.
    pub bytes: usize,
    /// Whether there are events before the first of these.
    pub more: bool,
}

/// The page of a room's log that a client lacks: the newest page, or the page after its last event.
#[derive(Clone, Debug, Default)]
pub struct CatchUp {
    /// The last event that the client has seen once it has this page.
    pub end: LogPosition,
    pub messages: Vec<Message>,
    /// The size as JSON of the messages that were read.
    pub bytes: usize,
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

pub(super) fn message_from_row(row: Row<'_>) -> Result<Message, Error> {
    Ok(Message {
        room: row.get(0)?,
        seq: row.get(1)?,
        from: row.get(2)?,
        author: row.get(3)?,
        id: row.get(4)?,
        at: row.get(6)?,
        to: row.get(7)?,
        hidden: row.get(8)?,
        bot: row.get::<Option<bool>>(9)?.unwrap_or(false),
        revision: row.get::<Option<Seq>>(13)?.unwrap_or(0),
        body: body_from_row(row)?,
    })
}

fn body_from_row(row: Row<'_>) -> Result<EventBody, Error> {
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
pub fn add(db: Db<'_>, log: LogState, message: &Message) -> Result<bool, Error> {
    let played = message.played().map(json::write).transpose()?;
    let added = db.execute(
        sql::ADD,
        params![
            log.room_id,
            message.seq,
            message.author,
            &message.id,
            &message.from,
            message.to.as_ref(),
            message.text(),
            message.at,
            message.hidden,
            message.is_hidden().then_some(log.last_visible),
            message.bot.then_some(true),
            kind_of(&message.body),
            message.body.target(),
            played.as_ref(),
        ],
    )?;
    Ok(added > 0)
}

/// Returns the room's newest event, unless it is older than `since` or the user has read it.
pub fn unread_since(
    db: Db<'_>,
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
pub fn corrupt_inserts_by(db: Db<'_>, author: UserId) -> Result<(), Error> {
    let Db::Sqlite(db) = db;
    Ok(db.execute_batch(&format!(
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
    ))?)
}

/// Makes the database reject every event of this author, as a violated constraint would.
#[cfg(test)]
pub fn reject_inserts_by(db: Db<'_>, author: UserId) -> Result<(), Error> {
    let Db::Sqlite(db) = db;
    Ok(db.execute_batch(&format!(
        "CREATE TRIGGER refuses AFTER INSERT ON events WHEN NEW.author = {}
         BEGIN SELECT RAISE(ABORT, 'this cannot be written'); END",
        author.0
    ))?)
}

/// Makes the database reject every event with this number.
#[cfg(test)]
pub fn reject_inserts_at(db: Db<'_>, seq: Seq) -> Result<(), Error> {
    let Db::Sqlite(db) = db;
    Ok(db.execute_batch(&format!(
        "CREATE TRIGGER refuses_at AFTER INSERT ON events WHEN NEW.seq = {seq}
         BEGIN SELECT RAISE(ABORT, 'this cannot be written'); END"
    ))?)
}

/// Deletes the text of a message in the room with this row. `revision` is the number of the
/// deletion, which is stored by [`add`]. Returns `false` if the message is none that has a text.
pub fn delete_text(db: Db<'_>, room: i64, of: Seq, revision: Seq) -> Result<bool, Error> {
    let deleted = db.execute(sql::DELETE_TEXT, params![revision, room, of])?;
    Ok(deleted > 0)
}

/// Returns the event that the author sent under this id, in its present state.
pub fn find_by_client_id(db: Db<'_>, author: UserId, id: &str) -> Result<Option<Message>, Error> {
    db.row(
        sql::FIND_BY_CLIENT_ID,
        params![author, id],
        message_from_row,
    )
}

/// Returns the event with this number in the room with this row.
pub fn find_by_seq(db: Db<'_>, room: i64, seq: Seq) -> Result<Option<Message>, Error> {
    db.row(sql::FIND_BY_SEQ, params![room, seq], message_from_row)
}

/// Returns how many events up to this one are hidden, in the room with this row.
pub fn hidden_up_to(db: Db<'_>, room: i64, seq: Seq) -> Result<Seq, Error> {
    let hidden = db.row(sql::HIDDEN_UP_TO, params![room, seq], |row| row.get(0))?;
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
    db: Db<'_>,
    room: &str,
    before: Option<Seq>,
    limit: usize,
    filter: EventFilter,
) -> Result<Page, Error> {
    let before = before.unwrap_or(Seq::MAX);
    let mut page = PageBuilder::default();
    match filter {
        EventFilter::All => {
            let parameters = params![room, before, limit];
            db.each_row(sql::PAGE_BEFORE, parameters, |row| {
                page.add(message_from_row(row)?)
            })?
        }
        EventFilter::Visible => {
            let parameters = params![before, room, limit];
            db.each_row(sql::VISIBLE_BEFORE, parameters, |row| {
                page.add(message_from_row(row)?)
            })?
        }
    };
    let PageBuilder {
        mut messages,
        bytes,
    } = page;
    messages.reverse();
    let is_first = |first: &Message| match filter {
        EventFilter::All => first.seq == 1,
        EventFilter::Visible => first.nth() == 1,
    };
    Ok(Page {
        more: messages.first().is_some_and(|first| !is_first(first)),
        messages,
        bytes,
    })
}

/// Returns the page of events after `after`, ascending. A client without `after`, and a client that
/// is more than a page behind, gets the newest page instead.
pub fn catch_up(db: Db<'_>, room: &str, after: Option<Seq>) -> Result<CatchUp, Error> {
    let Some(log) = super::rooms::log(db, room)? else {
        return Ok(CatchUp {
            // What the client has seen was removed.
            gap: after.is_some_and(|after| after > 0),
            ..CatchUp::nothing_after(LogPosition::default())
        });
    };
    let newest = log.last_seq;
    // A client that claims to be ahead of the log has seen the log of a room that was removed, or
    // of another server. It gets the newest page, as without `after`.
    let behind = after.and_then(|after| newest.checked_sub(after));
    if let (Some(after), Some(behind)) = (after, behind)
        && behind <= limits::CATCH_UP as u64
    {
        return page_after_in(db, room, after, log);
    }
    let page = page_before(db, room, None, limits::NEWEST, EventFilter::Visible)?;
    let mut messages = page.messages;
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
        bytes: page.bytes,
        gap: after.is_some(),
        missing: missing.filter(|[from, to]| from <= to),
        is_all: true,
    })
}

/// Returns the page of events after `after`, ascending, however far behind that is.
pub fn page_after(db: Db<'_>, room: &str, after: Seq) -> Result<CatchUp, Error> {
    match super::rooms::log(db, room)? {
        Some(log) => page_after_in(db, room, after, log),
        None => Ok(CatchUp::nothing_after(LogPosition::default())),
    }
}

/// Like [`page_after`], for a room whose log has been read.
fn page_after_in(db: Db<'_>, room: &str, after: Seq, log: LogState) -> Result<CatchUp, Error> {
    if log.last_seq <= after {
        return Ok(CatchUp::nothing_after(log.end()));
    }
    let mut page = PageBuilder::default();
    let parameters = params![room, after, limits::CATCH_UP];
    db.each_row(sql::PAGE_AFTER, parameters, |row| {
        page.add(message_from_row(row)?)
    })?;
    let PageBuilder { messages, bytes } = page;
    let end = messages.last().map_or(log.end(), Message::position);
    Ok(CatchUp {
        end,
        messages,
        bytes,
        is_all: end.seq >= log.last_seq,
        ..CatchUp::default()
    })
}
