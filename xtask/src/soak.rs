//! Searches for rare faults: runs the tests that kill the server or break the network again and
//! again, for as long as the user wants.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::step::Steps;
use crate::{command, toolchain};

#[derive(Args)]
pub struct SoakOptions {
    /// How long the tests run
    #[arg(long, value_name = "N", default_value_t = 5)]
    minutes: u32,
    /// Another executable than the one that this builds, such as one that is built for speed
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
}

/// The tests that can run for any time. They run in parallel.
const TESTS: &[&str] = &["crashes::", "hostile_address::", "network::"];

/// Runs the tests for the given time and shows their figures.
///
/// # Errors
///
/// When a message was lost, repeated or out of order.
pub fn soak(steps: &mut Steps, options: &SoakOptions) -> Result<()> {
    let minutes = options.minutes.to_string();
    let server = options.server.iter().map(|it| ("PARLOR_TESTED_SERVER", it));
    // Not with nextest, which ends a test that takes longer than a minute or two.
    let test = [
        "test",
        "--locked",
        "--package",
        "server",
        "--test",
        "e2e",
        "--",
    ];
    let reason = "kills the server, breaks the network, and looks for lost messages";
    steps.step("Soak", reason, || {
        command::run(
            toolchain::cargo()
                .args(test)
                .arg("--nocapture")
                .args(TESTS)
                .env("PARLOR_SOAK_MINUTES", minutes)
                .envs(server),
        )
    })
}
