//! The public limits: every bound that a client can notice, defined once.
//!
//! The server enforces them, `welcome` announces those that a client can run into, and the page
//! shows them. docs/PROTOCOL.md documents them. The server's own limits are in
//! `server/src/limits.rs`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Characters (Unicode scalar values) in a message's text.
pub const TEXT_CHARS: usize = 8_000;
/// Bytes in one WebSocket message from a client. A larger one closes the socket with 1009.
pub const FRAME_BYTES: usize = 128 * 1024;
/// Characters in a nickname, after trimming and NFKC.
pub const NICKNAME_CHARS: usize = 32;
/// Characters in a public room's name, after trimming and NFKC.
pub const ROOM_CHARS: usize = 64;
/// Characters in a message's id.
pub const ID_CHARS: usize = 36;

/// Messages a second that one user may send in the long run, unless the server is configured
/// otherwise.
pub const MESSAGES_PER_SECOND: u32 = 10;
/// Messages that one user may send at once before that rate applies, in seconds of the rate.
pub const BURST_SECONDS: u32 = 2;
/// Sockets of one user at the same time.
pub const SOCKETS_PER_USER: usize = 20;
/// Public rooms that one socket may be in.
pub const ROOMS_PER_SOCKET: usize = 100;
/// `read`, `typing`, `watch` and `games` frames together that one user may send a second in the
/// long run …
pub const EPHEMERAL_PER_SECOND: u32 = 10;
/// … and at once: one for each room.
pub const EPHEMERAL_BURST: u32 = 100;
/// `join`, `history`, `rooms` and `scores` frames, pages, and requests for messages over HTTP
/// together that one user may send a second in the long run …
pub const QUERIES_PER_SECOND: u32 = 50;
/// … and at once: enough to join all rooms again on all sockets.
pub const QUERY_BURST: u32 = 2_500;
/// Rooms that one user may create in a minute.
pub const NEW_ROOMS_PER_MINUTE: u32 = 10;
/// Sign-ins, forms and `login` frames together, from one IP address in a minute. A token that is
/// not valid counts as well. Here and below, an IPv6 address counts as its /64 block, and the
/// server can be configured otherwise.
pub const SIGN_INS_PER_MINUTE: u32 = 60;
/// Sockets of one IP address at the same time.
pub const SOCKETS_PER_ADDRESS: u32 = 200;

/// Messages in `joined` (unless it catches up), on a page's first paint, and in `history` if no
/// `limit` is given.
pub const NEWEST: usize = 50;
/// Messages in one `history` frame, at most.
pub const HISTORY_PAGE: usize = 200;
/// Events that a `join` with `after` catches up on. A client that is further behind gets a gap.
pub const CATCH_UP: usize = 500;
/// Bytes of messages, as JSON, in one page of them. A page holds at least one message, whatever its
/// size.
pub const PAGE_BYTES: usize = 64 * 1024;
/// Users in a room up to which `joined` has all nicknames …
pub const NAMES: usize = 200;
/// … and the nicknames in `joined` of a larger room, whose number of users is in `online`.
pub const NAMES_IN_LARGE_ROOM: usize = 50;
/// Nicknames in one `presence` frame.
pub const PRESENCE_NAMES: usize = 50;
/// Nicknames in one `typing` frame.
pub const TYPING_NAMES: usize = 3;
/// Public rooms in all.
pub const ROOMS: usize = 50_000;
/// Rooms in one `rooms` frame: the fullest first, then the most recently used.
pub const ROOMS_LISTED: usize = 500;

/// Seconds for each move of a game if the invitation does not say …
pub const CLOCK: u32 = 60;
/// … and what an invitation may say, besides 0 for no limit.
pub const CLOCKS: std::ops::RangeInclusive<u32> = 1..=86_400;
/// An invitation to a game expires if nobody accepts it for this long.
pub const INVITATION_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Open and running games of one user, invitations included.
pub const GAMES_PER_USER: usize = 1_000;
/// Invitations to one user that wait for an answer.
pub const INVITATIONS_PER_USER: usize = 100;
/// Entries in either list of a `scores` frame: those with the most wins.
pub const SCORES: usize = 200;
/// Games of one room that one socket watches.
pub const GAMES_WATCHED: usize = 50;

/// The room of announcements. Everybody may read it; only bots with the scope `announce` may post
/// in it.
pub const ANNOUNCEMENTS: &str = "announcements";
/// A user who signs in gets the newest announcement, unless it is read or older than this.
pub const ANNOUNCED_DAYS: i64 = 7;

/// From the opening of a socket to its `login`.
pub const LOGIN_TIME: Duration = Duration::from_secs(10);
/// How often the server sends a WebSocket Ping, and to browsers a `ping`.
pub const PING_EVERY: Duration = Duration::from_secs(25);
/// The server closes a socket on which it has received nothing, not even a Pong, for this long.
pub const SILENCE: Duration = Duration::from_secs(60);
/// A client that has received nothing for this long reconnects.
pub const SERVER_SILENCE: Duration = Duration::from_secs(40);
/// How long to wait before repeating a request that failed because of the storage.
pub const STORAGE_RETRY: Duration = Duration::from_secs(2);
/// Either end closes a socket whose other end has accepted no byte for this long.
pub const WRITE_TIME: Duration = Duration::from_secs(10);
/// The shortest interval between two `presence` frames of a room. In a room with many subscribers
/// it is longer.
pub const PRESENCE_EVERY: Duration = Duration::from_millis(250);
/// The shortest interval between two `rooms_changed` frames to one socket.
pub const ROOMS_CHANGED_EVERY: Duration = Duration::from_secs(2);
/// The server passes on a user's `typing` at most once in this time for each room …
pub const TYPING_EVERY: Duration = Duration::from_secs(3);
/// … and a client shows that the user is typing for this long after the last one.
pub const TYPING_EXPIRY: Duration = Duration::from_secs(6);
/// A session ends when it has not been used for this long.
pub const SESSION_DAYS: i64 = 30;

/// What `welcome` announces: the limits that a client can run into.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limits {
    /// [`TEXT_CHARS`]
    pub text: usize,
    /// [`FRAME_BYTES`]
    pub frame: usize,
    /// Messages a second per user; 0: no limit.
    pub messages_per_second: u32,
    /// Messages that may be sent at once before the rate applies.
    pub burst: u32,
    /// [`SOCKETS_PER_USER`]
    pub sockets: usize,
    /// [`ROOMS_PER_SOCKET`]
    pub rooms: usize,
    /// [`NEW_ROOMS_PER_MINUTE`]
    pub new_rooms_per_minute: u32,
    /// [`HISTORY_PAGE`]
    pub history: usize,
}

impl Limits {
    /// The limits of a server on which each user may send `messages_per_second` (0: no limit).
    pub fn new(messages_per_second: u32) -> Self {
        Self {
            text: TEXT_CHARS,
            frame: FRAME_BYTES,
            messages_per_second,
            burst: messages_per_second * BURST_SECONDS,
            sockets: SOCKETS_PER_USER,
            rooms: ROOMS_PER_SOCKET,
            new_rooms_per_minute: NEW_ROOMS_PER_MINUTE,
            history: HISTORY_PAGE,
        }
    }
}
