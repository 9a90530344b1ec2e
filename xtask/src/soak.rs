//! What goes wrong once in a long time: the stories that break the server or the network again and
//! again, for as long as one likes.

use anyhow::Result;
use clap::Args;

use crate::step::Steps;
use crate::{command, toolchain};

#[derive(Args)]
pub struct Options {
    /// How long it goes on
    #[arg(long, value_name = "N", default_value_t = 5)]
    minutes: u32,
}

/// The stories that know how to go on; they run side by side.
const STORIES: &[&str] = &["crashes::", "network::"];

/// Runs the stories with their long form's time, and shows the figures.
///
/// # Errors
///
/// When something was lost, repeated or out of order.
pub fn soak(steps: &mut Steps, options: &Options) -> Result<()> {
    let toolchain = toolchain::ready(steps)?;
    let minutes = options.minutes.to_string();
    // Not by nextest, which ends what takes longer than a story should.
    let test = ["test", "--package", "server", "--test", "e2e", "--"];
    steps.step(
        "Soak",
        "the server is killed, the network broken, and nobody may miss a word",
        || {
            command::run(
                toolchain
                    .cargo()
                    .args(test)
                    .arg("--nocapture")
                    .args(STORIES)
                    .env("PARLOR_SOAK_MINUTES", minutes),
            )
        },
    )
}
