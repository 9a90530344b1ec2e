//! The events of a room's log.

use serde::{Deserialize, Serialize};

use crate::games::{Game, GameEvent, Played};
use crate::{LogPosition, Seq, UserId};

/// The kind of a room: it says who may join.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Anybody may join.
    Public,
    /// A private conversation of two users.
    Direct,
}

/// What an event is if it is not a plain message. Its `text` says the same in words.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something happened in a game: [`Message::played`] says what.
    Game,
}

/// One event of a room's log, as everybody in the room receives it. For its author it is the
/// acknowledgement, recognized by `id`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// The room's name, or the id of the private conversation.
    pub room: String,
    /// The event's number in the room's log.
    pub seq: Seq,
    /// The author's nickname at the time.
    pub from: String,
    /// The author, independent of the nickname.
    pub author: UserId,
    /// The author's id for the event; unique for each author.
    pub id: String,
    /// The text as it was typed, to be shown as plain text.
    pub text: String,
    /// When it was stored: milliseconds since 1970-01-01 00:00 UTC.
    pub at: i64,
    /// Whether the author is a bot with a token. Then a name in `from` that is not the bot's own
    /// belongs to nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not", alias = "program")]
    pub bot: bool,
    /// In a private conversation: the other member's nickname at the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How many of the log's events up to this one, itself included, are *hidden*, such as moves,
    /// which the game message shows. Hidden events fill no page and are not unread.
    #[serde(default, skip_serializing_if = "is_zero", alias = "quiet")]
    pub hidden: Seq,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Of [`Kind::Game`]: what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub played: Option<Box<Played>>,
    /// In a game message: the present state of its game.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Box<Game>>,
}

impl Message {
    /// Whether the event is hidden: only its game message shows it.
    pub fn is_hidden(&self) -> bool {
        let of = self.played.as_ref().map(|played| played.of());
        of.flatten().is_some()
    }

    /// The event's number among those that are not hidden: 1, 2, 3 … without a gap. A hidden event
    /// has the number of the last event before it that is not hidden.
    pub fn nth(&self) -> Seq {
        self.position().nth()
    }

    /// The event's position in the log.
    pub fn position(&self) -> LogPosition {
        LogPosition {
            seq: self.seq,
            hidden: self.hidden,
        }
    }
}

impl<'a> From<&'a Message> for GameEvent<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            seq: message.seq,
            author: message.author,
            from: &message.from,
            played: message.played.as_deref(),
        }
    }
}

/// Whether the number is left out when it is encoded.
pub(crate) fn is_zero(number: &Seq) -> bool {
    *number == 0
}
