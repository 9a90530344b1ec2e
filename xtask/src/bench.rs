//! Measures performance on this machine: the pure parts with criterion, the server under load, and
//! the page in a real browser. A slow figure does not fail the command; a lost message does.

mod figures;
mod pure;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use self::figures::{Row, print_table};
use crate::packages::{self, InstallOption};
use crate::step::Steps;
use crate::{browser, command, server, toolchain, workspace};

#[derive(Args)]
pub struct BenchOptions {
    /// Only these parts or scenarios, e.g. `--only pure,durable`
    #[arg(long, value_enum, value_delimiter = ',', num_args = 1..)]
    only: Vec<BenchPart>,
    /// The seconds that each run under load is measured
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// The number of runs of each kind, of which the median counts
    #[arg(long, default_value_t = 3)]
    repeat: u32,
    /// Skip what takes long: the database of five million messages
    #[arg(long)]
    short: bool,
    #[command(flatten)]
    install: InstallOption,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BenchPart {
    /// Decode, encode, reduce and the writer's batch, with criterion
    Pure,
    /// Five hundred users in one room
    OneRoom,
    /// A hundred rooms of ten users
    Rooms,
    /// Thirty-two users who all send
    Talkers,
    /// Ten thousand idle sockets
    Idle,
    /// Five thousand users of one room who come back at the same moment
    Rejoin,
    /// Users who each wait until their own message is on the disk
    Durable,
    /// Costs that grow with users, rooms and messages
    Growth,
    /// The page in a real browser
    Page,
}

impl BenchPart {
    /// Whether the load generator measures this part.
    fn is_load(self) -> bool {
        !matches!(self, Self::Pure | Self::Page)
    }
}

impl BenchOptions {
    fn includes(&self, part: BenchPart) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// Builds and measures the parts that are asked for, and prints one table.
///
/// # Errors
///
/// When a message was lost, repeated or out of order, or a program failed.
pub fn bench(steps: &mut Steps, options: &BenchOptions) -> Result<()> {
    // A missing program is reported now rather than after a quarter of an hour.
    let browser = match options.includes(BenchPart::Page) {
        true => {
            packages::ensure(steps, options.install, browser::requirement().as_slice())?;
            Some(browser::prepare(steps)?)
        }
        false => None,
    };
    let parts = BenchPart::value_variants().iter();
    let loads: Vec<_> = parts
        .filter(|it| it.is_load() && options.includes(**it))
        .collect();
    let parlor = match browser.is_some() || !loads.is_empty() {
        true => Some(server::build(steps)?),
        false => None,
    };
    let mut rows = Vec::new();
    if options.includes(BenchPart::Pure) {
        rows.extend(pure::measure(steps)?);
    }
    if let (Some(parlor), false) = (&parlor, loads.is_empty()) {
        let mut generator = load_generator(steps)?;
        let names = loads.iter().filter_map(|it| it.to_possible_value());
        let names: Vec<_> = names.map(|it| it.get_name().to_owned()).collect();
        generator
            .args(["run", "--seconds", &options.seconds.to_string()])
            .args(["--repeat", &options.repeat.to_string()])
            .args(["--only", &names.join(",")])
            .arg("--server")
            .arg(parlor);
        if options.short {
            generator.arg("--short");
        }
        let why = "in turns with the least possible work";
        rows.extend(steps.step("Put the server under load", why, || {
            read_rows(&mut generator)
        })?);
    }
    if let (Some(parlor), Some(browser)) = (&parlor, &browser) {
        let why = "Chromium against the release build";
        rows.extend(steps.step("Measure the page", why, || {
            read_rows(&mut browser.bench(parlor))
        })?);
    }
    print_table(&rows, !loads.is_empty());
    Ok(())
}

/// Builds the load generator, and returns its command.
fn load_generator(steps: &mut Steps) -> Result<Command> {
    steps.step("Build the load generator", "optimized", || {
        let mut cargo = toolchain::cargo();
        command::run(cargo.args([
            "build",
            "--locked",
            "--release",
            "--package",
            "bench",
            "--bin",
            "bench",
        ]))
    })?;
    Ok(Command::new(workspace::target().join("release/bench")))
}

/// Runs a program and reads the figures that it prints, one line of JSON each. Other lines go to
/// standard error.
fn read_rows(program: &mut Command) -> Result<Vec<Row>> {
    let mut child = program.stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("its output is piped")?;
    let mut rows = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line?;
        match Row::read(&line) {
            Some(row) => {
                eprintln!("    {row}");
                rows.push(row);
            }
            None => eprintln!("{line}"),
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{} ended with {status}", program.get_program().display());
    }
    Ok(rows)
}
