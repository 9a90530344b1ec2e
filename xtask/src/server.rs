//! The one executable: the server with the page inside it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::step::Steps;
use crate::toolchain::{self, Toolchain};
use crate::{bundle, command, workspace};

/// Builds the page, then the server around it; returns the executable.
///
/// # Errors
///
/// When a step fails or the page has outgrown its budget.
pub fn build(steps: &mut Steps, toolchain: Toolchain) -> Result<PathBuf> {
    bundle::bundle(steps, toolchain)?;
    steps.step(
        "Build the server",
        "optimised, with the page inside it",
        || {
            command::run(toolchain.cargo().args([
                "build",
                "--release",
                "--package",
                "server",
                "--bin",
                "parlor",
                "--features",
                "embed-site",
            ]))
        },
    )?;
    let parlor = workspace::target().join("release/parlor");
    eprintln!("  {} is all that a server needs", parlor.display());
    Ok(parlor)
}

/// Builds everything and becomes the server.
///
/// # Errors
///
/// When the build fails or the server cannot be started.
pub fn run(steps: &mut Steps, args: &[String]) -> Result<()> {
    let toolchain = toolchain::ready(steps)?;
    let parlor = build(steps, toolchain)?;
    become_the(
        Command::new(parlor)
            .current_dir(workspace::root())
            .arg("serve")
            .args(args),
    )
}

/// Ctrl-C, SIGTERM and the exit code are then the server's own, with nobody in between.
#[cfg(unix)]
fn become_the(server: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(server.exec().into())
}

#[cfg(not(unix))]
fn become_the(server: &mut Command) -> Result<()> {
    command::run(server)
}
