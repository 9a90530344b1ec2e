//! The data that the server draws a page from. It sends the data inside the page, so that the
//! latest messages are readable before any script has run, and hydration needs no request.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use crate::json::{Unreadable, read};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use protocol::{DirectLine, LogPosition, Message, RoomKind, RoomLine, UserId};
use serde::{Deserialize, Serialize};

/// The paths of the browser's bundle, from the site's root. After `cargo xtask build` they contain
/// a hash.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Assets {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// The data of a page.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct InitialData {
    pub preferences: Preferences,
    /// When the page was drawn: milliseconds since 1970-01-01 00:00 UTC.
    pub now: i64,
    pub page: Page,
}

/// The same as the text that the server writes into the page.
#[derive(Clone, Debug, PartialEq)]
pub struct SerializedInitialData(pub InitialData);

impl Display for SerializedInitialData {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for SerializedInitialData {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        read(text).map(Self)
    }
}

/// The preferences of a device, from its cookies `theme`, `density`, `keys` and `tz`. The page sets
/// these cookies; they are not secret and belong to no user.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Preferences {
    /// `light` or `dark`; none follows the system.
    pub theme: Option<Theme>,
    /// `compact`: more on a screen.
    pub is_compact: bool,
    /// `combined`: no single letter or sign is a shortcut, for users who dictate or who easily hit
    /// a key by accident (WCAG 2.2, 2.1.4).
    pub has_combined_keys_only: bool,
    /// How many minutes the browser's clock is ahead of UTC, from −1440 to 1440; 0 until the
    /// browser has set the cookie.
    pub minutes_ahead: i16,
}

/// A color theme.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    Light,
    Dark,
}

/// Which page this is, with everything that it shows at first.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub enum Page {
    SignIn(SignIn),
    Chat(Chat),
    /// Nothing is here: 404.
    NotFound {
        account_slot: u8,
    },
    /// Another error, in one sentence.
    Error {
        account_slot: u8,
        sentence: String,
    },
}

/// The sign-in form: empty, or with what was typed and why it was refused.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct SignIn {
    pub account_slot: u8,
    /// The account slot is or was in use: another user should take another slot.
    pub known: bool,
    pub nickname: String,
    pub room: String,
    /// The sentence to show beside the nickname.
    pub nickname_problem: Option<String>,
    /// The sentence to show beside the room.
    pub room_problem: Option<String>,
    /// Existing rooms, as suggestions.
    pub rooms: Vec<RoomLine>,
}

/// The chat of a user who is signed in.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Chat {
    pub account_slot: u8,
    pub user: UserId,
    pub nickname: String,
    /// The public rooms of the server.
    pub rooms: Vec<RoomLine>,
    /// This user's private conversations, the most recently used first.
    pub directs: Vec<DirectLine>,
    /// The messages of this user's running games: the newest [`protocol::limits::NEWEST`].
    pub games: Vec<Message>,
    /// The conversation that the address names.
    pub room: Option<Conversation>,
    /// The user with whom the address begins a private conversation. With neither, it is the start
    /// page.
    pub to: Option<String>,
}

/// A conversation as it was when the page was drawn. The WebSocket continues after `newest`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Conversation {
    /// The room's name or the private conversation's id.
    pub room: String,
    pub kind: RoomKind,
    /// The newest event; 0 in a room that has none.
    pub newest: LogPosition,
    /// The newest [`protocol::limits::NEWEST`], ascending.
    pub messages: Vec<Message>,
    pub members: Vec<String>,
    /// The users who have these nicknames, in the same order.
    pub users: Vec<UserId>,
    pub online: usize,
    /// Up to where this user has read; none if no read marker was ever set.
    pub read: Option<LogPosition>,
}

/// The characters of a name that are escaped in a path: all but the unreserved ones without `~`
/// (RFC 3986, section 2.3), and `@`, with which the id of a private conversation begins.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'@');

/// The pages of rooms, below the path of an account slot.
const ROOMS: &str = "/rooms/";
/// The pages that begin a private conversation.
const PEOPLE: &str = "/to/";

/// The path of an account slot: "" for the first, then "/u/1" to "/u/7".
pub fn base(account_slot: u8) -> String {
    if account_slot == 0 {
        String::new()
    } else {
        format!("/u/{account_slot}")
    }
}

/// The path of a room's page, percent-encoded (RFC 3986, section 2.1).
pub fn room_path(account_slot: u8, room: &str) -> String {
    path(&[&base(account_slot), ROOMS].concat(), room)
}

/// The path of the page that begins a private conversation with a user.
pub fn user_path(account_slot: u8, nickname: &str) -> String {
    path(&[&base(account_slot), PEOPLE].concat(), nickname)
}

fn path(folder: &str, name: &str) -> String {
    let name = utf8_percent_encode(name, ESCAPED);
    [folder, &name.to_string()].concat()
}

/// The room that a path names, the inverse of [`room_path`]; with or without a slash at its end.
pub fn room_at(path: &str) -> Option<String> {
    name_at(path, ROOMS)
}

/// The user that a path names, the inverse of [`user_path`].
pub fn user_at(path: &str) -> Option<String> {
    name_at(path, PEOPLE)
}

fn name_at(path: &str, folder: &str) -> Option<String> {
    // A search for a text would be one more algorithm in the page.
    let mut slashes = path.match_indices('/');
    let name = slashes.find_map(|(at, _)| path[at..].strip_prefix(folder))?;
    let name = name.strip_suffix('/').unwrap_or(name);
    let is_hex = |it: &str| {
        let digits = it.as_bytes().first_chunk::<2>();
        digits.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit))
    };
    // The crate accepts a `%` that begins no escape.
    let is_valid = name.split('%').skip(1).all(is_hex);
    let name = percent_decode_str(name).decode_utf8().ok()?;
    let names_one = is_valid && !name.is_empty() && !name.contains('/');
    names_one.then(|| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_of_any_name_has_an_address() {
        assert_eq!(room_path(0, "swift-dev"), "/rooms/swift-dev");
        assert_eq!(
            room_path(2, "Čaj o'clock"),
            "/u/2/rooms/%C4%8Caj%20o%27clock"
        );
        assert_eq!(room_path(0, "@x7"), "/rooms/@x7");
        assert_eq!(user_path(1, "Toto T."), "/u/1/to/Toto%20T.");
    }

    #[test]
    fn an_address_names_its_room() {
        for room in ["swift-dev", "Čaj o'clock", "@x7", "100%"] {
            assert_eq!(room_at(&room_path(3, room)).as_deref(), Some(room));
        }
        assert_eq!(room_at("/rooms/tea/").as_deref(), Some("tea"));
        assert_eq!(user_at(&user_path(1, "T. T.")).as_deref(), Some("T. T."));
        assert_eq!(room_at(&user_path(0, "tea")), None);
        assert_eq!(
            room_at("/rooms/čaj").as_deref(),
            Some("čaj"),
            "as browsers show it"
        );
        for nowhere in [
            "/",
            "/u/1/",
            "/u/1",
            "/rooms/",
            "/rooms/a/b",
            "/rooms/%",
            "/rooms/%zz",
            "/rooms/%ff",
        ] {
            assert_eq!(room_at(nowhere), None, "{nowhere}");
        }
    }
}
