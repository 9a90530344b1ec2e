//! Parlor: rooms, private messages and parlor games, in one program.
//!
//! A map, in reading order. [`config`] is what can be set, [`server`] puts everything together,
//! [`router`] shows every route on one screen. A message's way: [`web`] upgrades the socket,
//! [`session`] reads it, [`commands`] dispatch it, [`writer`] writes it down through [`store`] and
//! hands it to [`hub`], which fills each listener's [`send queue`]. ARCHITECTURE.md tells why.
//!
//! Bots have [`permissions`]; [`outgoing`] posts to them, and [`control`] is how the command line
//! makes them.
//!
//! [`client`] is the other end of the socket, for programs of this server; [`bot`] is one.
//!
//! A library for its own program and for what measures it, not for others.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod accept;
mod bot;
pub mod client;
mod commands;
mod config;
mod control;
mod hub;
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
mod terminal;
pub mod tls;
mod web;
mod webhooks;
mod writer;
mod ws;

use std::process::ExitCode;

use anyhow::Context as _;
use config::Task;
#[cfg(feature = "internals")]
pub use writer::{frames, measure};

/// What the program does: serves, plays, or shows what is set. Ends with code 2 if something is
/// wrong with that, and says what on standard error.
pub fn main() -> ExitCode {
    let task = match config::from_surroundings() {
        Ok(task) => task,
        Err(error) => error.exit(),
    };
    let result = match task {
        Task::ShowConfig(table) => log::print(table.trim_end()).context("standard output"),
        Task::Serve(config) => serve::serve(config),
        Task::Bot(args) => bot::run(args),
        Task::Chat(args) => return ended(args.run()),
        Task::Send(args) => return ended(args.run()),
        Task::Token(args) => args.run(),
        Task::Incoming(args) => args.run(),
        Task::Outgoing(args) => args.run(),
    };
    ended(result.map(|()| ExitCode::SUCCESS))
}

fn ended(result: anyhow::Result<impl Into<ExitCode>>) -> ExitCode {
    match result {
        Ok(code) => code.into(),
        Err(error) => {
            log::complain(format_args!("{error:#}"));
            ExitCode::from(2)
        }
    }
}
