//! The options of `parlor token`, `incoming`, `outgoing` and `message`, and what they print.
//! [`rooms`], [`users`] and [`status`] are those of `parlor room`, `user` and `status`.

mod rooms;
mod status;
mod users;

use std::{fmt::Display, io, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use cookie::time::{OffsetDateTime, format_description::well_known::Rfc3339};
use protocol::Seq;
pub use rooms::RoomCommand;
pub use status::StatusCommand;
pub use users::UserCommand;

use super::{Answer, Request, ask, manage::is_of_kind};
use crate::{
    permissions::{Grant, Scope},
    store::{bots::Bot, webhooks},
};

/// Which server to administer.
#[derive(Args, Clone, Debug)]
pub struct DataArg {
    /// The data directory; a server may be using it
    #[arg(
        long = "data",
        env = "PARLOR_DATA",
        value_name = "DIRECTORY",
        default_value = "./parlor-data",
        global = true
    )]
    directory: PathBuf,
}

/// Tokens of bots.
#[derive(Args, Clone, Debug)]
pub struct Token {
    #[command(flatten)]
    data: DataArg,
    #[command(subcommand)]
    subcommand: TokenSubcommand,
}

#[derive(Clone, Debug, Subcommand)]
enum TokenSubcommand {
    /// Create a bot and print its token; the token is shown only once
    Create {
        /// The bot's name; nobody else can use it
        #[arg(long)]
        name: String,
        /// Limit the bot to this public room; may be repeated. Default: all rooms
        #[arg(long = "room", value_name = "ROOM")]
        rooms: Vec<String>,
        /// What the bot may do
        #[arg(long, value_delimiter = ',', required = true)]
        may: Vec<Scope>,
    },
    /// List the bots
    List,
    /// Revoke a bot's token and close its connections
    Revoke {
        #[arg(long)]
        name: String,
    },
}

/// Incoming webhooks.
#[derive(Args, Clone, Debug)]
pub struct Incoming {
    #[command(flatten)]
    data: DataArg,
    #[command(subcommand)]
    subcommand: IncomingSubcommand,
}

#[derive(Clone, Debug, Subcommand)]
enum IncomingSubcommand {
    /// Create a URL that posts messages to a room and print it; it is shown only once
    Create {
        /// The name it posts under, unless a request gives another
        #[arg(long)]
        name: String,
        /// The room
        #[arg(long)]
        room: String,
        /// The server's URL [default: its first public URL, or else http://127.0.0.1:3000]
        #[arg(long)]
        url: Option<String>,
    },
    /// List the webhooks
    List,
    /// Remove a webhook
    Remove {
        #[arg(long)]
        name: String,
    },
}

/// Outgoing webhooks.
#[derive(Args, Clone, Debug)]
pub struct Outgoing {
    #[command(flatten)]
    data: DataArg,
    #[command(subcommand)]
    subcommand: OutgoingSubcommand,
}

#[derive(Clone, Debug, Subcommand)]
enum OutgoingSubcommand {
    /// Send a room's new messages to a URL, and print the secret that signs them
    Create {
        #[arg(long)]
        name: String,
        /// The room
        #[arg(long)]
        room: String,
        /// The URL to send them to
        #[arg(long)]
        url: String,
        /// Send only messages that begin with this word
        #[arg(long, alias = "word", value_name = "WORD")]
        trigger: Option<String>,
        /// Allow a URL in a private network or on this machine
        #[arg(long)]
        allow_private: bool,
    },
    /// List the webhooks: name, room, URL, trigger, the last message that was delivered, `active`
    /// or `disabled`, how many messages were given up, and the last error
    List,
    /// Enable a webhook that was disabled because its receiver answered that it is gone (410)
    Enable {
        #[arg(long)]
        name: String,
    },
    /// Remove a webhook
    Remove {
        #[arg(long)]
        name: String,
    },
}

/// Stored messages.
#[derive(Args, Clone, Debug)]
pub struct Message {
    #[command(flatten)]
    data: DataArg,
    #[command(subcommand)]
    subcommand: MessageSubcommand,
}

#[derive(Clone, Debug, Subcommand)]
enum MessageSubcommand {
    /// Delete the text of a message, for everyone; its number remains
    Remove {
        /// The room, or the id of a private conversation
        #[arg(long)]
        room: String,
        /// The message's number in the room: the end of its link
        #[arg(long, value_name = "NUMBER")]
        seq: Seq,
    },
}

/// Sends the request, and prints the answer.
///
/// # Errors
/// Why the request failed, as a sentence.
pub fn run(
    data: &DataArg,
    request: Request,
    print: impl Fn(Answer) -> io::Result<()>,
) -> anyhow::Result<()> {
    console::log_to_standard_error("warn");
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build()?;
    let answer = runtime.block_on(ask(&data.directory, request))?;
    let problem = match &answer {
        Answer::Secret(_) | Answer::IncomingWebhook { .. } => {
            "It was created, but its secret, which is shown only once, could not be printed: remove \
             it and create another"
        }
        _ => "standard output",
    };
    print(answer).context(problem)
}

