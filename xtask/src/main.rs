//! Parlor's front door: `cargo xtask run | watch | build | test | soak | fuzz | bench | lint`.
//!
//! The map, in reading order:
//!
//! - [`step`] and [`command`]: how a piece of work is announced, timed and run.
//! - [`workspace`]: where things lie, and which folders are ours to wipe.
//! - [`toolchain`]: finds one Rust that compiles for this machine *and* for the browser, or makes it.
//! - [`bundle`]: the page as the browser loads it, under `target/site`.
//! - [`server`]: the one executable with the page inside it, built and started.
//! - [`watch`]: hands over to cargo-leptos.
//! - [`lint`], [`browser`] and [`test`]: what must hold before anything is merged.
//! - [`soak`]: what must hold for as long as one has the patience to look.
//! - [`fuzz`]: looks for bytes that break a rule, as long as one likes.
//! - [`bench`]: measures what everything costs, beside the least that it could cost.
//!
//! Nothing here is needed by a user who only runs the finished program.

mod bench;
mod browser;
mod bundle;
mod command;
mod fuzz;
mod lint;
mod server;
mod soak;
mod step;
mod test;
mod toolchain;
mod watch;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::step::Steps;

/// Parlor's front door: each command does all the set-up that it needs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and start the server (in the workspace's folder, data in parlor-data)
    Run {
        /// Given to `parlor serve` as they are, e.g. `-- --listen 127.0.0.1:0`
        #[arg(last = true)]
        server: Vec<String>,
    },
    /// Rebuild and reload while editing: prepares the toolchain, then `cargo leptos watch`
    Watch,
    /// Leave one file, target/release/parlor, with the page inside it
    Build,
    /// Lints, unit tests, story tests and browser tests
    Test(test::Options),
    /// Kill the server and break the network for some minutes, while people talk
    Soak(soak::Options),
    /// rustfmt and clippy, on this machine and for the browser
    Lint,
    /// Look for bytes that break a rule
    Fuzz(fuzz::Options),
    /// Measure the pure parts, the server under load and the page; print one table
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let Err(error) = work(Cli::parse().task) else {
        return ExitCode::SUCCESS;
    };
    // Without the backtrace that `{:?}` would add: what went wrong is in other programs.
    eprintln!("\n✗ {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  {cause}");
    }
    ExitCode::FAILURE
}

fn work(task: Task) -> Result<()> {
    let mut steps = Steps::default();
    match task {
        Task::Run { server } => server::run(&mut steps, &server),
        Task::Watch => watch::watch(&mut steps),
        Task::Build => {
            let toolchain = toolchain::ready(&mut steps)?;
            server::build(&mut steps, toolchain).map(drop)
        }
        Task::Test(options) => {
            let outcome = test::test(&mut steps, &options);
            steps.print_summary();
            outcome
        }
        Task::Soak(options) => soak::soak(&mut steps, &options),
        Task::Lint => {
            let toolchain = toolchain::ready(&mut steps)?;
            lint::lint(&mut steps, toolchain)
        }
        Task::Fuzz(options) => fuzz::fuzz(&mut steps, &options),
        Task::Bench(options) => bench::bench(&mut steps, &options),
    }
}
