//! rustfmt and clippy, on this machine and for the browser.

use std::fs;

use anyhow::{Context, Result};

use crate::step::Steps;
use crate::toolchain::{self, WASM};
use crate::{command, workspace};

/// A macro declares the modules of games, so rustfmt does not find them by itself.
const GAMES: &str = "protocol/src/games";

/// Runs all lints, the quickest first. A warning is an error.
///
/// # Errors
///
/// When a lint finds something.
pub fn lint(steps: &mut Steps) -> Result<()> {
    let cargo = |args: &[&str]| command::run(toolchain::cargo().args(args));
    let games = games()?;
    let correct = ["`cargo fmt --all -- ", GAMES, "/*.rs` corrects it"].concat();
    steps.step("Formatting", &correct, || {
        let mut arguments = vec!["fmt", "--all", "--", "--check"];
        arguments.extend(games.iter().map(String::as_str));
        cargo(&arguments)
    })?;
    steps.step("Clippy", "the whole workspace on this machine", || {
        cargo(&[
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
    })?;
    steps.step("Clippy for the browser", "the page for wasm32", || {
        cargo(&[
            "clippy", "--locked", "-p", "frontend", "-p", "app", "--target", WASM, "--", "-D",
            "warnings",
        ])
    })
}

/// The files of the games, from the workspace's root. Rustfmt finds the folders beside them.
fn games() -> Result<Vec<String>> {
    let read = || -> std::io::Result<Vec<String>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(workspace::root().join(GAMES))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".rs") {
                files.push([GAMES, "/", &name].concat());
            }
        }
        Ok(files)
    };
    read().with_context(|| format!("{GAMES} cannot be read"))
}
