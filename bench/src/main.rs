//! `bench run` runs the scenarios one after the other; `bench floor` is what they are compared
//! with.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use bench::floor;
use bench::scenarios::{Scenario, Settings};
use clap::{Parser, Subcommand, ValueEnum};

/// Parlor under load.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure, and print the figures as lines of JSON
    Run {
        /// The server's executable
        #[arg(long)]
        server: PathBuf,
        /// The length of each run
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// Runs of each kind, of which the median counts
        #[arg(long, default_value_t = 3)]
        repeat: usize,
        /// Only these scenarios
        #[arg(long, value_enum, value_delimiter = ',', num_args = 1..)]
        only: Vec<Scenario>,
        /// No more than a hundred thousand stored messages
        #[arg(long)]
        short: bool,
    },
    /// Broadcast with the least possible work, until killed
    Floor,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Floor => floor::serve(),
        Command::Run {
            server,
            seconds,
            repeat,
            only,
            short,
        } => {
            if repeat == 0 || seconds <= 0.0 || seconds.is_nan() {
                bail!("nothing would be measured");
            }
            let settings = Settings {
                server,
                seconds,
                repeat,
                is_short: short,
            };
            bench::process::allow_files(12_000)?;
            let all = Scenario::value_variants().iter();
            for scenario in all.filter(|it| only.is_empty() || only.contains(it)) {
                scenario.run(&settings)?;
            }
            Ok(())
        }
    }
}
