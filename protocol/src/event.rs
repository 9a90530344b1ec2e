//! The events of a room's log.

mod wire;

use serde::{Deserialize, Serialize, Serializer};

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

/// One event of a room's log, as everybody in the room receives it. For its author it is the
/// acknowledgement, recognized by `id`.
///
/// On the wire the fields of the body are beside the others: docs/PROTOCOL.md describes them.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(from = "wire::MessageFields")]
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
    /// When it was stored: milliseconds since 1970-01-01 00:00 UTC.
    pub at: i64,
    /// Whether the author is a bot with a token. Then a name in `from` that is not the bot's own
    /// belongs to nobody.
    pub bot: bool,
    /// In a private conversation: the other member's nickname at the time.
    pub to: Option<String>,
    /// How many of the log's events up to this one, itself included, are hidden. Hidden events fill
    /// no page and are not unread.
    pub hidden: Seq,
    /// The number of the newest hidden event that has changed what is shown of this event; 0 if
    /// none has. Of two versions of an event, the one with the higher revision is the present one.
    pub revision: Seq,
    pub body: EventBody,
}

/// What an event is. An event with a [target](Self::target) is *hidden*: it changes its target, and
/// whenever the target is read later, it comes in its present state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EventBody {
    /// A message: the text as it was typed, to be shown as plain text.
    Text(String),
    /// A message whose text was deleted.
    Deleted,
    /// Hidden: the text of the target was deleted.
    Delete(Deletion),
    /// Something happened in a game.
    Game(Box<GameBody>),
    /// A kind that this version does not know.
    Unknown(UnknownBody),
}

/// Deletes the text of a message. The message's number remains.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deletion {
    /// The message.
    pub of: Seq,
    /// The deletion in one sentence.
    pub text: String,
}

/// An event of a game.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GameBody {
    pub played: Played,
    /// In a game message: the present state of its game.
    pub state: Option<Game>,
    /// What happened in one sentence, for clients that do not know games.
    pub text: String,
}

/// What every client understands of an event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownBody {
    /// The event that it changes, if it is hidden.
    pub of: Option<Seq>,
    pub text: String,
}

impl EventBody {
    /// The number of the event that this one changes; `None` if it is not hidden.
    pub fn target(&self) -> Option<Seq> {
        match self {
            Self::Text(_) | Self::Deleted => None,
            Self::Delete(deletion) => Some(deletion.of),
            Self::Game(game) => game.played.of(),
            Self::Unknown(unknown) => unknown.of,
        }
    }

    /// The text of a message, or what happened in one sentence. Empty once it was deleted.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Deleted => "",
            Self::Delete(deletion) => &deletion.text,
            Self::Game(game) => &game.text,
            Self::Unknown(unknown) => &unknown.text,
        }
    }

    /// The event's part in a game, if it has one.
    pub fn game(&self) -> Option<&GameBody> {
        match self {
            Self::Game(game) => Some(game),
            Self::Text(_) | Self::Deleted | Self::Delete(_) | Self::Unknown(_) => None,
        }
    }
}

/// An empty text.
impl Default for EventBody {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl From<&str> for EventBody {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// An event that has no state and no words yet.
impl From<Played> for EventBody {
    fn from(played: Played) -> Self {
        Self::Game(Box::new(GameBody {
            played,
            state: None,
            text: String::new(),
        }))
    }
}

impl Message {
    /// Whether the event is hidden: it changes another event, which shows it.
    pub fn is_hidden(&self) -> bool {
        self.body.target().is_some()
    }

    /// The text, as [`EventBody::text`] returns it.
    pub fn text(&self) -> &str {
        self.body.text()
    }

    /// What happened in a game, if the event is one of a game.
    pub fn played(&self) -> Option<&Played> {
        self.body.game().map(|game| &game.played)
    }

    /// The present state of the game, in a game message.
    pub fn game_state(&self) -> Option<&Game> {
        self.body.game()?.state.as_ref()
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

    /// Whether a hidden event changes what is shown of this one. The game of a game message is not
    /// meant here: see [`Game::apply`].
    pub fn is_changed_by(&self, change: &Self) -> bool {
        let is_new = change.seq > self.revision && change.body.target() == Some(self.seq);
        let pair = (&change.body, &self.body);
        is_new && matches!(pair, (EventBody::Delete(_), EventBody::Text(_)))
    }

    /// Changes this event as the hidden event says, if it [does](Self::is_changed_by).
    pub fn apply(&mut self, change: &Self) -> bool {
        let is_changed = self.is_changed_by(change);
        if is_changed {
            self.revision = change.seq;
            self.body = EventBody::Deleted;
        }
        is_changed
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::BorrowedFields::of(self).serialize(serializer)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Message {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Message".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        wire::MessageFields::json_schema(generator)
    }
}

impl<'a> From<&'a Message> for GameEvent<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            seq: message.seq,
            author: message.author,
            from: &message.from,
            played: message.played(),
        }
    }
}

/// Whether the number is left out when it is encoded.
pub(crate) fn is_zero(number: &Seq) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests;
