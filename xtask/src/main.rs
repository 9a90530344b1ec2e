//! The developers' commands: `cargo xtask run | watch | build | test | audit | soak | fuzz |
//! bench | lint`.
//!
//! The modules, in reading order:
//!
//! - [`step`] and [`command`]: announce, time and run a step.
//! - [`workspace`]: paths and files.
//! - [`toolchain`]: cargo, and the target that browsers run.
//! - [`packages`]: required programs of the operating system, which are installed only on request.
//! - [`leptos`]: the settings of the page in Cargo.toml, for xtask and for cargo-leptos.
//! - [`bundle`]: the page as the browser loads it, under `target/site`.
//! - [`server`]: builds and starts the executable with the page inside it.
//! - [`watch`]: runs cargo-leptos.
//! - [`lint`], [`browser`] and [`test`]: the checks that must pass before a merge.
//! - [`audit`]: looks for known vulnerabilities in what Parlor is built from.
//! - [`soak`]: runs the fault tests for as long as the user wants.
//! - [`fuzz`]: searches for inputs that break a rule.
//! - [`bench`]: measures the cost of everything, beside the least possible cost.
//!
//! None of this is needed to run the finished executable.

mod audit;
mod bench;
mod browser;
mod bundle;
mod command;
mod fuzz;
mod leptos;
mod lint;
mod packages;
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

/// Builds, runs and tests Parlor. Each command prepares what it needs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and start the server in the workspace's directory, with data in parlor-data
    Run {
        /// Passed on to `parlor serve`, e.g. `-- --listen 127.0.0.1:0`
        #[arg(last = true)]
        server: Vec<String>,
    },
    /// Rebuild and reload while editing, with cargo-leptos
    Watch,
    /// Build one file, target/release/parlor, with the page inside it
    Build,
    /// Run lints, unit tests, end-to-end tests and browser tests
    Test(test::TestOptions),
    /// Kill the server and break the network for some minutes, while users send messages
    Soak(soak::SoakOptions),
    /// Run rustfmt and clippy, on this machine and for the browser
    Lint,
    /// Look for known vulnerabilities in the dependencies; this needs internet
    Audit,
    /// Search for inputs that break a rule
    Fuzz(fuzz::FuzzOptions),
    /// Measure the pure parts, the server under load and the page; print one table
    Bench(bench::BenchOptions),
}

fn main() -> ExitCode {
    let Err(error) = execute(Cli::parse().task) else {
        return ExitCode::SUCCESS;
    };
    // Without the backtrace that `{:?}` adds: most errors are those of other programs.
    eprintln!("\n✗ {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  {cause}");
    }
    ExitCode::FAILURE
}

fn execute(task: Task) -> Result<()> {
    let mut steps = Steps::default();
    match task {
        Task::Run { server } => server::run(&mut steps, &server),
        Task::Watch => watch::watch(&mut steps),
        Task::Build => server::build(&mut steps).map(drop),
        Task::Test(options) => {
            let outcome = test::test(&mut steps, &options);
            eprint!("{}", steps.summary());
            outcome
        }
        Task::Soak(options) => soak::soak(&mut steps, &options),
        Task::Lint => {
            toolchain::ensure_wasm_target(&mut steps)?;
            lint::lint(&mut steps)
        }
        Task::Audit => audit::audit(&mut steps),
        Task::Fuzz(options) => fuzz::fuzz(&mut steps, &options),
        Task::Bench(options) => bench::bench(&mut steps, &options),
    }
}
