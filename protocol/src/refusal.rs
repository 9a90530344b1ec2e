//! How the server says no: a code for programs, a sentence for people.

use serde::{Deserialize, Serialize};

use crate::limits;

/// What was wrong. Codes are stable: programs may rely on them, sentences may be reworded.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    // What cannot be read
    BadJson,
    UnknownType,
    BadField,
    BinaryFrame,
    TooLarge,
    // Who is speaking
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
    // Where
    BadRoomName,
    RoomNameTaken,
    NoSuchRoom,
    NotInRoom,
    TooManyRooms,
    TooManyNewRooms,
    ReadOnly,
    NotFound,
    WrongMethod,
    // What is said, and to whom
    NoSuchPerson,
    ToYourself,
    Blank,
    TooLong,
    BadId,
    IdReused,
    TooFast,
    // What is played
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
    // The server itself
    StorageUnavailable,
    Internal,
}

impl Code {
    /// The code as it travels, like `nickname_taken`.
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
            Self::NoSuchPerson => "no_such_person",
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
            Self::Internal => "internal",
        }
    }

    /// The sentence that goes with the code where nothing more particular is said.
    pub fn sentence(self) -> String {
        let sentence = match self {
            Self::BadJson => "That is not JSON. Send one JSON object per line.",
            Self::UnknownType => "There is no frame of that type.",
            Self::BadField => "A field is missing or has the wrong type.",
            Self::BinaryFrame => "Binary frames mean nothing here. Send text.",
            Self::TooLarge => {
                return format!(
                    "That is too large: {} KiB go at once. Send less.",
                    limits::FRAME_BYTES / 1024
                );
            }
            Self::LoginFirst => "Sign in first: {\"type\":\"login\",\"nickname\":\"…\"}.",
            Self::AlreadySignedIn => "You are signed in already.",
            Self::BadNickname => "That cannot be a nickname.",
            Self::NicknameTaken => "That nickname is already in use. Choose another.",
            Self::BadToken => "That token is not known here. Sign in with a nickname.",
            Self::GuestsOff => "This server does not take guests. Ask whoever runs it.",
            Self::TooManySignIns => "Too many sign-ins from your address. Wait a moment.",
            Self::TooManySockets => {
                return format!(
                    "You have {} connections open already. Close one first.",
                    limits::SOCKETS_PER_PERSON
                );
            }
            Self::ForeignOrigin => {
                "That came from another site, so it was not done. Open Parlor's own page."
            }
            Self::NotAllowed => "This token may not do that.",
            Self::BadRoomName => "That cannot be a room's name.",
            Self::RoomNameTaken => {
                "A room whose name looks the same exists already. Choose another name."
            }
            Self::NoSuchRoom => "There is no such room.",
            Self::NotInRoom => "You are not in that room. Join it first.",
            Self::TooManyRooms => {
                return format!(
                    "You are in {} rooms already. Leave one first.",
                    limits::ROOMS_PER_SOCKET
                );
            }
            Self::TooManyNewRooms => "You made many new rooms just now. Wait a moment.",
            Self::ReadOnly => "Only announcements stand in that room. Say it in another one.",
            Self::NotFound => "There is nothing here.",
            Self::WrongMethod => "This address takes requests of other methods.",
            Self::NoSuchPerson => "Nobody has that nickname at the moment.",
            Self::ToYourself => "That is your own nickname. Write to somebody else.",
            Self::Blank => "There is nothing to see in that message. Type something.",
            Self::TooLong => "That message is too long. Shorten or split it.",
            Self::BadId => {
                return format!(
                    "An id has 1 to {} printable ASCII characters.",
                    limits::ID_CHARS
                );
            }
            Self::IdReused => "You sent another text under that id before. Take a new id.",
            Self::TooFast => "That was too fast. Wait a moment and send it again.",
            Self::NoSuchGame => "There is no such game in that room.",
            Self::NotYourGame => {
                "That game is not yours. You can watch it, or offer one of your own."
            }
            Self::NotYourTurn => "It is not your turn. Wait for the other one to play.",
            Self::OutsideBoard => "There is no such place on the board. Play at one of its own.",
            Self::PlaceTaken => "That place is taken already. Play somewhere else.",
            Self::SeatTaken => "Somebody else has that seat already. Offer a game of your own.",
            Self::NotBegun => "That game has not begun yet. Wait until somebody accepts it.",
            Self::GameOver => "That game is over. Offer another one.",
            Self::AlreadyOffered => {
                "You have offered that already. It is the other one’s turn to answer."
            }
            Self::Away => {
                "Whoever offered that game is not here now, and it has a clock. Try again later."
            }
            Self::TooManyGames => {
                return format!(
                    "You have {} games going on already. Finish one first.",
                    limits::GAMES_PER_PERSON
                );
            }
            Self::StorageUnavailable => {
                "The server cannot write to its disk just now. Send it again in a moment."
            }
            Self::Internal => {
                "The server made a mistake with that. Sending it again will not help: change it, or \
                 tell whoever runs the server."
            }
        };
        sentence.to_owned()
    }
}

/// A refusal: the code, what to do about it, and how long to wait if waiting helps.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    pub code: Code,
    /// A sentence for people that says what to do.
    pub message: String,
    /// Milliseconds after which the same may succeed.
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal with a sentence of its own.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// The code's own sentence, and the wait after which the same may succeed.
    pub fn retry_after(code: Code, wait: std::time::Duration) -> Self {
        Self {
            // Rounded up: who waits exactly so long must not be told to wait once more.
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
    fn a_code_travels_under_the_name_it_says() {
        for code in [Code::BadJson, Code::NicknameTaken, Code::StorageUnavailable] {
            let wire = serde_json::to_value(code).expect("a unit variant always serialises");
            assert_eq!(wire, code.as_str());
        }
    }
}
