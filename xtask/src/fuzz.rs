//! Searches for inputs that break a rule, with libFuzzer on stable Rust.
//!
//! cargo-fuzz needs nightly Rust only for its sanitizers, and without `unsafe` they have nothing to
//! find. The rest is coverage: LLVM counts the branches taken, on any Rust
//! (<https://clang.llvm.org/docs/SanitizerCoverage.html>).

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::step::Steps;
use crate::{command, toolchain, workspace};

/// The flags that make LLVM count branches where libFuzzer reads them.
const COVERAGE_FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

#[derive(Args)]
pub struct FuzzOptions {
    /// What to search
    target: Target,
    /// How long to search
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Keep inputs that reach new branches, in fuzz/corpus
    #[arg(long)]
    keep: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Frames from a socket
    Frames,
    /// Changes of a room's log on a page
    Timeline,
    /// Commands from several users to the writer
    Writer,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::Timeline => "timeline",
            Self::Writer => "writer",
        }
    }
}

/// Searches for the given time. An input that breaks a rule is written to the corpus, for the
/// tests.
///
/// # Errors
///
/// When an input breaks a rule, or the fuzz target cannot be built.
pub fn fuzz(steps: &mut Steps, options: &FuzzOptions) -> Result<()> {
    let name = options.target.name();
    let program = format!("fuzz-{name}");
    let directory = workspace::target().join("fuzz");
    let host = command::output(toolchain::rustc().args(["--print", "host-tuple"]))?;
    steps.step(
        "Build the fuzz target",
        "with branch counters; the first time all dependencies are compiled",
        || {
            let mut cargo = toolchain::cargo();
            command::run(
                cargo
                    .args([
                        "build",
                        "--locked",
                        "--package",
                        "fuzz",
                        "--features",
                        "libfuzzer",
                    ])
                    .args(["--bin", &program, "--profile", "fuzz"])
                    // With an explicit target, build scripts and macros do not get the flags.
                    .args(["--target", &host])
                    .env("CARGO_TARGET_DIR", &directory)
                    .env("RUSTFLAGS", COVERAGE_FLAGS),
            )
        },
    )?;
    let kept = workspace::root().join("fuzz/corpus").join(name);
    let found = directory.join("found").join(name);
    fs::create_dir_all(&found).with_context(|| format!("cannot create {}", found.display()))?;
    let fuzzer = || {
        let built = directory.join(&host).join("fuzz").join(&program);
        let mut command = Command::new(built);
        command.current_dir(workspace::root());
        command
    };
    steps.step(
        "Search",
        "an input that breaks a rule goes into fuzz/corpus",
        || {
            command::run(
                fuzzer()
                    .args([&found, &kept])
                    .arg(format!("-max_total_time={}", options.seconds))
                    .arg(format!("-artifact_prefix={}/", kept.display()))
                    .args(["-max_len=4096", "-timeout=10", "-print_final_stats=1"]),
            )
        },
    )?;
    if options.keep {
        steps.step(
            "Minimize the corpus",
            "the fewest inputs that reach every branch",
            || {
                command::run(
                    fuzzer()
                        // If branches are counted only once, a few dozen files remain instead of
                        // hundreds.
                        .args(["-set_cover_merge=1", "-use_counters=0"])
                        .args([&kept, &found]),
                )
            },
        )?;
    }
    Ok(())
}
