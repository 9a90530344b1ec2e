//! What a room's log holds.

use serde::{Deserialize, Serialize};

use crate::{PersonId, Seq};

/// Who may be in a room.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Anybody may join.
    Public,
    /// A private conversation of two.
    Direct,
}

/// One event of a room's log, as everybody in the room receives it, its author included: to the
/// author it is the acknowledgement, recognised by `id`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Message {
    /// The room's name, or the id of the private conversation.
    pub room: String,
    /// Its place in the room's log.
    pub seq: Seq,
    /// The author's nickname at the time.
    pub from: String,
    /// The author, whatever the nickname.
    pub author: PersonId,
    /// The id that its author gave it; unique per author.
    pub id: String,
    /// The text as it was typed, to be shown as text.
    pub text: String,
    /// When it was stored: milliseconds since 1970-01-01 00:00 UTC.
    pub at: i64,
    /// In a private conversation: the other one's nickname at the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}
