//! The frames that the server sends.

use serde::de::value::{self, StringDeserializer};
use serde::de::{Deserializer, IntoDeserializer};
use serde::{Deserialize, Serialize};

use crate::event::is_zero;
use crate::games::GameName;
use crate::{Code, Limits, Message, Refusal, RoomKind, Seq, UserId};

/// A frame from the server.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    Welcome(Welcome),
    Joined(Joined),
    Left(Left),
    /// An event of a room's log.
    Message(Message),
    Presence(Presence),
    History(History),
    Rooms(Rooms),
    RoomsChanged(RoomsChanged),
    Games(Games),
    Scores(Scores),
    Watchers(Watchers),
    Read(Read),
    Typing(Typing),
    Error(Error),
    /// Asks whether the client is alive. For browsers, which cannot see a WebSocket Ping.
    Ping,
    /// Answers the client's `ping`.
    Pong,
    Bye(Bye),
}

/// A borrowed event, encoded like [`ServerFrame::Message`].
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerEvent<'a> {
    Message(&'a Message),
}

/// The user is signed in. User, nickname and token are on disk.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Welcome {
    pub nickname: String,
    #[serde(alias = "person")]
    pub user: UserId,
    /// The token with which the client signs in as the same user again. A socket with a cookie gets
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    pub protocol: u32,
    pub limits: Limits,
}

/// The user is in the room. Events that follow have a `seq` above this one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Joined {
    pub room: String,
    /// The client's spelling of the room's name, if it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    pub kind: RoomKind,
    /// The newest event so far. Newer events follow as `message`, in order.
    pub seq: Seq,
    /// How many of the events up to there are hidden.
    #[serde(default, skip_serializing_if = "is_zero", alias = "quiet")]
    pub hidden: Seq,
    /// Nicknames, the user's own first: of everybody, or of [`crate::limits::NAMES_IN_LARGE_ROOM`]
    /// users if there are more than [`crate::limits::NAMES`].
    pub members: Vec<String>,
    /// The users who have these nicknames, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<UserId>,
    /// How many users are in the room, this one included.
    pub online: usize,
    /// The newest messages, or the events after `after`; ascending.
    pub messages: Vec<Message>,
    /// With `after`: events between `after` and the first message are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gap: bool,
    /// The first and the last event that is left out, to be requested with `history`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<[Seq; 2]>,
    /// The user's read marker; left out if it was never set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Seq>,
    /// How many of the events up to there are hidden.
    #[serde(default, skip_serializing_if = "is_zero", alias = "read_quiet")]
    pub read_hidden: Seq,
}

/// The user has left the room, by `leave` or because the room was removed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Left {
    pub room: String,
    /// Whether the room was removed, with all its messages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

/// The users who joined and left a room: at most [`crate::limits::PRESENCE_NAMES`] names in both
/// lists together, fewer in a crowded room.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Presence {
    pub room: String,
    pub joined: Vec<String>,
    /// The users who joined, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<UserId>,
    pub left: Vec<String>,
    pub online: usize,
}

/// A page of older messages, ascending.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    pub room: String,
    pub messages: Vec<Message>,
    /// Whether there are older ones.
    pub more: bool,
}

/// The public rooms, and the user's private conversations.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rooms {
    pub rooms: Vec<RoomLine>,
    /// The most recently used first, at most [`crate::limits::ROOMS_LISTED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directs: Vec<DirectLine>,
}

/// What has changed in the list of public rooms since the last `rooms` or `rooms_changed`. A socket
/// that has asked for `rooms` gets it, at most one in [`crate::limits::ROOMS_CHANGED_EVERY`].
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomsChanged {
    /// The rooms that are new in the list, or whose number of users has changed, in the list's
    /// order: at most [`crate::limits::ROOMS_LISTED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rooms: Vec<RoomLine>,
    /// The names of the rooms that are not in the list any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<String>,
}

/// The user's open and running games, as their game messages, the newest first.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Games {
    pub games: Vec<Message>,
}

/// The results of the games in a room: first each user's results against everybody, the most wins
/// first, then this user's results against each opponent. At most [`crate::limits::SCORES`] entries
/// each.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Scores {
    pub room: String,
    pub scores: Vec<Score>,
}

