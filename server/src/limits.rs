//! The limits that only the server needs. The limits that a client can notice are in
//! [`protocol::limits`].

use std::time::Duration;

/// Writes that wait for the writer. Beyond that, a session stops reading its socket.
pub const WRITER_QUEUE: usize = 4_096;
/// Writes in one transaction.
pub const WRITER_BATCH: usize = 512;

/// Bytes that wait for one socket. Beyond that, the socket is closed as too slow
/// ([`protocol::Close::TooSlow`]), and its client may reconnect.
pub const SEND_QUEUE_BYTES: usize = 4 * 1024 * 1024;
/// Nicknames in all copies of one `presence` frame together: the more users receive it, the fewer
/// names it has.
pub const PRESENCE_COPIES: usize = 10_000;
/// Games of one room that have watchers. Watchers of further games are not counted.
pub const GAMES_WATCHED_IN_A_ROOM: usize = 1_000;

/// Bytes of an oversized frame that are read and dropped so that the close code arrives …
pub const DRAIN_BYTES: usize = 1024 * 1024;
/// … within this time.
pub const DRAIN_TIME: Duration = Duration::from_secs(2);

/// Bytes of a form's body.
pub const FORM_BYTES: usize = 16 * 1024;
/// Accounts of one browser, at `/` and `/u/1/` to `/u/7/`.
pub const ACCOUNT_SLOTS: u8 = 8;
/// From the opening of a connection, or from the last response on it, to the end of a request's
/// head.
pub const REQUEST_TIME: Duration = Duration::from_secs(10);
/// Bytes of a request's head. hyper answers a longer one with 431 (RFC 6585, section 5).
pub const REQUEST_HEAD_BYTES: usize = 32 * 1024;
/// From the end of a request's head to its response, the request's body included.
pub const RESPONSE_TIME: Duration = Duration::from_secs(30);
/// How long a response may wait for a client that takes no byte of it.
pub const WRITE_PROGRESS_TIME: Duration = Duration::from_secs(30);
/// Bytes of a response that wait in the kernel to be sent, beside those that the network is
/// carrying (tcp(7), TCP_NOTSENT_LOWAT). By default the kernel would keep megabytes for each
/// connection, and notice a slow client only after many seconds.
pub const UNSENT_RESPONSE_BYTES: u32 = 64 * 1024;
/// How fast a response has to be taken in the long run. The slowest mobile networks are twice as
/// fast, and the largest response lasts a quarter of an hour at this rate.
pub const WRITE_PROGRESS_BYTES_PER_SECOND: f64 = 1024.0;

/// File descriptors that connections leave to the database, webhooks and everything else: at least
/// so many …
pub const RESERVED_DESCRIPTORS: u64 = 40;
/// … and at most so many.
pub const MOST_RESERVED_DESCRIPTORS: u64 = 256;
/// Refused connections that are answered at the same time. Each needs a descriptor.
pub const ANSWERED_REFUSALS: usize = 4;

/// From the start of a shutdown until every socket is closed.
pub const STOP_TIME: Duration = Duration::from_secs(8);
/// From then until the last database query has ended.
pub const STOPPED_TIME: Duration = Duration::from_secs(1);

/// How long a new nickname stays reserved before its user's first page or socket is seen.
pub const FIRST_RESERVATION: Duration = Duration::from_secs(60);
/// A room with more events than these does not expire, however long nobody is in it …
pub const EXPIRING_EVENTS: u64 = 4;
/// … unless only one person has written in it, at most so many events, …
pub const EXPIRING_MONOLOGUE_EVENTS: u64 = 99;
/// … and nobody was in it for so many times as long as in a room with few events.
pub const EXPIRING_MONOLOGUE_AGES: u32 = 30;
/// How often expired reservations are deleted and the last use of sessions is stored.
pub const CLEANUP_INTERVAL: Duration = Duration::from_secs(10);

/// Messages that one address may send at once before its rate applies, in seconds of the rate.
pub const ADDRESS_BURST_SECONDS: u32 = 10;
/// Bytes of a message's text for which every burst of messages has room …
pub const LONGEST_MESSAGE_BYTES: u32 = 4 * protocol::limits::TEXT_CHARS as u32;
/// … and in the long run.
pub const MEAN_MESSAGE_BYTES: u32 = 2 * 1024;
/// Rooms that all addresses together may create in an hour. Unused rooms expire, so they
/// cannot use up [`protocol::limits::ROOMS`] for good by saying something in each. Only those who
/// write as several people in every room could, and take weeks at the rate of an address.
pub const NEW_ROOMS_PER_HOUR: u32 = 2_000;
/// Users that all addresses together may add in a second in the long run …
pub const NEW_USERS_PER_SECOND: u32 = 100;
/// … and at once.
pub const NEW_USER_BURST: u32 = 5_000;
/// Queries that one address may make at once before its rate applies, in seconds of the rate:
/// enough for all users of a school to join their rooms again.
pub const QUERY_BURST_SECONDS: u32 = 25;
/// Connections that one address may open in a second in the long run …
pub const CONNECTIONS_PER_SECOND: u32 = 50;
/// … and at once.
pub const CONNECTION_BURST: u32 = 2_000;
/// Bytes that one address may read at once before its rate applies, in seconds of the rate.
pub const READ_BURST_SECONDS: u32 = 15;
/// Bytes of the bundle and the icons that one address may read, as a multiple of the bytes of
/// messages and pages. A browser reads them once.
pub const ASSET_FACTOR: u32 = 8;
/// Connections in all if the operator does not say how many, and the limit on open files allows
/// more.
pub const DEFAULT_CONNECTIONS: u64 = 100_000;
/// HTTP requests of one address that are in progress. Behind a proxy, all clients share its
/// connections, so one of them must not take all.
pub const REQUESTS_IN_PROGRESS: u32 = 100;
