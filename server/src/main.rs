//! The program `parlor`: the server's subcommands and the clients' on one command line.
//!
//! Serving and administration are in the library beside this file, the clients in the crate `cli`.
//! Only this file names both.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use cli::ClientCommand;
use parlor::command_line::{ServerCommand, parse};

// Most memory is allocated by one thread and freed by another. jemalloc is fast at that, and leaves
// less of the memory fragmented.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Server(ServerCommand),
    #[command(flatten)]
    Client(ClientCommand),
}

/// Ends with code 2 if the command line is wrong or the command fails, and says why on standard
/// error. The clients have further codes.
fn main() -> ExitCode {
    let variable = |name: &str| Some(std::env::var_os(name)?.to_string_lossy().into_owned());
    let parsed = match parse::<CommandLine>(std::env::args_os().collect(), variable) {
        Ok(parsed) => parsed,
        Err(error) => error.exit(),
    };
    parlor::tls::install_crypto_provider();
    let result = match parsed.command_line.command {
        Command::Server(command) => command.run(&parsed.settings),
        Command::Client(command) => command.run(),
    };
    result.unwrap_or_else(|error| {
        console::print_error(format_args!("{error:#}"));
        ExitCode::from(2)
    })
}