/// One user's results in one game, against everybody or against one opponent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Score {
    pub game: GameName,
    #[serde(alias = "person")]
    pub user: UserId,
    /// The user's latest nickname.
    pub name: String,
    /// The opponent; left out: everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<UserId>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub against_name: String,
    pub won: u64,
    pub drawn: u64,
    pub lost: u64,
}

/// How many users watch games of a room: all watched games in the answer to `watch`, afterwards
/// only those whose number has changed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Watchers {
    pub room: String,
    /// The number of a game message and the number of its watchers, for each game.
    pub games: Vec<[u64; 2]>,
}

/// The user's read marker has moved to `seq`, set by one of the user's sockets.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Read {
    pub room: String,
    pub seq: Seq,
    /// How many of the events up to there are hidden.
    #[serde(default, skip_serializing_if = "is_zero", alias = "quiet")]
    pub hidden: Seq,
}

/// These users are typing a message for the room.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Typing {
    pub room: String,
    /// Nicknames, at most [`crate::limits::TYPING_NAMES`].
    pub names: Vec<String>,
}

/// A request was refused; the connection stays open.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Error {
    #[serde(deserialize_with = "code")]
    pub code: Code,
    pub message: String,
    /// The id of the refused message, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The room of the refused frame in the client's spelling, if it concerned one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// The server is about to close the socket.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Bye {
    pub message: String,
    /// When to reconnect, in milliseconds; left out if reconnecting will not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// A public room in a list.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomLine {
    pub room: String,
    /// How many users are in it.
    pub online: usize,
}

/// A private conversation in the list of one of its members.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectLine {
    /// The conversation's id.
    pub room: String,
    /// The other member's latest nickname.
    pub with: String,
    /// The other member.
    #[serde(default)]
    pub user: UserId,
    /// Whether the other member still holds it; if not, it may be somebody else's by now.
    #[serde(default)]
    pub holds: bool,
    /// Its newest event.
    pub seq: Seq,
    /// How many of the events up to there are hidden.
    #[serde(default, skip_serializing_if = "is_zero", alias = "quiet")]
    pub hidden: Seq,
    /// The user's read marker.
    #[serde(default)]
    pub read: Seq,
    /// How many of the events up to there are hidden.
    #[serde(default, skip_serializing_if = "is_zero", alias = "read_quiet")]
    pub read_hidden: Seq,
}

/// Reads a code. A code that this version does not know is a final refusal, like an internal error.
fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
    let code = String::deserialize(deserializer)?;
    // Its name in protocol 1.
    if code == "no_such_person" {
        return Ok(Code::NoSuchUser);
    }
    let code: StringDeserializer<value::Error> = code.into_deserializer();
    Ok(Code::deserialize(code).unwrap_or(Code::Internal))
}

/// An error without the `id` or `room` that it concerns.
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code,
            message: refusal.message,
            id: None,
            room: None,
            retry_after_ms: refusal.retry_after_ms,
        }
    }
}

impl ServerFrame {
    /// The refusal as a frame. `id` is the id of the refused message, `room` the requested room.
    pub fn error(refusal: Refusal, id: Option<String>, room: Option<String>) -> Self {
        Self::Error(Error {
            id,
            room,
            ..refusal.into()
        })
    }

    /// The frame as one line of JSON.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("frames hold strings and numbers only")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_code_is_read_as_an_internal_error() {
        let line = r#"{"type":"error","code":"brand_new","message":"No.","id":"m1"}"#;
        let error = Error {
            id: Some("m1".into()),
            ..Refusal::new(Code::Internal, "No.").into()
        };
        let read: ServerFrame = serde_json::from_str(line).expect("a frame");
        assert_eq!(read, ServerFrame::Error(error));
    }

    #[test]
    fn the_fields_of_a_message_are_beside_its_type() {
        let frame = ServerFrame::Message(Message {
            room: "tea".into(),
            seq: 1,
            from: "Toto".into(),
            author: UserId(7),
            id: "m1".into(),
            at: 5,
            body: "hi".into(),
            ..Message::default()
        });
        assert_eq!(
            frame.encode(),
            r#"{"type":"message","room":"tea","seq":1,"from":"Toto","author":7,"id":"m1","text":"hi","at":5}"#
        );
        let read: ServerFrame = serde_json::from_str(&frame.encode()).expect("a frame");
        assert_eq!(read, frame);
    }
}
