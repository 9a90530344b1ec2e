//! Refusals: a stable code for programs, and a sentence for people.

use serde::{Deserialize, Serialize};

use crate::limits;

/// Why a request was refused. Codes are stable: bots may rely on them. Sentences may be reworded.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    // Lines that cannot be decoded
    BadJson,
    UnknownType,
    BadField,
    BinaryFrame,
    TooLarge,
    // Users and connections
    LoginFirst,
    AlreadySignedIn,
    BadNickname,
    NicknameTaken,
    BadToken,
    GuestsOff,
    TooManySignIns,
    TooManySockets,
    ForeignOrigin,
    NotAllowed,
    // Rooms and addresses
    BadRoomName,
    RoomNameTaken,
    NoSuchRoom,
    NotInRoom,
    TooManyRooms,
    TooManyNewRooms,
    ReadOnly,
    NotFound,
    WrongMethod,
    // Messages
    NoSuchUser,
    ToYourself,
    Blank,
    TooLong,
    BadId,
    IdReused,
    TooFast,
    // Games
    NoSuchGame,
    NotYourGame,
    NotYourTurn,
    OutsideBoard,
    PlaceTaken,
    SeatTaken,
    NotBegun,
    GameOver,
    AlreadyOffered,
    Away,
    TooManyGames,
    // The server
    StorageUnavailable,
    StorageFull,
    Internal,
}

