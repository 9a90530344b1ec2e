//! A message on the wire: one flat object, whose fields depend on the kind of the event.

use serde::{Deserialize, Serialize};

use super::{Deletion, EventBody, GameBody, Message, UnknownBody, is_zero};
use crate::games::{Game, Played};
use crate::{Seq, UserId};

/// What an event is if it is not a plain message. Its `text` says the same in words.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something happened in a game: `played` says what.
    Game,
    /// The text of the message `of` was deleted.
    Delete,
    #[serde(other, skip_serializing)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// One event of a room's log, as everybody in the room receives it. For its author it is the
/// acknowledgement, recognized by `id`.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageFields {
    /// The room's name, or the id of the private conversation.
    room: String,
    /// The event's number in the room's log.
    seq: Seq,
    /// The author's nickname at the time.
    from: String,
    /// The author, independent of the nickname.
    author: UserId,
    /// The author's id for the event; unique for each author.
    id: String,
    /// The text as it was typed, to be shown as plain text; or what happened, in one sentence.
    text: String,
    /// When it was stored: milliseconds since 1970-01-01 00:00 UTC.
    at: i64,
    /// Whether the author is a bot with a token. Then a name in `from` that is not the bot's own
    /// belongs to nobody.
    #[serde(default, alias = "program")]
    bot: bool,
    /// In a private conversation: the other member's nickname at the time.
    #[serde(default)]
    to: Option<String>,
    /// How many of the log's events up to this one, itself included, are *hidden*: each changes the
    /// event `of`, which shows it. Hidden events fill no page and are not unread.
    #[serde(default, alias = "quiet")]
    hidden: Seq,
    /// The newest hidden event that has changed this message's text; left out if none has.
    #[serde(default)]
    revision: Seq,
    /// Whether the text of this message was deleted. Then `text` is empty.
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    kind: Option<Kind>,
    /// Of a hidden event: the event that it changes.
    #[serde(default)]
    of: Option<Seq>,
    /// Of the kind `game`: what happened.
    #[serde(default)]
    played: Option<Played>,
    /// In a game message: the present state of its game.
    #[serde(default)]
    game: Option<Game>,
}

impl From<MessageFields> for Message {
    fn from(fields: MessageFields) -> Self {
        let MessageFields { of, text, .. } = fields;
        // Protocol 1 had only one kind, and its programs could leave it out.
        let body = match (fields.kind, fields.played, of) {
            (None, None, None) if fields.deleted => EventBody::Deleted,
            (None, None, None) => EventBody::Text(text),
            (None | Some(Kind::Game), Some(played), _) => EventBody::Game(Box::new(GameBody {
                played,
                state: fields.game,
                text,
            })),
            (Some(Kind::Delete), _, Some(of)) => EventBody::Delete(Deletion { of, text }),
            (_, _, of) => EventBody::Unknown(UnknownBody { of, text }),
        };
        Self {
            room: fields.room,
            seq: fields.seq,
            from: fields.from,
            author: fields.author,
            id: fields.id,
            at: fields.at,
            bot: fields.bot,
            to: fields.to,
            hidden: fields.hidden,
            revision: fields.revision,
            body,
        }
    }
}

/// The same fields, to be encoded.
#[derive(Serialize)]
pub struct BorrowedFields<'a> {
    room: &'a str,
    seq: Seq,
    from: &'a str,
    author: UserId,
    id: &'a str,
    text: &'a str,
    at: i64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bot: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    #[serde(skip_serializing_if = "is_zero")]
    hidden: Seq,
    #[serde(skip_serializing_if = "is_zero")]
    revision: Seq,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    played: Option<&'a Played>,
    #[serde(skip_serializing_if = "Option::is_none")]
    game: Option<&'a Game>,
}

impl<'a> BorrowedFields<'a> {
    pub fn of(message: &'a Message) -> Self {
        let body = &message.body;
        let kind = match body {
            EventBody::Text(_) | EventBody::Deleted | EventBody::Unknown(_) => None,
            EventBody::Delete(_) => Some(Kind::Delete),
            EventBody::Game(_) => Some(Kind::Game),
        };
        Self {
            room: &message.room,
            seq: message.seq,
            from: &message.from,
            author: message.author,
            id: &message.id,
            text: body.text(),
            at: message.at,
            bot: message.bot,
            to: message.to.as_deref(),
            hidden: message.hidden,
            revision: message.revision,
            deleted: matches!(body, EventBody::Deleted),
            kind,
            of: body.target(),
            played: message.played(),
            game: message.game_state(),
        }
    }
}
