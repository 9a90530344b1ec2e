//! Webhook webhooks: where what is said in a room is posted to, and how far each has come.

use protocol::{Code, Refusal, RoomName, Seq};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::{Error, rooms};

/// One that is to be made.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NewWebhook {
    pub name: String,
    pub room: String,
    pub url: String,
    /// Only what begins with this word.
    pub word: Option<String>,
    /// May it lie in a private network, or on this machine?
    pub private: bool,
}

/// One as it is kept.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub row: i64,
    pub new: NewWebhook,
    /// With which everything is signed.
    pub secret: String,
    /// The newest event that was delivered, or was not to be.
    pub upto: Seq,
}

/// One as it is listed.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Line {
    #[serde(flatten)]
    pub new: NewWebhook,
    pub upto: Seq,
}

impl From<Webhook> for Line {
    fn from(outgoing: Webhook) -> Self {
        let Webhook { new, upto, .. } = outgoing;
        Self { new, upto }
    }
}

/// Characters of a name, and of a trigger.
const NAME_CHARS: usize = 64;
/// Characters of an address.
const URL_CHARS: usize = 2_000;

/// Can there be such a one? Its room.
///
/// # Errors
/// [`Code::BadField`], [`Code::BadRoomName`].
pub fn check(new: &NewWebhook) -> Result<RoomName, Refusal> {
    let bad = |sentence: &str| Err(Refusal::new(Code::BadField, sentence));
    let room = RoomName::parse(&new.room)?;
    let is_short = |text: &String| (1..=NAME_CHARS).contains(&text.chars().count());
    if !is_short(&new.name) || !new.word.as_ref().is_none_or(is_short) {
        return bad("Use 1 to 64 characters for the name and for the trigger.");
    }
    let is_http = ["http://", "https://"]
        .iter()
        .any(|it| new.url.starts_with(it));
    if !is_http || new.url.chars().count() > URL_CHARS {
        return bad(
            "Use a URL that begins with https:// or http:// and has 2,000 characters or fewer.",
        );
    }
    Ok(room)
}

/// Makes one, which tells what is said from now on; `false` if there is one of this name.
pub fn add(
    db: &Connection,
    new: &NewWebhook,
    room: &RoomName,
    secret: &str,
    now: i64,
) -> Result<bool, Error> {
    let written = rooms::canonical_name(db, room)?;
    let log = written
        .map(|written| rooms::log(db, &written))
        .transpose()?;
    let upto = log.flatten().map_or(0, |log| log.last_seq);
    let added = db
        .prepare_cached(
            "INSERT INTO webhooks (name, room, url, trigger_word, secret, allow_private, delivered_seq, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
        )?
        .execute(params![
            new.name,
            new.room,
            new.url,
            new.word,
            secret,
            new.private,
            upto,
            now
        ])?;
    Ok(added > 0)
}

/// Removes one; `false` if there is none of this name.
pub fn remove(db: &Connection, name: &str) -> Result<bool, Error> {
    let removed = db
        .prepare_cached("DELETE FROM webhooks WHERE name = ?")?
        .execute([name])?;
    Ok(removed > 0)
}

/// This one has come so far.
pub fn advance(db: &Connection, row: i64, upto: Seq) -> Result<(), Error> {
    db.prepare_cached("UPDATE webhooks SET delivered_seq = ? WHERE id = ?")?
        .execute(params![upto, row])?;
    Ok(())
}

/// All of them, by name.
pub fn all(db: &Connection) -> Result<Vec<Webhook>, Error> {
    db.prepare_cached(
        "SELECT id, name, room, url, trigger_word, secret, allow_private, delivered_seq FROM webhooks ORDER BY name",
    )?
    .query_map([], read)?
    .collect()
}

fn read(row: &Row<'_>) -> Result<Webhook, Error> {
    Ok(Webhook {
        row: row.get(0)?,
        new: NewWebhook {
            name: row.get(1)?,
            room: row.get(2)?,
            url: row.get(3)?,
            word: row.get(4)?,
            private: row.get(6)?,
        },
        secret: row.get(5)?,
        upto: row.get(7)?,
    })
}
