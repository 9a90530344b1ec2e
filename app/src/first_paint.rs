//! What the server knows when it draws a page, and hands to the browser inside it: so the last
//! messages are readable before any script has run, and hydration asks for nothing.

use protocol::{DirectLine, Message, PersonId, RoomKind, RoomLine, Seq};
use serde::{Deserialize, Serialize};

/// The names under which the server hosts the browser's bundle, from the site's root: they carry a
/// hash where `cargo xtask build` made them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Assets {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// Which page this is, with everything that it shows at first.
// Tagged like the frames: so the browser reads both with the same code.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "page")]
pub enum FirstPaint {
    SignIn(SignIn),
    Chat(Chat),
    /// Nothing is here: 404.
    NotFound {
        seat: u8,
    },
    /// Something else went wrong, in one sentence.
    Trouble {
        seat: u8,
        sentence: String,
    },
}

/// The sign-in form, empty or with what was typed and why it was refused.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct SignIn {
    pub seat: u8,
    /// Somebody sits here already, or did: another person had better sit elsewhere.
    pub known: bool,
    pub nickname: String,
    pub room: String,
    /// The sentence to show beside the nickname.
    pub nickname_problem: Option<String>,
    /// The sentence to show beside the room.
    pub room_problem: Option<String>,
    /// Rooms that exist, as suggestions.
    pub rooms: Vec<RoomLine>,
}

/// The chat of somebody who is signed in.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Chat {
    pub seat: u8,
    pub person: PersonId,
    pub nickname: String,
    /// The public rooms of the house.
    pub rooms: Vec<RoomLine>,
    /// This person's private conversations, the most recently used first.
    pub directs: Vec<DirectLine>,
    /// The conversation that the address names; none on the start page.
    pub room: Option<Conversation>,
}

/// A conversation as it stands at first paint; the socket goes on after `seq`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Conversation {
    /// The room's name or the private conversation's id.
    pub room: String,
    pub kind: RoomKind,
    /// The newest event; 0 in a room where nobody has said anything yet.
    pub seq: Seq,
    /// The newest [`protocol::limits::NEWEST`], ascending.
    pub messages: Vec<Message>,
    pub members: Vec<String>,
    pub online: usize,
}

/// The path under which this seat of the browser lives: "" for the first, then "/u/1" … "/u/7".
pub fn base(seat: u8) -> String {
    if seat == 0 {
        String::new()
    } else {
        format!("/u/{seat}")
    }
}

/// The path of a room's page, percent-encoded (RFC 3986, section 2.1).
pub fn room_path(seat: u8, room: &str) -> String {
    let mut path = format!("{}/rooms/", base(seat));
    for byte in room.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'@' => {
                path.push(char::from(byte));
            }
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

/// The room that a path names, the inverse of [`room_path`]; with or without a slash at its end.
pub fn room_at(path: &str) -> Option<String> {
    let (_, room) = path.split_once("/rooms/")?;
    let room = room.strip_suffix('/').unwrap_or(room);
    let mut bytes = Vec::with_capacity(room.len());
    let mut rest = room.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            _ => byte,
        });
    }
    let room = String::from_utf8(bytes).ok()?;
    let names_one = !room.is_empty() && !room.contains('/');
    names_one.then_some(room)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_has_an_address_whatever_its_name() {
        assert_eq!(room_path(0, "swift-dev"), "/rooms/swift-dev");
        assert_eq!(
            room_path(2, "Čaj o'clock"),
            "/u/2/rooms/%C4%8Caj%20o%27clock"
        );
        assert_eq!(room_path(0, "@x7"), "/rooms/@x7");
    }

    #[test]
    fn an_address_names_its_room() {
        for room in ["swift-dev", "Čaj o'clock", "@x7", "100%"] {
            assert_eq!(room_at(&room_path(3, room)).as_deref(), Some(room));
        }
        assert_eq!(room_at("/rooms/tea/").as_deref(), Some("tea"));
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
