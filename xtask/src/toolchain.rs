//! One Rust for this machine and for the browser.
//!
//! The server and the page are compiled by the same compiler. Ordinarily that is the current one,
//! and rustup adds the browser's standard library to it. Where rustup's component server is out of
//! reach, Debian's packaged Rust serves instead: see [`debian`].

mod debian;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::Steps;
use crate::{command, workspace};

/// The target that browsers run.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Which Rust compiles everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The one that runs when nothing is said.
    Current,
    /// Debian's packages, which rustup knows by the name `debian`.
    Debian,
}

impl Toolchain {
    /// A command of this toolchain (`cargo`, `rustc`), run in the workspace's folder.
    pub fn command(self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(workspace::root())
            .env("CARGO_TARGET_DIR", workspace::target());
        match self {
            Self::Current => {}
            // Without rustup this variable means nothing, and /usr/bin/cargo is what is on the path.
            Self::Debian => {
                command.env("RUSTUP_TOOLCHAIN", debian::NAME);
            }
        }
        command
    }

    /// `cargo` of this toolchain.
    pub fn cargo(self) -> Command {
        self.command("cargo")
    }

    /// The folder where this compiler looks for a target's standard library; `None` means the host's.
    fn library(self, target: Option<&str>) -> Result<PathBuf> {
        let mut rustc = self.command("rustc");
        rustc.args(["--print", "target-libdir"]);
        if let Some(target) = target {
            rustc.args(["--target", target]);
        }
        command::output(&mut rustc).map(PathBuf::from)
    }

    fn reaches_the_browser(self) -> bool {
        self.library(Some(WASM))
            .is_ok_and(|library| holds_core(&library))
    }
}

/// Finds a toolchain that compiles for the browser, or sets one up.
///
/// # Errors
///
/// When no way to get one worked, with what to install.
pub fn ready(steps: &mut Steps) -> Result<Toolchain> {
    if Toolchain::Current.reaches_the_browser() {
        return Ok(Toolchain::Current);
    }
    if debian::is_ready() {
        eprintln!("▸ Toolchain: Debian's Rust, since the current one cannot compile for {WASM}");
        return Ok(Toolchain::Debian);
    }
    let why = format!("the page is compiled for {WASM}, which the current Rust lacks");
    let added = steps.step(
        "Add the browser's target with rustup",
        &why,
        add_with_rustup,
    );
    match added {
        Ok(()) => return Ok(Toolchain::Current),
        Err(error) => eprintln!("  {error:#}\n  Going on with Debian's packages."),
    }
    debian::set_up(steps).context(
        "No Rust here compiles for the browser. On a machine with internet access run \
         `rustup target add wasm32-unknown-unknown`; on Debian 12, as root, this command sets up \
         the packages rustc-web, cargo-web, rustfmt-web, rust-web-clippy, rust-web-src and lld",
    )?;
    Ok(Toolchain::Debian)
}

fn add_with_rustup() -> Result<()> {
    // Its backtrace would bury the sentence that says what is wrong.
    let mut rustup = Command::new("rustup");
    command::run(
        rustup
            .args(["target", "add", WASM])
            .env_remove("RUST_BACKTRACE"),
    )?;
    if !Toolchain::Current.reaches_the_browser() {
        bail!("rustup added {WASM}, but the current rustc does not find it");
    }
    Ok(())
}

/// The folder of a target's standard library exists even where the library does not, so the
/// question is whether `core` is in it.
fn holds_core(library: &Path) -> bool {
    workspace::files(library).is_ok_and(|files| {
        files
            .iter()
            .filter_map(|file| file.file_name()?.to_str())
            .any(|name| {
                name.starts_with("libcore-")
                    && Path::new(name).extension().is_some_and(|end| end == "rlib")
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_library_folder_is_no_standard_library() -> Result<()> {
        let folder = tempfile::tempdir()?;
        assert!(!holds_core(&folder.path().join("absent")));
        assert!(!holds_core(folder.path()));
        workspace::write(&folder.path().join("libcore-0123.rlib"), b"")?;
        assert!(holds_core(folder.path()));
        Ok(())
    }
}
