//! What can be set: by flag, by environment variable, or in a TOML file, in this order.

mod file;

use std::{fmt::Write as _, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{
    ArgMatches, Args, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    parser::ValueSource,
};

use crate::{bot, control::args, log, origin::Origin, store::Durability, terminal};

/// Every option of a running Parlor.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// A TOML file with any of these options, under their long names
    #[arg(long, env = "PARLOR_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The address to listen on; port 0 picks a free port
    #[arg(
        long,
        env = "PARLOR_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:3000"
    )]
    pub listen: SocketAddr,

    /// The data directory, where everything is stored
    #[arg(
        long,
        env = "PARLOR_DATA",
        value_name = "DIRECTORY",
        default_value = "./parlor-data"
    )]
    pub data: PathBuf,

    /// How safely a message is stored before it is delivered: `full`, on the disk; `normal`, in
    /// the operating system, so a power failure may lose the most recent messages
    #[arg(
        long,
        env = "PARLOR_DURABILITY",
        value_name = "LEVEL",
        default_value = "full"
    )]
    pub durability: Durability,

    /// Let people join with just a nickname
    #[arg(long, env = "PARLOR_GUESTS", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub guests: bool,

    /// Messages a user may send per second, with bursts of twice as many; 0 for no limit
    #[arg(long, env = "PARLOR_MESSAGES_PER_SECOND", value_name = "N", default_value_t = protocol::limits::MESSAGES_PER_SECOND, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub messages_per_second: u32,

    /// Milliseconds to delay a busy room's messages so that they are written together; 0 for
    /// no delay
    #[arg(long, env = "PARLOR_LINGER_MS", value_name = "MILLISECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(..=1_000))]
    pub linger_ms: u16,

    /// Another origin whose pages may use this server, like https://chat.example.org
    #[arg(
        long,
        env = "PARLOR_ALLOW_ORIGIN",
        value_name = "ORIGIN", value_parser = origin,
        value_delimiter = ','
    )]
    pub allow_origin: Vec<Origin>,

    /// Take a client's address, scheme, and host from X-Forwarded-For, X-Forwarded-Proto, and
    /// X-Forwarded-Host; use it only behind a proxy that sets them
    #[arg(long, env = "PARLOR_TRUST_PROXY", value_name = "BOOL", default_value_t = false,
          action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    pub trust_proxy: bool,

    /// Seconds to reserve a nickname after the user's last connection closes
    #[arg(long, env = "PARLOR_HOLD_SECONDS", value_name = "SECONDS", default_value_t = 24 * 60 * 60)]
    pub hold_seconds: u32,

    /// Seconds to reserve a nickname after a bot's last connection closes
    #[arg(
        long,
        env = "PARLOR_PROGRAM_HOLD_SECONDS",
        value_name = "SECONDS",
        default_value_t = 60
    )]
    pub bot_hold_seconds: u32,

    /// Seconds to keep showing a user as online after their last connection closes
    #[arg(
        long,
        env = "PARLOR_PRESENCE_GRACE_SECONDS",
        value_name = "SECONDS",
        default_value_t = 10
    )]
    pub presence_grace_seconds: u32,

    /// What to log on standard error, such as `info` or `parlor=debug`
    #[arg(
        long,
        env = "PARLOR_LOG",
        value_name = "FILTER", value_parser = log::check_filter,
        default_value = "info"
    )]
    pub log: String,
}

impl Config {
    /// How long a guest's nickname is held.
    pub fn hold(&self) -> Duration {
        Duration::from_secs(self.hold_seconds.into())
    }

    /// How long a program's nickname is held.
    pub fn bot_hold(&self) -> Duration {
        Duration::from_secs(self.bot_hold_seconds.into())
    }

    /// For how long what is sent to a busy room may linger.
    pub fn linger(&self) -> Duration {
        Duration::from_millis(self.linger_ms.into())
    }

    /// How long who is gone still counts as here.
    pub fn presence_grace(&self) -> Duration {
        Duration::from_secs(self.presence_grace_seconds.into())
    }
}

/// Self-hosted, real-time group chat.
#[derive(Parser)]
#[command(
    name = "parlor",
    version,
    about,
    after_help = "Without a command, `parlor` runs `parlor serve`."
)]
struct CommandLine {
    #[command(subcommand)]
    task: Subtask,
}

#[derive(Subcommand)]
enum Subtask {
    /// Run the server
    Serve(Config),
    /// Print each setting and where it comes from
    Config(Config),
    /// Chat in the terminal, or in a pipe: send lines from standard input, print messages
    Chat(terminal::Chat),
    /// Send one message and exit
    Send(terminal::Send),
    /// Run a game bot
    Bot(bot::Args),
    /// Create, list, and revoke bot tokens
    Token(args::Token),
    /// Manage incoming webhooks: URLs that post messages to a room
    Incoming(args::Incoming),
    /// Manage outgoing webhooks: send a room's messages to a URL
    Outgoing(args::Outgoing),
}

/// What the program was started for.
pub enum Task {
    Serve(Config),
    /// The table to print.
    ShowConfig(String),
    Bot(bot::Args),
    Chat(terminal::Chat),
    Send(terminal::Send),
    Token(args::Token),
    Incoming(args::Incoming),
    Outgoing(args::Outgoing),
}

