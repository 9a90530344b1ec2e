//! `parlor chat` and `parlor send`: the server in a terminal, or in a pipe.
//!
//! [`screen`] is a full screen for people, [`filter`] a line in and a line out for programs, [`send`]
//! one thing said. All stand on the [client](crate::client), which brings them back after whatever
//! happens to the line. Deliberately absent: everything that serves.

mod filter;
mod screen;
mod send;

use std::{
    io::{IsTerminal, stdin, stdout},
    process::ExitCode,
};

use anyhow::Context;
use protocol::RoomName;

use crate::{
    client::{Address, Client, Ended, Identity},
    log, tls,
};

/// Who one is, and where.
#[derive(clap::Args, Clone, Debug)]
pub struct Who {
    /// The server's URL, like https://chat.example.org
    #[arg(
        long,
        env = "PARLOR_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:3000"
    )]
    url: String,

    /// The nickname to sign in with
    #[arg(
        long,
        env = "PARLOR_NICK",
        value_name = "NICKNAME",
        required_unless_present = "token"
    )]
    nick: Option<String>,

    /// The token of a bot or of an earlier session
    #[arg(
        long,
        env = "PARLOR_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        conflicts_with = "nick"
    )]
    token: Option<String>,
}

/// `parlor chat`.
#[derive(clap::Args, Clone, Debug)]
pub struct Chat {
    #[command(flatten)]
    who: Who,

    /// A room to join; may be repeated. Lines you type go to the first
    #[arg(long = "room", value_name = "ROOM", required = true, value_parser = room)]
    rooms: Vec<String>,

    /// In a pipe, print each message as one line of JSON
    #[arg(long)]
    json: bool,
}

/// `parlor send`.
#[derive(clap::Args, Clone, Debug)]
pub struct Send {
    #[command(flatten)]
    who: Who,

    /// The room to send the message to
    #[arg(long, value_name = "ROOM", value_parser = room, required_unless_present = "to")]
    room: Option<String>,

    /// The nickname of someone to message privately
    #[arg(long, value_name = "NICKNAME", conflicts_with = "room")]
    to: Option<String>,

    /// The message; read from standard input if omitted
    text: Option<String>,
}

/// How it went, as an exit code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// All that was said is on the server's disk.
    Stored = 0,
    /// Something was refused; standard error says why.
    Refused = 1,
    /// The server cannot be reached, or has sent one away.
    Away = 3,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

fn room(name: &str) -> Result<String, String> {
    match RoomName::parse(name) {
        Ok(room) => Ok(room.as_str().to_owned()),
        Err(refusal) => Err(refusal.message),
    }
}

impl Who {
    /// Connects and signs in.
    async fn sign_in(&self) -> Result<Client, Ended> {
        let address = Address::parse(&self.url)?;
        let identity = match (&self.token, &self.nick) {
            (Some(token), _) => Identity::Token(token.clone()),
            (None, nick) => Identity::Nickname(nick.clone().unwrap_or_default()),
        };
        Client::open(address, identity).await
    }
}

/// Is it worth trying again? Then the server is away, and nothing is wrong with what was asked.
fn outcome_of(ended: &Ended) -> Outcome {
    match ended {
        Ended::Unreachable { .. } | Ended::Closed { .. } | Ended::Already => Outcome::Away,
        Ended::BadAddress(_) | Ended::Refused(_) => Outcome::Refused,
    }
}

fn alone<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    tls::use_ring();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the async runtime")?;
    let done = runtime.block_on(work);
    // A thread that reads standard input, which nobody may ever close, is not waited for.
    runtime.shutdown_background();
    Ok(done)
}

impl Chat {
    /// On a screen if there is one, else as a filter.
    ///
    /// # Errors
    /// What hinders it to begin, as a sentence.
    pub fn run(self) -> anyhow::Result<Outcome> {
        // The log of this program is not what one wants to see between messages.
        log::to_standard_error("error");
        if stdin().is_terminal() && stdout().is_terminal() {
            alone(screen::run(&self.who, self.rooms))?
        } else {
            alone(filter::run(&self.who, self.rooms, self.json))?
        }
    }
}

impl Send {
    /// Says one thing, and leaves once it is stored.
    ///
    /// # Errors
    /// If there is nothing to be read on standard input.
    pub fn run(self) -> anyhow::Result<Outcome> {
        log::to_standard_error("error");
        alone(send::run(self))?
    }
}
