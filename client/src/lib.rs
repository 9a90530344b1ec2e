//! A client's side of docs/PROTOCOL.md, without I/O: the page, the terminal, the bot and the load
//! generator use this one model.
//!
//! A map, in reading order. [`login`] is how a client signs in. [`machine`] decides when to
//! connect, to wait and to give up. [`pending`] is the list of the messages that the server has not
//! confirmed, under the ids of [`message_id`]. [`room_cursors`] records how far each room was
//! received. [`normal_form`] compares names that users search for.
//!
//! Deliberately absent: sockets, clocks, random numbers and storage. A driver passes events in and
//! runs the actions that are returned: `app` in the browser, `cli` on Tokio.

pub mod login;
pub mod machine;
pub mod message_id;
pub mod normal_form;
pub mod pending;
pub mod room_cursors;

pub use login::Identity;
pub use pending::{Content, PendingMessage, PendingMessages, To};
pub use room_cursors::{Received, RoomCursors};
