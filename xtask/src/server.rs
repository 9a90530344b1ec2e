//! The executable: the server with the page inside it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::leptos::Settings;
use crate::step::Steps;
use crate::{bundle, command, toolchain, workspace};

/// All packages but this one: what the Rust tests compile, see `test.rs`.
pub const PACKAGES: [&str; 3] = ["--workspace", "--exclude", "xtask"];

/// The server's feature that puts the page into the executable.
const EMBED_SITE: &str = "embed-site";

/// Builds the page and the optimized server around it, and returns the executable.
///
/// # Errors
///
/// When a step fails, or when the page is larger than its budget.
pub fn build(steps: &mut Steps) -> Result<PathBuf> {
    let settings = bundle_page(steps)?;
    steps.step(
        "Build the server",
        "optimized, with the page inside",
        || {
            command::run(
                toolchain::cargo()
                    .args(["build", "--locked", "--release"])
                    .args(["--package", &settings.bin_package])
                    .args(["--bin", &settings.bin_target, "--features", EMBED_SITE]),
            )
        },
    )?;
    let parlor = executable("release", &settings);
    eprintln!("  {} contains all that a server needs", parlor.display());
    Ok(parlor)
}

/// Builds the page, and the server around it in the profile of the Rust tests. Only the server's
/// own crate is compiled again, because of the feature; its dependencies are those of the tests.
///
/// # Errors
///
/// Like [`build`].
pub fn build_for_tests(steps: &mut Steps) -> Result<PathBuf> {
    let settings = bundle_page(steps)?;
    let feature = format!("{}/{EMBED_SITE}", settings.bin_package);
    let reason = "in the tests' profile, with the page inside";
    steps.step("Build the server", reason, || {
        command::run(
            toolchain::cargo()
                .args(["build", "--locked"])
                // The same packages, and an example: then cargo chooses the dependencies' features
                // as it did for the tests, with those of the development dependencies.
                .args(PACKAGES)
                .args(["--bin", &settings.bin_target, "--examples"])
                .args(["--features", &feature]),
        )
    })?;
    // A copy, because any other build in this profile replaces the executable.
    let copy = workspace::cache().join("parlor-with-page");
    fs::copy(executable("debug", &settings), &copy)
        .with_context(|| format!("cannot write {}", copy.display()))?;
    Ok(copy)
}

fn bundle_page(steps: &mut Steps) -> Result<Settings> {
    toolchain::ensure_wasm_target(steps)?;
    let settings = Settings::read()?;
    bundle::bundle(steps, &settings)?;
    Ok(settings)
}

fn executable(profile_directory: &str, settings: &Settings) -> PathBuf {
    let name = format!("{}{}", settings.bin_target, std::env::consts::EXE_SUFFIX);
    workspace::target().join(profile_directory).join(name)
}

/// Builds everything and replaces this process with the server.
///
/// # Errors
///
/// When the build fails or the server cannot be started.
pub fn run(steps: &mut Steps, args: &[String]) -> Result<()> {
    let parlor = build(steps)?;
    exec(
        Command::new(parlor)
            .current_dir(workspace::root())
            .arg("serve")
            .args(args),
    )
}

/// Replaces this process, so that the server itself gets Ctrl-C and SIGTERM, and its exit code is
/// this command's.
#[cfg(unix)]
fn exec(server: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(server.exec().into())
}

#[cfg(not(unix))]
fn exec(server: &mut Command) -> Result<()> {
    command::run(server)
}
