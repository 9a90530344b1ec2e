//! Rebuilds while editing, with cargo-leptos.

use anyhow::{Result, bail};

use crate::step::Steps;
use crate::{command, toolchain};

/// The newest cargo-leptos that Rust 1.95 compiles; 0.3.11 needs 1.96. Without link-time
/// optimization: with it, the JavaScript compiler inside needs 4 GiB and much longer.
const INSTALL: &str = "CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --locked cargo-leptos@0.3.10";

/// Prepares the toolchain and runs `cargo leptos watch`.
///
/// # Errors
///
/// When cargo-leptos is missing, or when it fails.
pub fn watch(steps: &mut Steps) -> Result<()> {
    toolchain::ensure_wasm_target(steps)?;
    if command::output(toolchain::cargo().args(["leptos", "--version"])).is_err() {
        bail!(
            "`cargo xtask watch` needs cargo-leptos. Compiling it takes about 20 minutes of one \
             core, once. Install it with: {INSTALL}"
        );
    }
    command::run(toolchain::cargo().args(["leptos", "watch"]))
}
