//! The subcommands that serve or administer: `serve`, `config`, `status`, `token`, `incoming`,
//! `outgoing`, `message`, `room` and `user`.
//!
//! `main.rs` adds the clients' subcommands. [`parse`] parses the whole command line: it is generic
//! because this crate does not know the clients.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Subcommand, error::ErrorKind};

use crate::{
    config::{Config, Fallbacks},
    control::args::{Incoming, Message, Outgoing, RoomCommand, StatusCommand, Token, UserCommand},
    serve,
    store::restrict_new_files,
};

/// The subcommands that have the options of [`Config`].
const WITH_CONFIG: [&str; 2] = ["serve", "config"];

/// The subcommands of this crate.
#[derive(Clone, Debug, Subcommand)]
pub enum ServerCommand {
    /// Run the server
    Serve(Box<Config>),
    /// Print each setting and where it comes from
    Config(Box<Config>),
    /// Create, list, and revoke bot tokens
    Token(Token),
    /// Manage incoming webhooks: URLs that post messages to a room
    Incoming(Incoming),
    /// Manage outgoing webhooks: send a room's messages to a URL
    Outgoing(Outgoing),
    /// Delete messages
    Message(Message),
    /// List and remove public rooms
    Room(RoomCommand),
    /// List and remove users
    User(UserCommand),
    /// Show how the running server is
    Status(StatusCommand),
}

/// A parsed command line.
#[derive(Debug)]
pub struct Parsed<C> {
    pub command_line: C,
    /// The table that `parlor config` prints.
    pub settings: String,
}

/// Parses the command line, the environment, and the configuration file that one of them names.
/// Without a subcommand, the subcommand is `serve`.
///
/// # Errors
/// What is wrong with any of them, ready to be printed.
pub fn parse<C: CommandFactory + FromArgMatches>(
    mut arguments: Vec<OsString>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Parsed<C>, clap::Error> {
    // cargo-leptos starts the server without arguments.
    if arguments.len() == 1 {
        arguments.push("serve".into());
    }
    let command = C::command();
    let matches = command.clone().try_get_matches_from(&arguments)?;
    let fallbacks = Fallbacks::read(config_file(&matches).as_deref(), variable)
        .map_err(|problem| command.clone().error(ErrorKind::Io, problem))?;
    let command = WITH_CONFIG.iter().fold(command, |command, name| {
        command.mut_subcommand(name, |it| fallbacks.apply(it))
    });
    let matches = command.clone().try_get_matches_from(&arguments)?;
    let settings = match matches.subcommand() {
        Some((name, matches)) if WITH_CONFIG.contains(&name) => {
            let subcommand = command.find_subcommand(name);
            subcommand.map(|it| fallbacks.table(it, matches))
        }
        _ => None,
    };
    Ok(Parsed {
        command_line: C::from_arg_matches(&matches)?,
        settings: settings.unwrap_or_default(),
    })
}

/// The file that `--config` or `PARLOR_CONFIG` names, if the subcommand has this option.
fn config_file(matches: &ArgMatches) -> Option<PathBuf> {
    let (_, matches) = matches.subcommand()?;
    matches.try_get_one::<PathBuf>("config").ok()?.cloned()
}

impl ServerCommand {
    /// Runs the subcommand to its end. `settings` is the table of [`Parsed`].
    ///
    /// # Errors
    /// Why it failed, as a sentence.
    pub fn run(self, settings: &str) -> anyhow::Result<ExitCode> {
        restrict_new_files();
        match self {
            Self::Serve(config) => serve::serve(*config)?,
            Self::Config(_) => {
                let mut lines = settings.lines();
                lines
                    .try_for_each(console::print)
                    .context("standard output")?;
            }
            Self::Token(args) => args.run()?,
            Self::Incoming(args) => args.run()?,
            Self::Outgoing(args) => args.run()?,
            Self::Message(args) => args.run()?,
            Self::Room(args) => args.run()?,
            Self::User(args) => args.run()?,
            Self::Status(args) => args.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct CommandLine {
        #[command(subcommand)]
        command: ServerCommand,
    }

    fn parse_words(words: &[&str]) -> Result<Parsed<CommandLine>, clap::Error> {
        let words = ["parlor"].iter().chain(words).map(Into::into);
        let variable = |name: &str| (name == "PARLOR_HOLD_SECONDS").then(|| "7".to_owned());
        parse(words.collect(), variable)
    }

    #[test]
    fn without_a_subcommand_it_serves() {
        let parsed = parse_words(&[]).expect("a valid command line");
        let ServerCommand::Serve(config) = parsed.command_line.command else {
            panic!("not `serve`: {parsed:?}");
        };
        assert_eq!(config.nickname_reservation_seconds, 7);
    }

    #[test]
    fn config_has_the_same_settings_as_serve() {
        for name in WITH_CONFIG {
            let parsed = parse_words(&[name]).expect("a valid command line");
            let line = "nickname-reservation-seconds 7                        # environment\n";
            assert!(parsed.settings.contains(line), "{}", parsed.settings);
        }
        let parsed = parse_words(&["token", "list"]).expect("a valid command line");
        assert_eq!(parsed.settings, "");
    }

    #[test]
    fn a_problem_of_the_file_has_exit_code_2() {
        let error = parse_words(&["serve", "--config", "/nowhere"]).expect_err("no such file");
        assert!(error.to_string().contains("/nowhere"), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
}
