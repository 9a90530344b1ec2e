//! `parlor send`: one message.

use std::{
    io::{Read, stdin},
    time::Duration,
};

use anyhow::Context;
use tokio::time::timeout;

use crate::{
    async_client::{Client, ClientError, Event},
    chat::pipe::INPUT_BYTES,
    login::{LoginArgs, block_on, room},
    outcome::Outcome,
};

/// How long the message may take to be confirmed, once the user is signed in.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);

/// The options of `parlor send`.
#[derive(clap::Args, Clone, Debug)]
pub struct SendArgs {
    #[command(flatten)]
    login: LoginArgs,

    /// The room to send the message to
    #[arg(long, value_name = "ROOM", value_parser = room, required_unless_present = "to")]
    room: Option<String>,

    /// The nickname of someone to message privately
    #[arg(long, value_name = "NICKNAME", conflicts_with = "room")]
    to: Option<String>,

    /// The message; read from standard input if omitted
    text: Option<String>,
}

impl SendArgs {
    /// Sends one message, and ends once it is stored.
    ///
    /// # Errors
    /// If standard input cannot be read.
    pub fn run(self) -> anyhow::Result<Outcome> {
        console::log_to_standard_error("error");
        block_on(run(self))?
    }
}

async fn run(args: SendArgs) -> anyhow::Result<Outcome> {
    let text = match &args.text {
        Some(text) => text.clone(),
        None => {
            let mut text = Vec::new();
            // A text that is far too long is refused anyway, so its end need not be read.
            let read = stdin().take(INPUT_BYTES).read_to_end(&mut text);
            read.context("cannot read standard input")?;
            String::from_utf8_lossy(&text).trim_end().to_owned()
        }
    };
    let client = match args.login.sign_in_patiently().await? {
        Ok(client) => client,
        Err(error) => {
            console::print_error(&error);
            return Ok(Outcome::from(&error));
        }
    };
    let Ok(outcome) = timeout(SEND_TIMEOUT, send(client, &args, text)).await else {
        console::print_error("the message was not confirmed");
        return Ok(Outcome::Unreachable);
    };
    Ok(outcome.unwrap_or_else(|error| {
        console::print_error(&error);
        Outcome::from(&error)
    }))
}

async fn send(mut client: Client, args: &SendArgs, text: String) -> Result<Outcome, ClientError> {
    let sent = match (&args.to, &args.room) {
        (Some(nickname), _) => client.send_direct(nickname, text),
        (None, room) => {
            let room = room.clone().unwrap_or_default();
            client.join(&room);
            client.send(&room, text)
        }
    };
    let outcome = loop {
        match client.next().await? {
            Event::Stored { id, .. } if id == sent => break Outcome::Stored,
            Event::Refused { refusal, .. } | Event::JoinRefused { refusal, .. } => {
                console::print_error(&refusal.message);
                break Outcome::Refused;
            }
            _ => {}
        }
    };
    args.login.end(client).await;
    Ok(outcome)
}
