//! Looks for bytes that break a rule, with libFuzzer on a stable Rust.
//!
//! What cargo-fuzz does needs a nightly for its sanitizers only; without `unsafe` there is nothing
//! that these could find. What remains is to count which branches are taken, which LLVM does for
//! every Rust (<https://clang.llvm.org/docs/SanitizerCoverage.html>).

use std::fs;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::step::Steps;
use crate::toolchain::Toolchain;
use crate::{command, workspace};

/// Counts branches, where libFuzzer looks for it.
const COUNTED: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

#[derive(Args)]
pub struct Options {
    /// What to put to the test
    what: What,
    /// How long to search
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Keep what leads to new places, in fuzz/corpus
    #[arg(long)]
    keep: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// What comes over a socket
    Frames,
    /// What happens to a room's log on a page
    Timeline,
    /// What several users send to the writer
    Writer,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Timeline => "timeline",
            Self::Writer => "writer",
        }
    }
}

/// Searches; fails with bytes that break a rule, which it leaves in the corpus for the tests.
///
/// # Errors
///
/// When something was found, or the program cannot be built.
pub fn fuzz(steps: &mut Steps, options: &Options) -> Result<()> {
    let name = options.what.name();
    let program = format!("fuzz-{name}");
    let folder = workspace::target().join("fuzz");
    let host = command::output(
        Toolchain::Current
            .command("rustc")
            .args(["--print", "host-tuple"]),
    )?;
    steps.step(
        "Build what searches",
        "each branch is counted; the first time all that the page is made of is compiled anew",
        || {
            let mut cargo = Toolchain::Current.cargo();
            command::run(
                cargo
                    .args(["build", "--package", "fuzz", "--features", "libfuzzer"])
                    .args(["--bin", &program, "--profile", "fuzz"])
                    // Named, so that what only runs while building is not counted.
                    .args(["--target", &host])
                    .env("CARGO_TARGET_DIR", &folder)
                    .env("RUSTFLAGS", COUNTED),
            )
        },
    )?;
    let kept = workspace::root().join("fuzz/corpus").join(name);
    let found = folder.join("found").join(name);
    fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
    let searcher = || {
        let built = folder.join(&host).join("fuzz").join(&program);
        Toolchain::Current.command(&built.to_string_lossy())
    };
    steps.step(
        "Search",
        "what breaks a rule is put into fuzz/corpus",
        || {
            command::run(
                searcher()
                    .args([&found, &kept])
                    .arg(format!("-max_total_time={}", options.seconds))
                    .arg(format!("-artifact_prefix={}/", kept.display()))
                    .args(["-max_len=4096", "-timeout=10", "-print_final_stats=1"]),
            )
        },
    )?;
    if options.keep {
        steps.step("Keep", "the fewest that lead everywhere", || {
            command::run(
                searcher()
                    // By the branches taken, not by how often: a few dozen files, not hundreds.
                    .args(["-set_cover_merge=1", "-use_counters=0"])
                    .args([&kept, &found]),
            )
        })?;
    }
    Ok(())
}
