//! What the server says.

use serde::de::value::{self, StringDeserializer};
use serde::de::{Deserializer, IntoDeserializer};
use serde::{Deserialize, Serialize};

use crate::event::is_zero;
use crate::games::GameName;
use crate::{Code, Limits, Message, Refusal, RoomKind, Seq, UserId};

/// What the server says.
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
    Games(Games),
    Scores(Scores),
    Watchers(Watchers),
    Read(Read),
    Typing(Typing),
    Error(Error),
    /// Is the client there? For browsers, which cannot see a WebSocket Ping.
    Ping,
    /// Yes, the server is there.
    Pong,
    Bye(Bye),
}

/// An event on its way to many, borrowed from who has it: travels as [`ServerFrame::Message`].
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerEvent<'a> {
    Message(&'a Message),
}

/// Signed in. User, nickname and token are on disk by now.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Welcome {
    pub nickname: String,
    #[serde(alias = "person")]
    pub user: UserId,
    /// With which a bot returns as the same user; never sent on a cookie's socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    pub protocol: u32,
    pub limits: Limits,
}

/// In the room. What follows in it has a `seq` above this one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Joined {
    pub room: String,
    /// The room as it was asked for, where its name is written differently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    pub kind: RoomKind,
    /// The newest event up to here. Whatever is newer follows as `message`, in order.
    pub seq: Seq,
    /// How many of the events up to there are hidden.
    #[serde(default, skip_serializing_if = "is_zero", alias = "quiet")]
    pub hidden: Seq,
    /// Nicknames: of everybody, oneself first, or of a crowd above [`crate::limits::NAMES`] of
    /// [`crate::limits::NAMES_OF_A_CROWD`].
    pub members: Vec<String>,
    /// How many people are here, oneself included.
    pub online: usize,
    /// Ascending: the newest, or those after `after`.
    pub messages: Vec<Message>,
    /// With `after`: events between `after` and the first message were left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gap: bool,
    /// The first and the last of those that were left out, to be paged with `history`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<[Seq; 2]>,
    /// Up to where this user has read; left out if that was never said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Seq>,
    /// How many of the events up to there are hidden.
    #[serde(default, skip_serializing_if = "is_zero", alias = "read_quiet")]
    pub read_hidden: Seq,
}

/// Out of the room, by one's own `leave`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Left {
    pub room: String,
}

/// Who came and who went: at most [`crate::limits::PRESENCE_NAMES`] names in both lists together,
/// fewer in a crowd.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Presence {
    pub room: String,
    pub joined: Vec<String>,
    pub left: Vec<String>,
    pub online: usize,
}

/// A page of a room's past, ascending.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    pub room: String,
    pub messages: Vec<Message>,
    /// Are there older ones still?
    pub more: bool,
}

/// The public rooms, and one's own private conversations.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rooms {
    pub rooms: Vec<RoomLine>,
    /// The most recently used first, at most [`crate::limits::ROOMS_LISTED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directs: Vec<DirectLine>,
}

/// The games of this user that are going on, as their cards, the newest first.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Games {
    pub games: Vec<Message>,
}

/// Who won how often in a room, those who won most first; then how whoever asks did against each other
/// one. At most [`crate::limits::SCORES`] lines of either.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Scores {
    pub room: String,
    pub scores: Vec<Score>,
}

/// How one user did in one game: against everybody, or against another one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Score {
    pub game: GameName,
    #[serde(alias = "person")]
    pub user: UserId,
    /// The nickname that the user held last.
    pub name: String,
    /// Left out: against everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<UserId>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub against_name: String,
    pub won: u64,
    pub drawn: u64,
    pub lost: u64,
}

/// How many people watch games of a room: only those of which that has changed, or has just been
/// asked.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Watchers {
    pub room: String,
    /// The games' cards, each with how many people watch it.
    pub games: Vec<[u64; 2]>,
}

/// This user has read everything up to `seq`, here or elsewhere.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Read {
    pub room: String,
    pub seq: Seq,
    /// How many of the events up to there are hidden.
    #[serde(default, skip_serializing_if = "is_zero", alias = "quiet")]
    pub hidden: Seq,
}

/// These people are typing a message for the room.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Typing {
    pub room: String,
    /// Nicknames, at most [`crate::limits::TYPERS`].
    pub names: Vec<String>,
}

/// Something was refused; the connection lives on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Error {
    #[serde(deserialize_with = "code")]
    pub code: Code,
    pub message: String,
    /// The id of the message that was refused, if it had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The room of the frame that was refused, as it was asked for, if it was about one.
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
    /// When to come back, in milliseconds; left out if coming back will not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// A public room in a list.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomLine {
    pub room: String,
    /// How many people are in it.
    pub online: usize,
}

/// A private conversation in its member's list.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectLine {
    /// The conversation's id.
    pub room: String,
    /// The other one's nickname, as last held.
    pub with: String,
    /// Whether the other one holds it still: if not, it may be somebody else's by now.
    #[serde(default)]
    pub holds: bool,
    /// Its newest message.
    pub seq: Seq,
    /// How many of the events up to there are hidden.
    #[serde(default, skip_serializing_if = "is_zero", alias = "quiet")]
    pub hidden: Seq,
    /// Up to where this user has read it.
    #[serde(default)]
    pub read: Seq,
    /// How many of the events up to there are hidden.
    #[serde(default, skip_serializing_if = "is_zero", alias = "read_quiet")]
    pub read_hidden: Seq,
}

/// A code that this version does not know is a refusal all the same, and final.
fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
    let code = String::deserialize(deserializer)?;
    // Its name in protocol 1.
    if code == "no_such_person" {
        return Ok(Code::NoSuchUser);
    }
    let code: StringDeserializer<value::Error> = code.into_deserializer();
    Ok(Code::deserialize(code).unwrap_or(Code::Internal))
}

/// A refusal that does not say what it is about.
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
    /// The refusal as a frame; `id` is that of the message that was refused, `room` the one that
    /// was asked for.
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
    fn a_refusal_of_a_newer_server_is_a_refusal() {
        let line = r#"{"type":"error","code":"brand_new","message":"No.","id":"m1"}"#;
        let error = Error {
            id: Some("m1".into()),
            ..Refusal::new(Code::Internal, "No.").into()
        };
        let read: ServerFrame = serde_json::from_str(line).expect("a frame");
        assert_eq!(read, ServerFrame::Error(error));
    }

    #[test]
    fn a_message_travels_flat() {
        let frame = ServerFrame::Message(Message {
            room: "tea".into(),
            seq: 1,
            from: "Toto".into(),
            author: UserId(7),
            id: "m1".into(),
            text: "hi".into(),
            at: 5,
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
