//! rustfmt and clippy, on this machine and for the browser.

use anyhow::Result;

use crate::command;
use crate::step::Steps;
use crate::toolchain::{self, WASM};

/// Runs all lints, the quickest first. A warning is an error.
///
/// # Errors
///
/// When a lint finds something.
pub fn lint(steps: &mut Steps) -> Result<()> {
    let cargo = |args: &[&str]| command::run(toolchain::cargo().args(args));
    steps.step("Formatting", "`cargo fmt --all` corrects it", || {
        cargo(&["fmt", "--all", "--check"])
    })?;
    steps.step("Clippy", "the whole workspace on this machine", || {
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
    })?;
    steps.step("Clippy for the browser", "the page for wasm32", || {
        cargo(&[
            "clippy", "-p", "frontend", "-p", "app", "--target", WASM, "--", "-D", "warnings",
        ])
    })
}
