//! The language that Parlor's server, page and bots speak. No I/O, no clock, no randomness.
//!
//! Read in this order: [`frame`] says what travels over a socket, [`event`] what a room's log
//! holds, [`games`] what is played in it, [`refusal`] how the server says no, [`close`] why a socket ends, [`name`] what a user
//! or a room may be called, [`text`] and [`number`] which texts and numbers are accepted, [`limits`]
//! every number that bounds any of it. `docs/PROTOCOL.md` tells the
//! same to people who write bots; a test holds the two together.

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
pub use event::{Kind, Message, RoomKind};
pub use frame::{ClientFrame, DirectLine, RoomLine, ServerEvent, ServerFrame};
pub use id::{DIRECT_PREFIX, Mark, MessageId, Seq, UserId, is_direct, is_direct_id};
pub use limits::Limits;
pub use name::{Nickname, RoomName};
pub use refusal::{Code, Refusal};

/// The version that `welcome` announces. Every change is additive, so it rises only if one is not.
pub const PROTOCOL_VERSION: u32 = 2;
