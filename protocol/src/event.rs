//! What a room's log holds.

use serde::{Deserialize, Serialize};

use crate::games::{Game, GameEvent, Played};
use crate::{Mark, Seq, UserId};

/// Who may be in a room.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Anybody may join.
    Public,
    /// A private conversation of two.
    Direct,
}

/// What an event is, if it is not plain talk. Its text says it in words all the same.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something happened in a game: [`Message::played`] says what.
    Game,
}

/// One event of a room's log, as everybody in the room receives it, its author included: to the
/// author it is the acknowledgement, recognised by `id`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// The room's name, or the id of the private conversation.
    pub room: String,
    /// Its place in the room's log.
    pub seq: Seq,
    /// The author's nickname at the time.
    pub from: String,
    /// The author, whatever the nickname.
    pub author: UserId,
    /// The id that its author gave it; unique for each author.
    pub id: String,
    /// The text as it was typed, to be shown as text.
    pub text: String,
    /// When it was stored: milliseconds since 1970-01-01 00:00 UTC.
    pub at: i64,
    /// Said by a bot with a token: then a name in `from` that is not its own is nobody's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not", alias = "program")]
    pub bot: bool,
    /// In a private conversation: the other one's nickname at the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How many of the log's events up to this one, itself included, are *hidden*: moves and the like,
    /// which are told on their game's card. They fill no page and are not unread.
    #[serde(default, skip_serializing_if = "is_zero", alias = "quiet")]
    pub hidden: Seq,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Of [`Kind::Game`]: what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub played: Option<Box<Played>>,
    /// On a game's card: how it stands now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub game: Option<Box<Game>>,
}

impl Message {
    /// Is it told on a card, and nowhere else?
    pub fn is_hidden(&self) -> bool {
        let of = self.played.as_ref().map(|played| played.of());
        of.flatten().is_some()
    }

    /// Its place among those that are not hidden: 1, 2, 3 … without a gap. Of a hidden one, that of the
    /// last before it.
    pub fn nth(&self) -> Seq {
        self.mark().nth()
    }

    /// Its place, and how many of the events up to it are hidden.
    pub fn mark(&self) -> Mark {
        Mark {
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

/// Is there nothing to be told?
pub(crate) fn is_zero(number: &Seq) -> bool {
    *number == 0
}
