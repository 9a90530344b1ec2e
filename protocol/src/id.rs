//! Identifiers: of events, users, private conversations and messages.

use serde::{Deserialize, Serialize};

use crate::{Code, Refusal, limits};

/// An event's number in its room's log: 1, 2, 3 … without a gap. 0 is the position before the
/// first.
pub type Seq = u64;

/// A position in a room's log, and how many of the events up to there are hidden (see
/// [`crate::Message::hidden`]).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogPosition {
    pub seq: Seq,
    pub hidden: Seq,
}

impl LogPosition {
    /// How many of the events up to there are not hidden.
    pub fn nth(self) -> Seq {
        self.seq.saturating_sub(self.hidden)
    }
}

/// A position in a log without hidden events.
impl From<Seq> for LogPosition {
    fn from(seq: Seq) -> Self {
        Self { seq, hidden: 0 }
    }
}

/// A user. Never reused, unlike a nickname, which is only reserved for a while. Below 2^53, so that
/// JavaScript represents it exactly.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct UserId(pub i64);

impl UserId {
    /// The server itself, the author of the events that end a game when its time is over.
    pub const SERVER: Self = Self(0);
}

/// The first character of a private conversation's id. No public room's name can contain it.
pub const DIRECT_PREFIX: char = '@';

/// Whether this is the id of a private conversation and not the name of a public room.
///
/// The conversation need not exist, and the id need not be valid: see [`is_direct_id`].
pub fn is_direct(room: &str) -> bool {
    room.starts_with(DIRECT_PREFIX)
}

/// Whether this is a valid id of a private conversation: [`DIRECT_PREFIX`] and 128 bits as
/// lower-case hexadecimal digits.
pub fn is_direct_id(room: &str) -> bool {
    let digits = room.strip_prefix(DIRECT_PREFIX).unwrap_or_default();
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    digits.len() == 32 && digits.bytes().all(is_digit)
}

/// A client's id for a message: 1 to 36 printable ASCII characters (RFC 20, 0x20 to 0x7E), enough
/// for a UUID. Together with its author it identifies the message forever.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct MessageId(String);

impl MessageId {
    /// # Errors
    /// [`Code::BadId`] if the id is empty, longer than [`limits::ID_CHARS`] or not printable ASCII.
    pub fn parse(id: &str) -> Result<Self, Refusal> {
        let fits = (1..=limits::ID_CHARS).contains(&id.len());
        if fits && id.bytes().all(|b| (0x20..=0x7e).contains(&b)) {
            Ok(Self(id.to_owned()))
        } else {
            Err(Code::BadId.into())
        }
    }

    /// The id on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_to_36_printable_ascii_characters() {
        assert!(MessageId::parse("a").is_ok());
        assert!(MessageId::parse(&"x".repeat(36)).is_ok());
        for bad in ["", &"x".repeat(37), "tab\t", "é", "nul\0"] {
            assert_eq!(
                MessageId::parse(bad).map_err(|r| r.code),
                Err(Code::BadId),
                "{bad:?}"
            );
        }
    }
}
