//! Rebuilding while editing is cargo-leptos' own trade.

use std::io::{IsTerminal, Write, stdin};

use anyhow::{Result, bail};

use crate::step::Steps;
use crate::toolchain::{self, Toolchain};
use crate::{bundle, command};

/// Without link-time optimisation: with it the JavaScript compiler inside needs 4 GiB and far longer.
const LEAN: [(&str, &str); 2] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// Prepares the toolchain and hands over to `cargo leptos watch`.
///
/// # Errors
///
/// When cargo-leptos is missing and is not to be installed, or when it fails.
pub fn watch(steps: &mut Steps) -> Result<()> {
    let toolchain = toolchain::ready(steps)?;
    if !is_installed(toolchain) {
        if !is_wanted()? {
            bail!(
                "`cargo xtask watch` needs cargo-leptos. Install it with: {}",
                recipe()
            );
        }
        steps.step(
            "Install cargo-leptos",
            "it rebuilds and reloads while you edit",
            || {
                command::run(toolchain.cargo().envs(LEAN).args([
                    "install",
                    "--locked",
                    "cargo-leptos",
                ]))
            },
        )?;
    }
    // cargo-leptos gives its files plain names; the hashed ones would be served before them.
    bundle::wipe()?;
    command::run(toolchain.cargo().args(["leptos", "watch"]))
}

fn is_installed(toolchain: Toolchain) -> bool {
    command::output(toolchain.cargo().args(["leptos", "--version"])).is_ok()
}

fn is_wanted() -> Result<bool> {
    eprintln!(
        "cargo-leptos is not installed. Compiling it takes about 20 minutes of one core, once."
    );
    if !stdin().is_terminal() {
        return Ok(false);
    }
    eprint!("Install it now? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn recipe() -> String {
    let settings: Vec<_> = LEAN
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{} cargo install --locked cargo-leptos", settings.join(" "))
}
