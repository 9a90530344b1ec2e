//! What everything costs, measured here and now: the pure parts by criterion, the server under load,
//! the page in a real browser. Times pass or fail nothing; a message that was lost does.

mod figures;
mod pure;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use self::figures::{Row, print_table};
use crate::step::Steps;
use crate::toolchain::{self, Toolchain};
use crate::{browser, command, server, workspace};

#[derive(Args)]
pub struct Options {
    /// Only these parts or scenarios, e.g. `--only pure,durable`
    #[arg(long, value_enum, value_delimiter = ',', num_args = 1..)]
    only: Vec<Part>,
    /// How long each run under load is measured
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Runs under load of each kind, of which the median counts
    #[arg(long, default_value_t = 3)]
    repeat: u32,
    /// Less of what takes long: no database of five million messages
    #[arg(long)]
    short: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Decode, encode, reduce and the writer's batch, by criterion
    Pure,
    /// Five hundred people in one room
    OneRoom,
    /// A hundred rooms of ten
    Rooms,
    /// Thirty-two people who all talk
    Talkers,
    /// Ten thousand sockets that do nothing
    Idle,
    /// People who each wait for their own message to be on the disk
    Durable,
    /// What grows with people, rooms and messages
    Growth,
    /// The page in a real browser
    Page,
}

impl Part {
    /// Is it something that the load generator does?
    fn is_load(self) -> bool {
        !matches!(self, Self::Pure | Self::Page)
    }
}

impl Options {
    fn want(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// Builds what is measured, measures it, and prints one table.
///
/// # Errors
///
/// When something was lost, repeated or out of order, or a program gave up.
pub fn bench(steps: &mut Steps, options: &Options) -> Result<()> {
    let toolchain = toolchain::ready(steps)?;
    // A missing browser is said now rather than after a quarter of an hour.
    let browser = options
        .want(Part::Page)
        .then(|| browser::ready(steps))
        .transpose()?;
    let parts = Part::value_variants().iter();
    let loads: Vec<_> = parts
        .filter(|it| it.is_load() && options.want(**it))
        .collect();
    let parlor = match browser.is_some() || !loads.is_empty() {
        true => Some(server::build(steps, toolchain)?),
        false => None,
    };
    let mut rows = Vec::new();
    if options.want(Part::Pure) {
        rows.extend(pure::measure(steps, toolchain)?);
    }
    if let (Some(parlor), false) = (&parlor, loads.is_empty()) {
        let mut generator = generator(steps, toolchain)?;
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
        let why = "each by turns with the least that could be done";
        rows.extend(steps.step("Put the server under load", why, || lines(&mut generator))?);
    }
    if let (Some(parlor), Some(browser)) = (&parlor, &browser) {
        let why = "Chromium against the release build";
        rows.extend(steps.step("Measure the page", why, || {
            lines(&mut browser.bench(parlor))
        })?);
    }
    print_table(&rows, !loads.is_empty());
    Ok(())
}

/// The load generator, built.
fn generator(steps: &mut Steps, toolchain: Toolchain) -> Result<Command> {
    steps.step("Build the load generator", "optimised", || {
        let mut cargo = toolchain.cargo();
        command::run(cargo.args(["build", "--release", "--package", "bench", "--bin", "bench"]))
    })?;
    Ok(Command::new(workspace::target().join("release/bench")))
}

/// Runs a program and takes the figures that it prints, one line of JSON each; any other line is
/// passed on.
fn lines(program: &mut Command) -> Result<Vec<Row>> {
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
