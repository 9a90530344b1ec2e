//! Parlor's server: rooms, private messages and parlor games, in one process.
//!
//! A map, in reading order. [`command_line`] has the subcommands, [`config`] the settings.
//! [`serve`] starts and stops a server, [`state`] is everything that a request may need, and
//! [`router`] shows every route on one screen. The way of a message: [`ws`] reads it from a socket,
//! [`commands`] dispatches it, [`writer`] stores it through [`store`] and passes it to [`hub`],
//! which pushes it to the [`send_queue`] of each subscriber. ARCHITECTURE.md says why.
//!
//! [`permissions`] says what a bot may do, [`webhooks`] posts messages to outside services, and
//! [`control`] lets the command line create and remove both.
//!
//! Deliberately absent: the clients `chat`, `send` and `bot`. They are in the crate `cli`.
//!
//! This library exists for the executable `parlor`, for benchmarks and for fuzzing. Its interface
//! is not stable.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod accept;
mod clock;
pub mod command_line;
mod commands;
mod config;
mod connection_limit;
mod control;
mod error;
mod host;
mod hub;
pub mod limits;
mod log;
mod origin;
mod peer;
mod permissions;
mod rate_limit;
mod room_expiry;
mod router;
mod secret;
mod send_queue;
mod serve;
mod site;
mod state;
mod store;
mod stream;
mod tickets;
pub mod tls;
mod web;
mod webhooks;
mod writer;
mod ws;

pub use router::paths;

#[cfg(feature = "internals")]
pub use writer::{frames, games::text as game_text, measure};
