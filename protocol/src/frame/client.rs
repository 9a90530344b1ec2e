//! What a client says, and what exactly is wrong with a line that says nothing.

use serde::{Deserialize, Serialize};

use super::server::Error;
use crate::games::Act;
use crate::{Code, Refusal, Seq, number, text};

/// What a client says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// A bot's first frame: with a nickname as a new user, with a token as the same again.
    Login {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nickname: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// Joined at once, as if `join` had followed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room: Option<String>,
    },
    /// Enter a room, making it if it is new; with `after`, bring what came since.
    Join {
        room: String,
        #[serde(
            default,
            deserialize_with = "number::bounded",
            skip_serializing_if = "Option::is_none"
        )]
        after: Option<Seq>,
    },
    /// Go out of a room.
    Leave { room: String },
    /// Say something in a room that one is in.
    Room {
        to: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        text: String,
    },
    /// Say something to one user, who is found by nickname at this moment.
    Private {
        to: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        text: String,
    },
    /// Do something in a game of a room that one is in, or of a private conversation; or offer one.
    Game {
        to: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        act: Act,
    },
    /// Ask for one's own games that are going on.
    Games,
    /// Ask who won how often in a room.
    Scores { room: String },
    /// These games of a room are before one's eyes, and no others.
    Watch {
        room: String,
        #[serde(deserialize_with = "number::bounded")]
        games: Vec<Seq>,
    },
    /// Ask for a page of a room's past: the `limit` messages before `before` (exclusive).
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
        /// The hidden events as well, each counting as one of `limit`.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        all: bool,
    },
    /// Ask which rooms there are.
    Rooms,
    /// Everything up to `seq` is read.
    Read {
        room: String,
        #[serde(deserialize_with = "number::bounded")]
        seq: Seq,
    },
    /// A message for this room is being typed.
    Typing { room: String },
    /// Ask whether the server is there.
    Ping,
    /// Answer the server's `ping`.
    Pong,
}

impl ClientFrame {
    /// The frame as one line of JSON.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("frames hold strings and numbers only")
    }

    /// Reads one line of a client's text frame.
    ///
    /// # Errors
    /// The refusal, with the line's `id` or `room` where it has one: [`Code::BadJson`] (also for what is
    /// nested more than 127 deep), [`Code::UnknownType`], [`Code::BadField`] (also for a number above
    /// [`number::MAX`], and for U+0000 in any field).
    pub fn decode(line: &str) -> Result<Self, Error> {
        let frame: Self = serde_json::from_str(line).map_err(|error| diagnose(line, &error))?;
        // In JSON U+0000 is always escaped (RFC 8259, section 7), and hardly any frame has it.
        if text::has_escaped_nul(line) && text::has_escaped_nul(&frame.encode()) {
            return Err(frame.refused(text::nul()));
        }
        Ok(frame)
    }

    /// The refusal of this frame, with the message or the room that it is about.
    pub fn refused(&self, refusal: Refusal) -> Error {
        Error {
            id: self.id().map(str::to_owned),
            room: self.room().map(str::to_owned),
            ..refusal.into()
        }
    }

    /// The room that the frame asks about. What is said or played has an id instead.
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
            | Self::Ping
            | Self::Pong => None,
        }
    }

    /// The id that the sender gave to what is said or played.
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
            | Self::Ping
            | Self::Pong => None,
        }
    }
}

/// Reads a refused line a second time, to say what exactly is wrong with it.
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
        // The only data error that an object with nothing but a type can have besides a missing
        // field is that the type is unknown.
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

/// Whatever a client sent is repeated only so far.
fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

/// serde's own words without their "at line 1 column 99".
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
    fn each_way_of_being_unreadable_has_its_code() {
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
        let error = ClientFrame::decode(negative).expect_err("below any number");
        assert_eq!(
            error.room.as_deref(),
            Some("x"),
            "who asked is told of what"
        );
    }

    #[test]
    fn a_nesting_bomb_is_just_bad_json() {
        let bomb = "[".repeat(100_000);
        assert_eq!(refused(&bomb), (Code::BadJson, None));
        let hidden = format!(r#"{{"type":"rooms","x":{}"#, "{\"a\":".repeat(20_000));
        assert_eq!(refused(&hidden), (Code::BadJson, None));
    }
}