/// Reads the command line, the environment, and the file that either names.
///
/// # Errors
/// Whatever is wrong with any of them, ready to be printed.
pub fn from_surroundings() -> Result<Task, clap::Error> {
    from(std::env::args_os().collect())
}

fn from(mut arguments: Vec<std::ffi::OsString>) -> Result<Task, clap::Error> {
    // cargo-leptos starts what it has built without a word.
    if arguments.len() == 1 {
        arguments.push("serve".into());
    }
    let command = CommandLine::command();
    let matches = command.clone().try_get_matches_from(&arguments)?;
    // What stands in the file becomes the default, so flag and environment go first, and values
    // are read and judged in the same way wherever they stand.
    let named = matches
        .subcommand()
        .and_then(|(_, task)| task.try_get_one::<PathBuf>("config").ok()?.cloned());
    let (command, matches, from_file) = match named {
        Some(path) => {
            let values = file::read(&path)
                .map_err(|problem| command.clone().error(clap::error::ErrorKind::Io, problem))?;
            let names = values.keys().cloned().collect();
            let command = file::with_defaults(command, &values);
            let matches = command.clone().try_get_matches_from(&arguments)?;
            (command, matches, names)
        }
        None => (command, matches, Vec::new()),
    };
    match CommandLine::from_arg_matches(&matches)?.task {
        Subtask::Serve(config) => Ok(Task::Serve(config)),
        Subtask::Config(_) => Ok(Task::ShowConfig(table(&command, &matches, &from_file))),
        Subtask::Bot(args) => Ok(Task::Bot(args)),
        Subtask::Chat(args) => Ok(Task::Chat(args)),
        Subtask::Send(args) => Ok(Task::Send(args)),
        Subtask::Token(args) => Ok(Task::Token(args)),
        Subtask::Incoming(args) => Ok(Task::Incoming(args)),
        Subtask::Outgoing(args) => Ok(Task::Outgoing(args)),
    }
}

/// An origin: scheme and host, perhaps a port, and nothing else.
fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).ok_or_else(|| "an origin looks like https://chat.example.org".to_owned())
}

/// Each option's value and where it comes from. There are no secrets among the options; whatever is
/// secret is made at random and stored as a hash.
fn table(command: &Command, matches: &ArgMatches, from_file: &[String]) -> String {
    let mut table = String::new();
    let Some((name, matches)) = matches.subcommand() else {
        return table;
    };
    let options = command
        .find_subcommand(name)
        .into_iter()
        .flat_map(Command::get_arguments);
    for option in options {
        let id = option.get_id().as_str();
        let Some(long) = option
            .get_long()
            .filter(|long| !matches!(*long, "help" | "version"))
        else {
            continue;
        };
        let values = matches.get_raw(id).into_iter().flatten();
        let value = values
            .map(|value| value.to_string_lossy())
            .collect::<Vec<_>>()
            .join(",");
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => "command line",
            Some(ValueSource::EnvVariable) => "environment",
            _ if from_file.iter().any(|name| name == long) => "file",
            _ => "default",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{long:24} {value:24} # {source}");
    }
    table
}

#[cfg(test)]
impl Config {
    /// As it comes, on this data folder.
    pub fn on(data: &std::path::Path) -> Self {
        let mut arguments: Vec<_> = ["parlor", "serve", "--data"].map(Into::into).into();
        arguments.push(data.into());
        match from(arguments) {
            Ok(Task::Serve(config)) => config,
            Ok(_) | Err(_) => panic!("`serve` serves"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(arguments: &[&str]) -> String {
        let arguments = ["parlor", "config"].iter().chain(arguments).map(Into::into);
        match from(arguments.collect()) {
            Ok(Task::ShowConfig(table)) => table,
            Ok(_) => panic!("`config` does not serve"),
            Err(error) => panic!("{error}"),
        }
    }

    fn line(table: &str, option: &str) -> String {
        let line = table.lines().find(|line| line.starts_with(option));
        let words: Vec<_> = line.unwrap_or_default().split_whitespace().collect();
        words[1..].join(" ")
    }

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let text = "listen = \"127.0.0.1:4000\"\nmessages-per-second = 5\nguests = false\nallow-origin = [\"https://a.example\", \"https://b.example\"]\n";
        std::fs::write(file.path(), text).expect("writable");
        let path = file.path().to_str().expect("UTF-8");
        let table = shown(&["--config", path, "--messages-per-second", "7"]);
        assert_eq!(line(&table, "listen"), "127.0.0.1:4000 # file");
        assert_eq!(line(&table, "messages-per-second"), "7 # command line");
        assert_eq!(line(&table, "guests"), "false # file");
        assert_eq!(
            line(&table, "allow-origin"),
            "https://a.example,https://b.example # file"
        );
        assert_eq!(line(&table, "data"), "./parlor-data # default");
    }

    #[test]
    fn without_a_command_it_serves() {
        let task = from(vec!["parlor".into()]);
        assert!(matches!(task, Ok(Task::Serve(_))));
    }

    #[test]
    fn an_unknown_option_in_the_file_is_an_error_that_names_it() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), "colour = \"red\"\n").expect("writable");
        let arguments = ["parlor", "serve", "--config"].map(Into::into);
        let path = file.path().as_os_str().to_owned();
        let Err(error) = from(arguments.into_iter().chain([path]).collect()) else {
            panic!("should be refused");
        };
        assert!(error.to_string().contains("colour"), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
}
