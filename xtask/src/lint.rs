//! What rustfmt and clippy have to say, on this machine and for the browser.

use anyhow::Result;

use crate::command;
use crate::step::Steps;
use crate::toolchain::{Toolchain, WASM};

/// Runs all lints, the quickest first; a warning fails.
///
/// # Errors
///
/// When there is something to put right.
pub fn lint(steps: &mut Steps, toolchain: Toolchain) -> Result<()> {
    let cargo = |args: &[&str]| command::run(toolchain.cargo().args(args));
    steps.step(
        "Check the formatting",
        "`cargo fmt --all` puts it right",
        || cargo(&["fmt", "--all", "--check"]),
    )?;
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
    steps.step(
        "Clippy for the browser",
        "the same page, compiled for wasm32",
        || {
            cargo(&[
                "clippy", "-p", "frontend", "-p", "app", "--target", WASM, "--", "-D", "warnings",
            ])
        },
    )
}
