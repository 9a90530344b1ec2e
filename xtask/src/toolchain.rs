//! The Rust toolchain: cargo in the workspace, and the target that browsers run.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::Steps;
use crate::{command, workspace};

/// The target that browsers run.
pub const WASM: &str = "wasm32-unknown-unknown";

/// `cargo`, run in the workspace's root with the workspace's target directory.
pub fn cargo() -> Command {
    in_workspace("cargo")
}

/// `rustc`, run in the workspace's root.
pub fn rustc() -> Command {
    in_workspace("rustc")
}

fn in_workspace(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(workspace::root())
        .env("CARGO_TARGET_DIR", workspace::target());
    command
}

/// Adds the target that browsers run with rustup, unless the toolchain has it.
///
/// # Errors
///
/// When the target is missing and rustup is missing or cannot add it.
pub fn ensure_wasm_target(steps: &mut Steps) -> Result<()> {
    if has_wasm_target() {
        return Ok(());
    }
    if command::find("rustup").is_none() {
        bail!(
            "The page is compiled for {WASM}, which this Rust toolchain lacks. Install Rust with \
             rustup (https://rustup.rs), or install your system's package for that target"
        );
    }
    let reason = format!("the page is compiled for {WASM}");
    steps.step("Add the WebAssembly target", &reason, || {
        // A backtrace of rustup would hide its message.
        let mut rustup = in_workspace("rustup");
        rustup.args(["target", "add", WASM]);
        command::run(rustup.env_remove("RUST_BACKTRACE"))
            .with_context(|| format!("The page cannot be compiled without the target {WASM}"))?;
        if !has_wasm_target() {
            bail!("rustup added {WASM}, but `rustc` does not find it: is it rustup's `rustc`?");
        }
        Ok(())
    })
}

fn has_wasm_target() -> bool {
    let mut rustc = rustc();
    rustc.args(["--print", "target-libdir", "--target", WASM]);
    command::output(&mut rustc).is_ok_and(|directory| contains_core(Path::new(&directory)))
}

/// The directory of a target's standard library can exist without the library, so this looks for
/// `core` in it.
fn contains_core(directory: &Path) -> bool {
    workspace::files(directory).is_ok_and(|files| {
        files
            .iter()
            .filter_map(|file| file.file_name()?.to_str())
            .any(|name| {
                name.starts_with("libcore-")
                    && Path::new(name)
                        .extension()
                        .is_some_and(|extension| extension == "rlib")
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::test_directory;

    #[test]
    fn an_empty_library_directory_is_no_standard_library() -> Result<()> {
        let directory = test_directory("toolchain")?;
        assert!(!contains_core(&directory.join("absent")));
        assert!(!contains_core(&directory));
        workspace::write(&directory.join("libcore-0123.rlib"), b"")?;
        assert!(contains_core(&directory));
        Ok(())
    }
}
