//! The protocol between Parlor's server and its clients: the page, the command line, bots.
//!
//! A map, in reading order. [`frame`] defines what travels over a socket, [`event`] what a room's
//! log holds and [`games`] the games that are played in it. [`refusal`] has the codes of refused
//! requests, [`close`] the codes with which the server closes a socket. [`name`], [`id`], [`text`]
//! and [`number`] check what comes from outside. [`limits`] has every public limit.
//! docs/PROTOCOL.md describes the same for authors of clients, and a test compares it with this
//! crate.
//!
//! Deliberately absent: I/O, clocks, randomness, the server's own limits, and sentences for users,
//! except those that explain a code to developers.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod close;
pub mod event;
pub mod frame;
pub mod games;
pub mod id;
pub mod limits;
pub mod name;
pub mod number;
pub mod refusal;
#[cfg(feature = "schema")]
pub mod schema;
pub mod text;

pub use close::Close;
pub use event::{Deletion, EventBody, GameBody, Message, RoomKind, UnknownBody};
pub use frame::{ClientFrame, DirectLine, RoomLine, ServerEvent, ServerFrame};
pub use id::{DIRECT_PREFIX, LogPosition, MessageId, Seq, UserId, is_direct, is_direct_id};
pub use limits::Limits;
pub use name::{Nickname, RoomName};
pub use refusal::{Code, Refusal};

/// The version that `welcome` announces. It rises only with a change that is not additive.
pub const PROTOCOL_VERSION: u32 = 2;
