//! Every bound, named once. The server holds them, `welcome` announces those that a client can run
//! into, the page shows them.

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

/// Messages a second that one user may send in the long run, unless the server says otherwise.
pub const MESSAGES_PER_SECOND: u32 = 10;
/// Messages that one user may send at once before that rate applies, as a multiple of it.
pub const BURST_SECONDS: u32 = 2;
/// Sockets of one user at the same time.
pub const SOCKETS_PER_USER: usize = 20;
/// Public rooms that one socket may be in.
pub const ROOMS_PER_SOCKET: usize = 100;
/// `read` and `typing` frames a second that one user may send in the long run …
pub const ASIDES_PER_SECOND: u32 = 10;
/// … and at once: one for each room.
pub const ASIDES_BURST: u32 = 100;
/// New rooms that one user may make in a minute.
pub const NEW_ROOMS_PER_MINUTE: u32 = 10;
/// Sign-ins (forms and frames together) from one address in a minute.
pub const SIGN_INS_PER_MINUTE: u32 = 30;
/// Sockets of one address that have not signed in yet.
pub const PENDING_PER_ADDRESS: usize = 1_000;

/// Messages that `joined` brings, and that a page shows at first paint.
pub const NEWEST: usize = 50;
/// Messages in one answer to `history`, at most.
pub const HISTORY_PAGE: usize = 200;
/// Messages that a `join` with `after` catches up on in one go; who is further behind gets a gap.
pub const CATCH_UP: usize = 500;
/// Bytes of messages, as JSON, in one page of them, at most; one message it always holds.
pub const PAGE_BYTES: usize = 64 * 1024;
/// Nicknames in `joined`, as long as no more people than this are in the room …
pub const NAMES: usize = 200;
/// … and of a larger crowd: `online` tells the rest.
pub const NAMES_OF_A_CROWD: usize = 50;
/// Nicknames in one `presence` frame …
pub const PRESENCE_NAMES: usize = 50;
/// … and in all copies of one that go to everybody in a room: more people, fewer names.
pub const PRESENCE_COPIES: usize = 10_000;
/// Nicknames in one `typing` frame.
pub const TYPERS: usize = 3;
/// Public rooms in all.
pub const ROOMS: usize = 50_000;
/// Rooms in one `rooms` answer: the fullest, then the most recently used.
pub const ROOMS_LISTED: usize = 500;

/// Seconds for each move of a game, unless the invitation says otherwise …
pub const CLOCK: u32 = 60;
/// … and what it may say, besides 0 for no clock.
pub const CLOCKS: std::ops::RangeInclusive<u32> = 1..=86_400;
/// An invitation to a game that nobody accepts lapses after so long.
pub const INVITATION_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// Games of one user that are going on, invitations included.
pub const GAMES_PER_USER: usize = 1_000;
/// Invitations to one user that wait for an answer.
pub const INVITATIONS_PER_USER: usize = 100;
/// Lines of a room's table of scores: those who won most.
pub const SCORES: usize = 200;
/// Games that one socket says that it watches in a room.
pub const GAMES_WATCHED: usize = 50;
/// Games of one room that are watched by anybody; of more nobody is told.
pub const GAMES_WATCHED_IN_A_ROOM: usize = 1_000;

/// The room of announcements: everybody reads it, and only tokens that may announce speak in it.
pub const ANNOUNCEMENTS: &str = "announcements";
/// Who comes is told the newest announcement, unless it is read or older than this.
pub const ANNOUNCED_DAYS: i64 = 7;

/// Writes that wait for the writer; beyond that a session stops reading its socket.
pub const WRITER_QUEUE: usize = 4_096;
/// Writes that share one transaction.
pub const WRITER_BATCH: usize = 512;
/// Bytes that wait for one socket; beyond that it is closed as too slow and may come back.
pub const SEND_QUEUE_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of an oversized frame that are read away so that the close code arrives …
pub const DRAIN_BYTES: usize = 1024 * 1024;
/// … for no longer than this.
pub const DRAIN_TIME: Duration = Duration::from_secs(2);

/// Bytes of a form's body.
pub const FORM_BYTES: usize = 16 * 1024;

/// From the opening of a connection, or the last answer on it, to the end of a request's head.
pub const REQUEST_TIME: Duration = Duration::from_secs(10);
/// From the end of a request's head to its answer, the body between them included.
pub const ANSWER_TIME: Duration = Duration::from_secs(30);
/// From the opening of a socket to its `login`.
pub const LOGIN_TIME: Duration = Duration::from_secs(10);
/// How often the server says that it is there.
pub const PING_EVERY: Duration = Duration::from_secs(25);
/// Who says nothing (not even a pong) for so long is gone.
pub const SILENCE: Duration = Duration::from_secs(60);
/// A client that heard nothing for so long reconnects.
pub const SERVER_SILENCE: Duration = Duration::from_secs(40);
/// After so long it is worth trying again what the disk refused.
pub const STORAGE_RETRY: Duration = Duration::from_secs(2);
/// A socket that takes not a byte for so long is closed as too slow.
pub const WRITE_TIME: Duration = Duration::from_secs(10);
/// Changes of presence are gathered for so long at least, and longer where many have to be told.
pub const PRESENCE_EVERY: Duration = Duration::from_millis(250);
/// A user's `typing` is passed on at most once in so long for each room …
pub const TYPING_EVERY: Duration = Duration::from_secs(3);
/// … and holds for so long after the last one.
pub const TYPING_HOLDS: Duration = Duration::from_secs(6);
/// From the first sign that the server stops to the last socket's close.
pub const STOP_TIME: Duration = Duration::from_secs(8);
/// From then on to the end of whatever is still being asked of the database.
pub const STOPPED_TIME: Duration = Duration::from_secs(1);

/// A nickname that was just claimed is held for so long until its first page or socket is seen.
pub const FIRST_HOLD: Duration = Duration::from_secs(60);
/// How often claims that lapsed are deleted and sessions in use are marked as such.
pub const TIDY_EVERY: Duration = Duration::from_secs(10);

/// A session ends when it was not used for so long.
pub const SESSION_DAYS: i64 = 30;
/// People that one browser can be at the same time: `/` and `/u/1/` … `/u/7/`.
pub const ACCOUNT_SLOTS: u8 = 8;

/// What `welcome` announces: the bounds that a client can run into.
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
    /// The limits of a server that lets each user send so many messages a second (0: no limit).
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
