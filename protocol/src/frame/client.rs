//! The frames that a client sends, and the refusals of lines that are no such frame.

use serde::{Deserialize, Serialize};

use super::server::Error;
use crate::games::Act;
use crate::{Code, Refusal, Seq, number, text};

/// A frame from a client.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame of a client without a cookie: with a nickname it becomes a new user, with a
    /// token it is the same user again.
    Login {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nickname: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// A room to join at once, as if `join` followed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<String>,
    },
    /// Joins a room and creates it if it is new. With `after`, the answer brings all later events.
    Join {
        room: String,
        #[serde(
            default,
            deserialize_with = "number::bounded",
            skip_serializing_if = "Option::is_none"
        )]
        after: Option<Seq>,
    },
    /// Leaves a room.
    Leave { room: String },
    /// Sends a message to a room that the user is in, or to a private conversation by its id.
    Room {
        to: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        text: String,
    },
    /// Sends a message to one user, found by the current nickname.
    Private {
        to: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        text: String,
    },
    /// Acts in a game of a room that the user is in, or of a private conversation, or offers a
    /// game.
    Game {
        to: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        act: Act,
    },
    /// Requests the user's own open and running games.
    Games,
    /// Requests who won how often in a room.
    Scores { room: String },
    /// Replaces the set of games of a room that the user is viewing.
    Watch {
        room: String,
        #[serde(deserialize_with = "number::bounded")]
        games: Vec<Seq>,
    },
    /// Requests a page of older messages: the `limit` messages before `before` (exclusive).
    History {
        room: String,
        #[serde(
            default,
            deserialize_with = "number::bounded",
            skip_serializing_if = "Option::is_none"
        )]
        before: Option<Seq>,
        /// 1 to [`crate::limits::HISTORY_PAGE`]; [`crate::limits::NEWEST`] if left out.
        #[serde(
            default,
            deserialize_with = "number::bounded",
            skip_serializing_if = "Option::is_none"
        )]
        limit: Option<u64>,
        /// Includes hidden events, which then count toward `limit`.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        all: bool,
    },
    /// Requests the public rooms and the user's private conversations.
    Rooms,
    /// Moves the user's read marker: everything up to `seq` is read.
    Read {
        room: String,
        #[serde(deserialize_with = "number::bounded")]
        seq: Seq,
    },
    /// The user is typing a message for this room.
    Typing { room: String },
    /// Ends the user's session on all sockets, and frees the nickname.
    Logout,
    /// Asks whether the server is alive.
    Ping,
    /// Answers the server's `ping`.
    Pong,
}

impl ClientFrame {
    /// The frame as one line of JSON.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("frames hold strings and numbers only")
    }

    /// Decodes one line of a client's text frame.
    ///
    /// # Errors
    /// The refusal, with the line's `id` or `room` if it has one: [`Code::BadJson`] (also for JSON
    /// that is nested more than 127 deep), [`Code::UnknownType`], [`Code::BadField`] (also for a
    /// number above [`number::MAX`], and for U+0000 in any field).
    pub fn decode(line: &str) -> Result<Self, Error> {
        let frame: Self = serde_json::from_str(line).map_err(|error| diagnose(line, &error))?;
        // JSON always escapes U+0000 (RFC 8259, section 7). Hardly any line contains the escape, so
        // only such a line is encoded again, which drops the fields that the server ignores.
        if text::has_escaped_nul(line) && text::has_escaped_nul(&frame.encode()) {
            return Err(frame.refused(text::nul()));
        }
        Ok(frame)
    }

    /// The refusal of this frame, with the `id` or the `room` that it concerns.
    pub fn refused(&self, refusal: Refusal) -> Error {
        Error {
            id: self.id().map(str::to_owned),
            room: self.room().map(str::to_owned),
            ..refusal.into()
        }
    }

    /// The room that a request concerns. Messages and acts in games are identified by their id
    /// instead.
    pub fn room(&self) -> Option<&str> {
        match self {
            Self::Join { room, .. }
            | Self::Leave { room }
            | Self::History { room, .. }
            | Self::Scores { room }
            | Self::Watch { room, .. }
            | Self::Read { room, .. }
            | Self::Typing { room } => Some(room),
            Self::Room { .. }
            | Self::Private { .. }
            | Self::Game { .. }
            | Self::Login { .. }
            | Self::Rooms
            | Self::Games
            | Self::Logout
            | Self::Ping
            | Self::Pong => None,
        }
    }

    /// The id that the client chose for a message or an act in a game.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Room { id, .. } | Self::Private { id, .. } | Self::Game { id, .. } => {
                id.as_deref()
            }
            Self::Login { .. }
            | Self::Join { .. }
            | Self::Leave { .. }
            | Self::Games
            | Self::Scores { .. }
            | Self::Watch { .. }
            | Self::History { .. }
            | Self::Rooms
            | Self::Read { .. }
            | Self::Typing { .. }
            | Self::Logout
            | Self::Ping
            | Self::Pong => None,
        }
    }
}