impl Token {
    /// See [`run`].
    ///
    /// # Errors
    /// See [`run`].
    pub fn run(self) -> anyhow::Result<()> {
        let request = match self.subcommand {
            TokenSubcommand::Create { name, rooms, may } => Request::AddBot {
                name,
                grant: Grant {
                    may,
                    rooms: (!rooms.is_empty()).then_some(rooms),
                },
            },
            TokenSubcommand::List => Request::Bots,
            TokenSubcommand::Revoke { name } => Request::RemoveBot {
                name,
                is_webhook: false,
            },
        };
        run(&self.data, request, |answer| match answer {
            Answer::Secret(secret) => console::print(secret),
            Answer::Bots(bots) => list(&bots, false),
            _ => Ok(()),
        })
    }
}

impl Incoming {
    /// See [`run`].
    ///
    /// # Errors
    /// See [`run`].
    pub fn run(self) -> anyhow::Result<()> {
        let mut base = None;
        let request = match self.subcommand {
            IncomingSubcommand::Create { name, room, url } => {
                base = url;
                Request::AddBot {
                    name,
                    grant: Grant {
                        may: vec![Scope::Hook],
                        rooms: Some(vec![room]),
                    },
                }
            }
            IncomingSubcommand::List => Request::Bots,
            IncomingSubcommand::Remove { name } => Request::RemoveBot {
                name,
                is_webhook: true,
            },
        };
        run(&self.data, request, |answer| match answer {
            Answer::IncomingWebhook { secret, public_url } => {
                let base = base.clone().or(public_url);
                let base = base.as_deref().unwrap_or("http://127.0.0.1:3000");
                let base = base.trim_end_matches('/');
                console::print(format_args!("{base}/hooks/{secret}"))
            }
            Answer::Bots(bots) => list(&bots, true),
            _ => Ok(()),
        })
    }
}

impl Outgoing {
    /// See [`run`].
    ///
    /// # Errors
    /// See [`run`].
    pub fn run(self) -> anyhow::Result<()> {
        let request = match self.subcommand {
            OutgoingSubcommand::Create {
                name,
                room,
                url,
                trigger,
                allow_private,
            } => Request::AddWebhook(webhooks::NewWebhook {
                name,
                room,
                url,
                trigger,
                private: allow_private,
            }),
            OutgoingSubcommand::List => Request::Webhooks,
            OutgoingSubcommand::Enable { name } => Request::EnableWebhook { name },
            OutgoingSubcommand::Remove { name } => Request::RemoveWebhook { name },
        };
        run(&self.data, request, |answer| match answer {
            Answer::Secret(secret) => console::print(secret),
            Answer::Webhooks(summaries) => {
                for webhooks::WebhookSummary { new, status } in summaries {
                    print_row(&[
                        &new.name,
                        &new.room,
                        &new.url,
                        &new.trigger.unwrap_or_default(),
                        &status.delivered_seq,
                        &if status.disabled {
                            "disabled"
                        } else {
                            "active"
                        },
                        &status.dropped,
                        &status.last_error.unwrap_or_default(),
                    ])?;
                }
                Ok(())
            }
            _ => Ok(()),
        })
    }
}

impl Message {
    /// See [`run`].
    ///
    /// # Errors
    /// See [`run`].
    pub fn run(self) -> anyhow::Result<()> {
        let request = match self.subcommand {
            MessageSubcommand::Remove { room, seq } => Request::RemoveMessage { room, seq },
        };
        run(&self.data, request, |_| Ok(()))
    }
}

/// Prints a line for each bot: its name, its scopes and its rooms.
fn list(bots: &[Bot], are_webhooks: bool) -> io::Result<()> {
    for bot in bots.iter().filter(|it| is_of_kind(it, are_webhooks)) {
        let may: Vec<_> = bot.grant.may.iter().map(|it| it.as_str()).collect();
        let rooms = bot.grant.rooms.as_ref().map(|rooms| rooms.join(", "));
        let rooms = rooms.unwrap_or_else(|| "everywhere".to_owned());
        let may = may.join(",");
        print_row(&[&bot.name, &may, &rooms])?;
    }
    Ok(())
}

/// A time in milliseconds since 1970 as RFC 3339 says, to the second; empty for 0.
fn time(at: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(at / 1_000);
    let time = time.ok().filter(|_| at != 0);
    let time = time.and_then(|time| time.format(&Rfc3339).ok());
    time.unwrap_or_default()
}

/// Prints columns, separated by tabs. A control character in one of them, which could command the
/// terminal or look like the next column, is replaced.
pub fn print_row(columns: &[&dyn Display]) -> io::Result<()> {
    let clean = |column: &&dyn Display| {
        let column = column.to_string();
        column.replace(char::is_control, "\u{fffd}")
    };
    let columns: Vec<_> = columns.iter().map(clean).collect();
    console::print(columns.join("\t"))
}
