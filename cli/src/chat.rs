//! `parlor chat`: rooms in a terminal, or in a pipe.
//!
//! [`screen`] is a full-screen interface for users, [`pipe`] reads and prints lines for scripts.
//! Both use [`async_client`](crate::async_client), which reconnects after every loss of the
//! connection.

pub mod pipe;
mod screen;

use std::io::{IsTerminal, stdin, stdout};

use crate::{
    login::{LoginArgs, block_on, room},
    outcome::Outcome,
};

/// The options of `parlor chat`.
#[derive(clap::Args, Clone, Debug)]
pub struct ChatArgs {
    #[command(flatten)]
    login: LoginArgs,

    /// A room to join; may be repeated. Lines you type go to the first
    #[arg(long = "room", value_name = "ROOM", required = true, value_parser = room)]
    rooms: Vec<String>,

    /// In a pipe, print each message as one line of JSON
    #[arg(long)]
    json: bool,
}

impl ChatArgs {
    /// Chats on a full screen if there is a terminal, else in a pipe.
    ///
    /// # Errors
    /// Why it cannot start, as a sentence.
    pub fn run(self) -> anyhow::Result<Outcome> {
        // Log lines would appear between the messages.
        console::log_to_standard_error("error");
        if stdin().is_terminal() && stdout().is_terminal() {
            block_on(screen::run(&self.login, self.rooms))?
        } else {
            block_on(pipe::run(&self.login, self.rooms, self.json))?
        }
    }
}
