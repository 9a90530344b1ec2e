//! Parlor's server: rooms, private messages and parlor games, in one process.
//!
//! A map, in reading order. [`command_line`] has the subcommands, [`config`] the settings.
//! [`serve`] starts and stops a server, [`state`] is everything that a request may need, and
//! [`router`] shows every route on one screen. A message's way: [`web`] upgrades the socket, [`ws`]
//! reads it, [`commands`] dispatches it, [`writer`] stores it through [`store`] and passes it to
//! [`hub`], which fills the [`send_queue`] of each subscriber. ARCHITECTURE.md says why.
//!
//! Bots have [`permissions`]. [`webhooks`] post to them, and [`control`] is how the command line
//! creates them.
//!
//! Deliberately absent: the clients `chat`, `send` and `bot`. They are in the crate `cli`.
//!
//! This library is for its own program and for what measures it, not for others.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod accept;
pub mod command_line;
mod commands;
mod config;
mod control;
mod error;
mod hub;
pub mod limits;
mod log;
mod origin;
mod permissions;
mod rate_limit;
mod router;
mod secret;
mod send_queue;
mod serve;
mod site;
mod state;
mod store;
pub mod tls;
mod web;
mod webhooks;
mod writer;
mod ws;

#[cfg(feature = "internals")]
pub use writer::{frames, game_text, measure};
