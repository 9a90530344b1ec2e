//! `bench run`: the scenarios, one after the other. `bench floor`: what they are compared with.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use bench::floor;
use bench::scenarios::{Scenario, Setting};
use clap::{Parser, Subcommand, ValueEnum};

/// Parlor under load.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure; figures are lines of JSON on standard output
    Run {
        /// The server's executable
        #[arg(long)]
        server: PathBuf,
        /// How long each run is measured
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// Runs of each, of which the median counts
        #[arg(long, default_value_t = 3)]
        repeat: usize,
        /// Only these
        #[arg(long, value_enum, value_delimiter = ',', num_args = 1..)]
        only: Vec<Scenario>,
        /// Not beyond a hundred thousand stored messages
        #[arg(long)]
        short: bool,
    },
    /// Broadcast with the least that can be done, until killed
    Floor,
}

fn main() -> ExitCode {
    match work(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn work(task: Task) -> Result<()> {
    match task {
        Task::Floor => floor::serve(),
        Task::Run {
            server,
            seconds,
            repeat,
            only,
            short,
        } => {
            if repeat == 0 || seconds <= 0.0 || seconds.is_nan() {
                bail!("nothing would be measured");
            }
            let setting = Setting {
                server,
                seconds,
                repeat,
                is_short: short,
            };
            bench::process::allow_files(12_000)?;
            let all = Scenario::value_variants().iter();
            for scenario in all.filter(|it| only.is_empty() || only.contains(it)) {
                scenario.run(&setting)?;
            }
            Ok(())
        }
    }
}
