//! Everything that must hold, what fails cheaply first.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::step::Steps;
use crate::toolchain::{self, Toolchain};
use crate::{browser, command, lint, server};

#[derive(Args)]
pub struct Options {
    /// Only these parts, e.g. `--only lint,unit`
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Given to Playwright as they are, e.g. `-- --grep nickname`
    #[arg(last = true)]
    playwright: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// rustfmt and clippy
    Lint,
    /// Rules tested without a server
    Unit,
    /// Whole stories over sockets against a real server, and the rules of the workspace
    Story,
    /// Chromium against the release build
    Browser,
}

impl Options {
    fn want(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// Runs the parts that are asked for, all of them unless some are named.
///
/// # Errors
///
/// At the first part that fails.
pub fn test(steps: &mut Steps, options: &Options) -> Result<()> {
    let toolchain = toolchain::ready(steps)?;
    // A missing browser is said now rather than after a quarter of an hour.
    let browser = options
        .want(Part::Browser)
        .then(|| browser::ready(steps))
        .transpose()?;
    if options.want(Part::Story) {
        tmux_ready(steps)?;
    }
    if options.want(Part::Lint) {
        lint::lint(steps, toolchain)?;
    }
    match (options.want(Part::Unit), options.want(Part::Story)) {
        (true, true) => cargo_test(steps, toolchain, "Unit and story tests", &[])?,
        (true, false) => cargo_test(steps, toolchain, "Unit tests", &["--lib", "--bins"])?,
        (false, true) => cargo_test(
            steps,
            toolchain,
            "Story tests",
            &["--test", "*", "--examples"],
        )?,
        (false, false) => {}
    }
    if let Some(browser) = browser {
        let parlor = server::build(steps, toolchain)?;
        browser.test(steps, &parlor, &options.playwright)?;
    }
    Ok(())
}

/// The stories look at a terminal through it.
fn tmux_ready(steps: &mut Steps) -> Result<()> {
    if command::find("tmux").is_some() {
        return Ok(());
    }
    let why = "the stories look at a terminal through it";
    steps.step("Install tmux", why, || command::apt_install(&["tmux"]))
}

fn cargo_test(
    steps: &mut Steps,
    toolchain: Toolchain,
    what: &'static str,
    which: &[&str],
) -> Result<()> {
    let has_nextest = command::output(toolchain.cargo().args(["nextest", "--version"])).is_ok();
    let runner: &[&str] = if has_nextest {
        &["nextest", "run"]
    } else {
        &["test"]
    };
    steps.step(what, "on this machine, the whole workspace", || {
        let mut cargo = toolchain.cargo();
        command::run(
            cargo
                .args(runner)
                .args(["--workspace", "--no-fail-fast"])
                .args(which),
        )
    })
}
