//! Debian's Rust, with a standard library for the browser that is compiled here, once.
//!
//! Debian packages a current Rust (for its browsers' sake) with the sources of the standard library,
//! but no library for wasm32. Cargo builds it from those sources, and the result goes where the
//! compiler looks for it, so that everything after works as anywhere else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Toolchain, WASM, holds_core};
use crate::step::Steps;
use crate::{command, workspace};

/// What rustup calls Debian's Rust.
pub const NAME: &str = "debian";

const PACKAGES: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rustfmt-web",
    "rust-web-clippy",
    "rust-web-src",
    "lld",
];

/// What those packages bring, so that a look at six files spares a call of apt-get.
const BROUGHT: &[&str] = &[
    "/usr/bin/rustc",
    "/usr/bin/cargo",
    "/usr/bin/rustfmt",
    "/usr/bin/cargo-clippy",
    "/usr/lib/rustlib/src/rust/library/Cargo.toml",
    LINKER,
];

/// LLVM's linker under its plain name, which Debian keeps pointing at the installed version.
const LINKER: &str = "/usr/bin/wasm-ld";

/// Kept beside the library: which compiler it was made by. Another one cannot read it.
const STAMP: &str = "made-by";

/// Whether a set-up made earlier is complete and still fits the installed compiler.
pub fn is_ready() -> bool {
    has_packages()
        && is_linked()
        && linker_place().is_ok_and(|place| place.exists())
        && has_library()
}

/// Does whatever of the set-up is not done yet.
///
/// # Errors
///
/// When a step fails, with what to install.
pub fn set_up(steps: &mut Steps) -> Result<()> {
    if !has_packages() {
        steps.step(
            "Install Debian's Rust",
            "rustup's own downloads are out of reach",
            || {
                command::apt_install(PACKAGES)?;
                if !has_packages() {
                    bail!(
                        "the packages are installed but too old or incomplete: {}",
                        PACKAGES.join(" ")
                    );
                }
                Ok(())
            },
        )?;
    }
    if !is_linked() {
        steps.step(
            "Name Debian's Rust for rustup",
            "so that cargo can be told to use it",
            || command::run(Command::new("rustup").args(["toolchain", "link", NAME, "/usr"])),
        )?;
    }
    let place = linker_place()?;
    if !place.exists() {
        steps.step(
            "Link the linker",
            "rustc looks for rust-lld, Debian calls it wasm-ld",
            || {
                let folder = place.parent().context("rust-lld has no folder")?;
                command::run(root("mkdir")?.arg("-p").arg(folder))?;
                command::run(root("ln")?.args(["-sf", LINKER]).arg(&place))
            },
        )?;
    }
    if !has_library() {
        let why = "Debian has none for wasm32; this happens once and takes about 40 s";
        steps.step(
            "Compile the standard library for the browser",
            why,
            make_library,
        )?;
    }
    Ok(())
}

fn has_packages() -> bool {
    let version = || command::output(Command::new("/usr/bin/rustc").arg("--version"));
    BROUGHT.iter().all(|file| Path::new(file).exists())
        && version().is_ok_and(|version| is_new_enough(&version, env!("CARGO_PKG_RUST_VERSION")))
}

/// Whether `rustc 1.96.0 (…)` is at least `1.95`.
fn is_new_enough(version: &str, least: &str) -> bool {
    let numbers = |version: &str| -> Vec<u32> {
        version
            .split('.')
            .take(2)
            .filter_map(|number| number.parse().ok())
            .collect()
    };
    version
        .split(' ')
        .nth(1)
        .is_some_and(|version| numbers(version) >= numbers(least))
}

fn is_linked() -> bool {
    // Without rustup there is nothing to link: the path leads to /usr/bin already.
    command::find("rustup").is_none()
        || command::output(Command::new("rustup").args(["toolchain", "list"])).is_ok_and(|list| {
            list.lines()
                .any(|line| line.split(' ').next() == Some(NAME))
        })
}

/// `rust-lld` beside the host's libraries, as rustup's toolchains have it.
fn linker_place() -> Result<PathBuf> {
    let library = Toolchain::Debian.library(None)?;
    Ok(library
        .parent()
        .context("the host's libraries have no folder")?
        .join("bin/rust-lld"))
}

fn has_library() -> bool {
    let made_by = |library: PathBuf| fs::read_to_string(library.join(STAMP)).ok();
    Toolchain::Debian.library(Some(WASM)).is_ok_and(|library| {
        holds_core(&library)
            && made_by(library).is_some_and(|made_by| compiler().is_ok_and(|now| now == made_by))
    })
}

fn compiler() -> Result<String> {
    command::output(Toolchain::Debian.command("rustc").arg("--version"))
}

/// Compiles an empty library with `-Zbuild-std`, which leaves the whole standard library in `deps`.
fn make_library() -> Result<()> {
    let folder = workspace::target().join("wasm-std");
    workspace::write(&folder.join("Cargo.toml"), MANIFEST.as_bytes())?;
    workspace::write(&folder.join("src/lib.rs"), b"")?;
    let build = folder.join("target");
    // What another compiler has left there would be copied along.
    workspace::wipe(&build)?;
    command::run(
        Toolchain::Debian
            .cargo()
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", &build)
            // The sources are those of this very compiler, so its unstable flag is safe to use.
            .env("RUSTC_BOOTSTRAP", "1")
            .args([
                "build",
                "--quiet",
                "--release",
                "-Zbuild-std=std,panic_abort",
                "--target",
                WASM,
            ]),
    )?;
    let made = build.join(WASM).join("release/deps");
    let stamp = folder.join(STAMP);
    workspace::write(&stamp, compiler()?.as_bytes())?;
    let libraries: Vec<_> = workspace::files(&made)?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "rlib"))
        .collect();
    let place = Toolchain::Debian.library(Some(WASM))?;
    command::run(root("rm")?.arg("-rf").arg(&place))?;
    command::run(root("mkdir")?.arg("-p").arg(&place))?;
    command::run(root("cp")?.args(libraries).arg(&stamp).arg(&place))
}

fn root(program: &str) -> Result<Command> {
    command::as_root(program).with_context(|| {
        format!(
            "only root may write below /usr/lib/rustlib ({program}); install sudo or run as root"
        )
    })
}

const MANIFEST: &str = r#"[package]
name = "wasm-std"
version = "0.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]

# Not one of Parlor's crates.
[workspace]
"#;

#[cfg(test)]
mod tests {
    use super::is_new_enough;

    #[test]
    fn a_compiler_older_than_the_workspace_asks_for_is_not_taken() {
        assert!(is_new_enough("rustc 1.96.0 (ac68faa20 2026-05-25)", "1.95"));
        assert!(is_new_enough("rustc 1.95.0 (abc)", "1.95"));
        assert!(is_new_enough("rustc 2.1.0", "1.95"));
        assert!(!is_new_enough("rustc 1.63.0 (abc)", "1.95"));
        assert!(!is_new_enough("command not found", "1.95"));
    }
}
