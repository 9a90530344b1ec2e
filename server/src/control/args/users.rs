//! The options of `parlor user`, and what it prints.

use clap::{Args, Subcommand};
use protocol::UserId;

use super::{DataArg, print_row, run, time};
use crate::control::{Answer, Request, UserRef};

/// Users.
#[derive(Args, Clone, Debug)]
pub struct UserCommand {
    #[command(flatten)]
    data: DataArg,
    #[command(subcommand)]
    subcommand: UserSubcommand,
}

#[derive(Clone, Debug, Subcommand)]
enum UserSubcommand {
    /// List the users who are signed in: id, nickname, kind, open connections, the time of the last
    /// use, and messages
    List {
        /// Also list users who have signed out, or whose sessions have expired
        #[arg(long)]
        all: bool,
    },
    /// Sign a user out everywhere, and free the nickname
    #[command(group = clap::ArgGroup::new("user").required(true))]
    Remove {
        /// The user's nickname
        #[arg(long, group = "user")]
        name: Option<String>,
        /// The user's id, as `list` prints it
        #[arg(long, group = "user")]
        id: Option<i64>,
        /// Also delete the texts of all the user's messages, for everyone
        #[arg(long)]
        with_messages: bool,
    },
}

impl UserCommand {
    /// See [`run`].
    ///
    /// # Errors
    /// See [`run`].
    pub fn run(self) -> anyhow::Result<()> {
        let request = match self.subcommand {
            UserSubcommand::List { all } => Request::Users { all },
            UserSubcommand::Remove {
                name,
                id,
                with_messages,
            } => Request::RemoveUser {
                user: match id {
                    Some(id) => UserRef::Id(UserId(id)),
                    None => UserRef::Name(name.unwrap_or_default()),
                },
                with_messages,
            },
        };
        run(&self.data, request, |answer| {
            let Answer::Users(users) = answer else {
                return Ok(());
            };
            for user in users {
                print_row(&[
                    &user.user.0,
                    &user.nickname,
                    &user.kind.as_str(),
                    &user.connections.unwrap_or(0),
                    &time(user.seen_at),
                    &user.messages,
                ])?;
            }
            Ok(())
        })
    }
}
