//! The subcommands `chat`, `send` and `bot` of `parlor`: clients that connect to a server. Serving
//! and administration are in `server`.
//!
//! A map, in reading order. [`async_client`] is a client on Tokio, around the pure model of the
//! crate `client`; other code can use it, as `examples/echo_bot.rs` does. [`login`] has the options
//! with which a client signs in, and [`outcome`] the exit codes. [`chat`] is the terminal and the
//! pipe, [`send`] sends one message, and [`bot`] plays games.
//!
//! Deliberately absent: everything that serves. This crate knows no store, no hub and no writer.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod async_client;

mod login;
mod outcome;

mod bot;
mod chat;
mod send;

use std::process::ExitCode;

use clap::Subcommand;

/// The target of all log events, so that `--log parlor=debug` covers them.
const LOG_TARGET: &str = "parlor";

/// The subcommands of this crate.
#[derive(Clone, Debug, Subcommand)]
pub enum ClientCommand {
    /// Chat in the terminal, or in a pipe: send lines from standard input, print messages
    Chat(chat::ChatArgs),
    /// Send one message and exit
    Send(send::SendArgs),
    /// Run a game bot
    Bot(bot::BotArgs),
}

impl ClientCommand {
    /// Runs the subcommand to its end. The process must have a TLS provider for `https` URLs.
    ///
    /// # Errors
    /// Why it cannot start, as a sentence.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Chat(args) => args.run().map(ExitCode::from),
            Self::Send(args) => args.run().map(ExitCode::from),
            Self::Bot(args) => args.run().map(|()| ExitCode::SUCCESS),
        }
    }
}