/// Decodes a refused line a second time, to find out what exactly is wrong with it.
fn diagnose(line: &str, error: &serde_json::Error) -> Error {
    use serde_json::Value;

    let fields = match serde_json::from_str(line) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => {
            let sentence = "Send a JSON object, like {\"type\":\"rooms\"}.";
            return Refusal::new(Code::BadField, sentence).into();
        }
        Err(_) => return Refusal::from(Code::BadJson).into(),
    };
    let text = |name| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let known = |kind: &str| {
        // An object that has only a type is refused either because a field is missing or because
        // the type is unknown.
        let alone = serde_json::json!({ "type": kind });
        match serde_json::from_value::<ClientFrame>(alone) {
            Ok(_) => true,
            Err(error) => !error.to_string().starts_with("unknown variant"),
        }
    };
    let refusal = match fields.get("type").and_then(Value::as_str) {
        None => Refusal::new(
            Code::BadField,
            "Each object needs a “type”, like {\"type\":\"rooms\"}.",
        ),
        Some(kind) if !known(kind) => Refusal::new(
            Code::UnknownType,
            format!(
                "Unknown frame type “{}”. Check its spelling.",
                shorten(kind)
            ),
        ),
        Some(kind) => Refusal::new(
            Code::BadField,
            format!("“{kind}”: {}.", without_position(error)),
        ),
    };
    Error {
        id: text("id"),
        room: text("room"),
        ..refusal.into()
    }
}

/// The beginning of a text from a client, short enough to repeat in a sentence.
fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

/// serde's error message without its "at line 1 column 99".
fn without_position(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let end = words.find(" at line ").unwrap_or(words.len());
    words[..end].chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> (Code, Option<String>) {
        let error = ClientFrame::decode(line).expect_err("should be refused");
        (error.code, error.id)
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let frame = ClientFrame::decode(r#"{"type":"leave","room":"a","shoe":[1,{}]}"#);
        assert_eq!(frame, Ok(ClientFrame::Leave { room: "a".into() }));
        assert_eq!(
            ClientFrame::decode(r#"{"type":"ping","at":1}"#),
            Ok(ClientFrame::Ping)
        );
    }

    #[test]
    fn each_decoding_error_has_its_code() {
        assert_eq!(refused("hello"), (Code::BadJson, None));
        assert_eq!(refused(""), (Code::BadJson, None));
        assert_eq!(refused("[1,2]"), (Code::BadField, None));
        assert_eq!(refused("{}"), (Code::BadField, None));
        assert_eq!(refused(r#"{"type":7}"#), (Code::BadField, None));
        assert_eq!(refused(r#"{"type":"dance"}"#), (Code::UnknownType, None));
        let id = Some("m1".to_owned());
        let missing = r#"{"type":"room","id":"m1","to":"x"}"#;
        assert_eq!(refused(missing), (Code::BadField, id.clone()));
        let wrong = r#"{"type":"room","id":"m1","to":"x","text":[]}"#;
        assert_eq!(refused(wrong), (Code::BadField, id));
        let negative = r#"{"type":"join","room":"x","after":-1}"#;
        assert_eq!(refused(negative), (Code::BadField, None));
        let error = ClientFrame::decode(negative).expect_err("a negative number");
        assert_eq!(
            error.room.as_deref(),
            Some("x"),
            "the refusal names the room"
        );
    }

    #[test]
    fn deeply_nested_json_is_bad_json() {
        let bomb = "[".repeat(100_000);
        assert_eq!(refused(&bomb), (Code::BadJson, None));
        let hidden = format!(r#"{{"type":"rooms","x":{}"#, "{\"a\":".repeat(20_000));
        assert_eq!(refused(&hidden), (Code::BadJson, None));
    }
}
