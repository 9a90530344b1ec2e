//! `parlor token`, `parlor incoming` and `parlor outgoing`, as they stand on the command line.

use std::{io, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{Answer, Request, ask, manage::is_its_kind};
use crate::{
    log,
    permissions::{Grant, Scope},
    store::{bots::Bot, webhooks},
};

/// Which server is meant.
#[derive(Args, Clone, Debug)]
pub struct DataArg {
    /// The data directory; a server may be using it
    #[arg(
        long,
        env = "PARLOR_DATA",
        value_name = "DIRECTORY",
        default_value = "./parlor-data",
        global = true
    )]
    data: PathBuf,
}

/// Tokens of programs.
#[derive(Args, Clone, Debug)]
pub struct Token {
    #[command(flatten)]
    state: DataArg,
    #[command(subcommand)]
    deed: TokenDeed,
}

#[derive(Clone, Debug, Subcommand)]
enum TokenDeed {
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
    state: DataArg,
    #[command(subcommand)]
    deed: IncomingDeed,
}

#[derive(Clone, Debug, Subcommand)]
enum IncomingDeed {
    /// Create a URL that posts messages to a room and print it; it is shown only once
    Create {
        /// The name it posts under, unless a request gives another
        #[arg(long)]
        name: String,
        /// The room
        #[arg(long)]
        room: String,
        /// The server's URL
        #[arg(long, default_value = "http://127.0.0.1:3000")]
        url: String,
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
    state: DataArg,
    #[command(subcommand)]
    deed: OutgoingDeed,
}

#[derive(Clone, Debug, Subcommand)]
enum OutgoingDeed {
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
        #[arg(long)]
        word: Option<String>,
        /// Allow a URL in a private network or on this machine
        #[arg(long)]
        allow_private: bool,
    },
    /// List the webhooks and the last message each one delivered
    List,
    /// Remove a webhook
    Remove {
        #[arg(long)]
        name: String,
    },
}

/// Does what stands on the command line, and prints what came of it.
///
/// # Errors
/// Why it was not done, as a sentence.
pub fn run(
    state: &DataArg,
    request: Request,
    print: impl Fn(Answer) -> io::Result<()>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build()?;
    let answer = runtime.block_on(ask(&state.data, request))?;
    let problem = match &answer {
        Answer::Secret(_) => {
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
        let request = match self.deed {
            TokenDeed::Create { name, rooms, may } => Request::AddProgram {
                name,
                grant: Grant {
                    may,
                    rooms: (!rooms.is_empty()).then_some(rooms),
                },
            },
            TokenDeed::List => Request::Bots,
            TokenDeed::Revoke { name } => Request::RemoveProgram {
                name,
                is_hook: false,
            },
        };
        run(&self.state, request, |answer| match answer {
            Answer::Secret(secret) => log::print(secret),
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
        let mut base = String::new();
        let request = match self.deed {
            IncomingDeed::Create { name, room, url } => {
                url.trim_end_matches('/').clone_into(&mut base);
                Request::AddProgram {
                    name,
                    grant: Grant {
                        may: vec![Scope::Hook],
                        rooms: Some(vec![room]),
                    },
                }
            }
            IncomingDeed::List => Request::Bots,
            IncomingDeed::Remove { name } => Request::RemoveProgram {
                name,
                is_hook: true,
            },
        };
        run(&self.state, request, |answer| match answer {
            Answer::Secret(secret) => log::print(format_args!("{base}/hooks/{secret}")),
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
        let request = match self.deed {
            OutgoingDeed::Create {
                name,
                room,
                url,
                word,
                allow_private,
            } => Request::AddOutgoing(webhooks::NewWebhook {
                name,
                room,
                url,
                trigger: word,
                private: allow_private,
            }),
            OutgoingDeed::List => Request::Outgoing,
            OutgoingDeed::Remove { name } => Request::RemoveOutgoing { name },
        };
        run(&self.state, request, |answer| match answer {
            Answer::Secret(secret) => log::print(secret),
            Answer::Outgoing(lines) => {
                for webhooks::WebhookSummary { new, delivered_seq } in lines {
                    let trigger = new.trigger.unwrap_or_default();
                    let (name, room, url) = (new.name, new.room, new.url);
                    log::print(format_args!(
                        "{name}\t{room}\t{url}\t{trigger}\t{delivered_seq}"
                    ))?;
                }
                Ok(())
            }
            _ => Ok(()),
        })
    }
}

/// A line for each: its name, what it may do, and where.
fn list(bots: &[Bot], are_hooks: bool) -> io::Result<()> {
    for bot in bots.iter().filter(|it| is_its_kind(it, are_hooks)) {
        let may: Vec<_> = bot.grant.may.iter().map(|it| it.as_str()).collect();
        let rooms = bot.grant.rooms.as_ref().map(|rooms| rooms.join(", "));
        let rooms = rooms.unwrap_or_else(|| "everywhere".to_owned());
        let may = may.join(",");
        log::print(format_args!("{}\t{may}\t{rooms}", bot.name))?;
    }
    Ok(())
}