impl Code {
    /// The code on the wire, such as `nickname_taken`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadJson => "bad_json",
            Self::UnknownType => "unknown_type",
            Self::BadField => "bad_field",
            Self::BinaryFrame => "binary_frame",
            Self::TooLarge => "too_large",
            Self::LoginFirst => "login_first",
            Self::AlreadySignedIn => "already_signed_in",
            Self::BadNickname => "bad_nickname",
            Self::NicknameTaken => "nickname_taken",
            Self::BadToken => "bad_token",
            Self::GuestsOff => "guests_off",
            Self::TooManySignIns => "too_many_sign_ins",
            Self::TooManySockets => "too_many_sockets",
            Self::ForeignOrigin => "foreign_origin",
            Self::NotAllowed => "not_allowed",
            Self::BadRoomName => "bad_room_name",
            Self::RoomNameTaken => "room_name_taken",
            Self::NoSuchRoom => "no_such_room",
            Self::NotInRoom => "not_in_room",
            Self::TooManyRooms => "too_many_rooms",
            Self::TooManyNewRooms => "too_many_new_rooms",
            Self::ReadOnly => "read_only",
            Self::NotFound => "not_found",
            Self::WrongMethod => "wrong_method",
            Self::NoSuchUser => "no_such_user",
            Self::ToYourself => "to_yourself",
            Self::Blank => "blank",
            Self::TooLong => "too_long",
            Self::BadId => "bad_id",
            Self::IdReused => "id_reused",
            Self::TooFast => "too_fast",
            Self::NoSuchGame => "no_such_game",
            Self::NotYourGame => "not_your_game",
            Self::NotYourTurn => "not_your_turn",
            Self::OutsideBoard => "outside_board",
            Self::PlaceTaken => "place_taken",
            Self::SeatTaken => "seat_taken",
            Self::NotBegun => "not_begun",
            Self::GameOver => "game_over",
            Self::AlreadyOffered => "already_offered",
            Self::Away => "away",
            Self::TooManyGames => "too_many_games",
            Self::StorageUnavailable => "storage_unavailable",
            Self::StorageFull => "storage_full",
            Self::Internal => "internal",
        }
    }

    /// The sentence for the code, if there is no more specific one.
    pub fn sentence(self) -> String {
        let sentence = match self {
            Self::BadJson => "That is not valid JSON. Send one JSON object per line.",
            Self::UnknownType => "Unknown frame type. Check the “type” field.",
            Self::BadField => "A field is missing or has the wrong type. Correct it and try again.",
            Self::BinaryFrame => "Binary frames are not supported. Send text frames.",
            Self::TooLarge => {
                return format!(
                    "That is too large. Send {} KiB or less at a time.",
                    limits::FRAME_BYTES / 1024
                );
            }
            Self::LoginFirst => "Sign in first: {\"type\":\"login\",\"nickname\":\"…\"}.",
            Self::AlreadySignedIn => {
                "You are already signed in. Open another connection to sign in as someone else."
            }
            Self::BadNickname => "That nickname can't be used. Choose another.",
            Self::NicknameTaken => "That nickname is already in use. Choose another.",
            Self::BadToken => "That token is not valid. Sign in with a nickname.",
            Self::GuestsOff => "Guests can't join this server. Contact its administrator.",
            Self::TooManySignIns => {
                "Too many sign-ins from your address. Wait a moment and try again."
            }
            Self::TooManySockets => {
                return format!(
                    "You already have {} open connections. Close one first.",
                    limits::SOCKETS_PER_USER
                );
            }
            Self::ForeignOrigin => {
                "This request came from another site, so it was blocked. Open Parlor's own page."
            }
            Self::NotAllowed => "This token doesn't have permission to do that. Use another token.",
            Self::BadRoomName => "That room name can't be used. Choose another.",
            Self::RoomNameTaken => {
                "A room with a similar-looking name already exists. Choose another name."
            }
            Self::NoSuchRoom => "That room doesn't exist. Check its name.",
            Self::NotInRoom => "You are not in that room. Join it first.",
            Self::TooManyRooms => {
                return format!(
                    "You are already in {} rooms. Leave one first.",
                    limits::ROOMS_PER_SOCKET
                );
            }
            Self::TooManyNewRooms => "You created too many rooms. Wait a moment and try again.",
            Self::ReadOnly => "That room is for announcements only. Post in another room.",
            Self::NotFound => "Nothing was found at this address. Check it and try again.",
            Self::WrongMethod => "This address doesn't support that method. Use another method.",
            Self::NoSuchUser => "Nobody is using that nickname. Check its spelling.",
            Self::ToYourself => "That is your own nickname. Choose someone else.",
            Self::Blank => "That message is blank. Type something.",
            Self::TooLong => "That message is too long. Shorten or split it.",
            Self::BadId => {
                return format!(
                    "Use an id of 1 to {} printable ASCII characters.",
                    limits::ID_CHARS
                );
            }
            Self::IdReused => "You already used that id for another message. Use a new id.",
            Self::TooFast => "You are sending too fast. Wait a moment and try again.",
            Self::NoSuchGame => "That game doesn't exist in this room. Check its number.",
            Self::NotYourGame => "You are not a player in that game. Watch it, or start your own.",
            Self::NotYourTurn => "It is not your turn. Wait for the other player to move.",
            Self::OutsideBoard => "That square is not on the board. Choose another.",
            Self::PlaceTaken => "That square is already taken. Choose another.",
            Self::SeatTaken => "Someone else already joined that game. Start your own.",
            Self::NotBegun => {
                "That game has not started. Wait until someone accepts the invitation."
            }
            Self::GameOver => "That game is over. Start a new one.",
            Self::AlreadyOffered => {
                "You already offered that. Wait for the other player to answer."
            }
            Self::Away => {
                "That game is timed, and the player who started it is offline. Try again later."
            }
            Self::TooManyGames => {
                return format!(
                    "You already have {} games in progress. Finish one first.",
                    limits::GAMES_PER_USER
                );
            }
            Self::StorageUnavailable => {
                "The server can't write to its disk right now. Try again in a moment."
            }
            Self::StorageFull => {
                "The server's storage is full, so your message waits. Ask its operator to make \
                 space."
            }
            Self::Internal => {
                "The server failed to process that. Trying again won't help: change your request, or \
                 contact the server's administrator."
            }
        };
        sentence.to_owned()
    }
}

/// The answer to a request that the server does not fulfill.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    pub code: Code,
    /// A sentence for people that says what to do about it.
    pub message: String,
    /// Milliseconds after which the same request may succeed, if waiting helps.
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal with its own sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// A refusal with the code's sentence, and the wait after which the same request may succeed.
    pub fn retry_after(code: Code, wait: std::time::Duration) -> Self {
        Self {
            // Rounded up: a client that waits exactly this long must not be refused again.
            retry_after_ms: Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) + 1),
            ..code.into()
        }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code, code.sentence())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_str_returns_the_code_on_the_wire() {
        for code in [Code::BadJson, Code::NicknameTaken, Code::StorageUnavailable] {
            let wire = serde_json::to_value(code).expect("a unit variant is serializable");
            assert_eq!(wire, code.as_str());
        }
    }
}
