//! Stores outgoing webhooks: the URL that a room's messages are posted to, how far each has
//! delivered, and what went wrong.

use protocol::{Code, Message, Refusal, RoomName, Seq};
use serde::{Deserialize, Serialize};

use super::{Db, Error, Row, events, rooms, statements::statements, value::params};

statements! {
    ADD:
        "INSERT INTO webhooks
         (name, room, url, trigger_word, secret, allow_private, delivered_seq, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING";
    REMOVE: "DELETE FROM webhooks WHERE name = $1";
    // The error of a message that was delivered in the end is of no interest. The reason why others
    // were dropped is.
    DELIVERED:
        "UPDATE webhooks SET delivered_seq = $1, last_error = NULL WHERE id = $2";
    FAILED: "UPDATE webhooks SET last_error = $1 WHERE id = $2";
    DROPPED:
        "UPDATE webhooks SET delivered_seq = $1, dropped = dropped + 1, drop_error = $2,
             last_error = NULL
         WHERE id = $3";
    DISABLE: "UPDATE webhooks SET disabled = 1, last_error = $1 WHERE id = $2";
    ENABLE:
        "UPDATE webhooks SET disabled = 0, dropped = 0, drop_error = NULL, last_error = NULL
         WHERE name = $1";
    ALL_WEBHOOKS:
        "SELECT id, name, room, url, trigger_word, secret, allow_private, delivered_seq,
             disabled, dropped, COALESCE(last_error, drop_error)
         FROM webhooks ORDER BY name";
}

/// What an administrator chooses when creating an outgoing webhook.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NewWebhook {
    pub name: String,
    pub room: String,
    pub url: String,
    /// If set, only messages that begin with this word are posted.
    pub trigger: Option<String>,
    /// Whether the URL may lead to a private network or to this machine.
    pub private: bool,
}

/// A stored outgoing webhook.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub row: i64,
    pub new: NewWebhook,
    /// The key that signs each post.
    pub secret: String,
    pub status: WebhookStatus,
}

/// What has become of a webhook since it was created or enabled.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WebhookStatus {
    /// The number of the last event that was delivered, was dropped, or needed no delivery.
    pub delivered_seq: Seq,
    /// Whether nothing is posted, because the receiver has said that it is gone.
    pub disabled: bool,
    /// How many events were given up.
    pub dropped: u64,
    /// Why the last attempt failed, or else why the last event was given up.
    pub last_error: Option<String>,
}

/// An outgoing webhook, as `parlor outgoing list` prints it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WebhookSummary {
    #[serde(flatten)]
    pub new: NewWebhook,
    #[serde(flatten)]
    pub status: WebhookStatus,
}

impl From<Webhook> for WebhookSummary {
    fn from(Webhook { new, status, .. }: Webhook) -> Self {
        Self { new, status }
    }
}

/// What has become of an event that a webhook should deliver.
pub enum Delivery {
    /// It was accepted, or needed no delivery, and so did those before it.
    Delivered,
    /// An attempt has failed for this reason, and another will follow.
    Failed(String),
    /// It was given up for this reason.
    Dropped(String),
    /// The receiver is gone, as this reason says. Nothing more is posted.
    Disabled(String),
}

/// The most characters in a name and in a trigger.
const NAME_CHARS: usize = 64;
/// The most characters in a URL.
const URL_CHARS: usize = 2_000;

/// Checks the fields of a new webhook, and returns its room.
///
/// # Errors
/// [`Code::BadField`], [`Code::BadRoomName`].
pub fn check(new: &NewWebhook) -> Result<RoomName, Refusal> {
    let bad = |sentence: &str| Err(Refusal::new(Code::BadField, sentence));
    let room = RoomName::parse(&new.room)?;
    let is_short = |text: &String| (1..=NAME_CHARS).contains(&text.chars().count());
    if !is_short(&new.name) || !new.trigger.as_ref().is_none_or(is_short) {
        return bad("Use 1 to 64 characters for the name and for the trigger word.");
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

/// Adds a webhook, which delivers events from now on. Returns `false` if the name is taken.
pub fn add(
    db: Db<'_>,
    new: &NewWebhook,
    room: &RoomName,
    secret: &str,
    now: i64,
) -> Result<bool, Error> {
    let name = rooms::canonical_name(db, room)?;
    let log = name.map(|name| rooms::log(db, &name)).transpose()?;
    let delivered_seq = log.flatten().map_or(0, |log| log.last_seq);
    let added = db.execute(
        sql::ADD,
        params![
            &new.name,
            &new.room,
            &new.url,
            new.trigger.as_ref(),
            secret,
            new.private,
            delivered_seq,
            now
        ],
    )?;
    Ok(added > 0)
}

/// Removes a webhook. Returns `false` if there is none of this name.
pub fn remove(db: Db<'_>, name: &str) -> Result<bool, Error> {
    let removed = db.execute(sql::REMOVE, params![name])?;
    Ok(removed > 0)
}

/// Enables a webhook that was disabled, and forgets its errors. It goes on with the first event
/// that it has not delivered. Returns `false` if there is none of this name.
pub fn enable(db: Db<'_>, name: &str) -> Result<bool, Error> {
    let enabled = db.execute(sql::ENABLE, params![name])?;
    Ok(enabled > 0)
}

/// Stores what has become of the event with the number `seq`, for the webhook with this row.
pub fn record(db: Db<'_>, row: i64, seq: Seq, delivery: &Delivery) -> Result<(), Error> {
    match delivery {
        Delivery::Delivered => db.execute(sql::DELIVERED, params![seq, row])?,
        Delivery::Failed(error) => db.execute(sql::FAILED, params![error, row])?,
        Delivery::Dropped(error) => db.execute(sql::DROPPED, params![seq, error, row])?,
        Delivery::Disabled(error) => db.execute(sql::DISABLE, params![error, row])?,
    };
    Ok(())
}

/// Returns the event after `after` in the room, if there is one: alone, because another event of a
/// page may be one that cannot be decoded.
pub fn next_event(db: Db<'_>, room: &str, after: Seq) -> Result<Option<Message>, Error> {
    match rooms::log(db, room)? {
        Some(log) => events::find_by_seq(db, log.room_id, after.saturating_add(1)),
        None => Ok(None),
    }
}

/// Returns all webhooks, ordered by name.
pub fn all(db: Db<'_>) -> Result<Vec<Webhook>, Error> {
    db.rows(sql::ALL_WEBHOOKS, [], webhook_from_row)
}

fn webhook_from_row(row: Row<'_>) -> Result<Webhook, Error> {
    Ok(Webhook {
        row: row.get(0)?,
        new: NewWebhook {
            name: row.get(1)?,
            room: row.get(2)?,
            url: row.get(3)?,
            trigger: row.get(4)?,
            private: row.get(6)?,
        },
        secret: row.get(5)?,
        status: WebhookStatus {
            delivered_seq: row.get(7)?,
            disabled: row.get(8)?,
            dropped: row.get(9)?,
            last_error: row.get(10)?,
        },
    })
}
