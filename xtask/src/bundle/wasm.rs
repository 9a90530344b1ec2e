//! From Rust to a WebAssembly module and the JavaScript that loads it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::optimise::Optimiser;
use super::{NAME, hash, maker};
use crate::step::Steps;
use crate::toolchain::{Toolchain, WASM};
use crate::{command, workspace};

/// The profile of the root Cargo.toml that is made for size.
const PROFILE: &str = "wasm-release";

/// What the page consists of before it gets its final names: a folder with `parlor.js`,
/// `parlor_bg.wasm` and perhaps `snippets/`.
pub struct Module {
    pub folder: PathBuf,
}

impl Module {
    pub fn js(&self) -> PathBuf {
        self.folder.join(format!("{NAME}.js"))
    }

    pub fn wasm(&self) -> PathBuf {
        self.folder.join(format!("{NAME}_bg.wasm"))
    }

    pub fn snippets(&self) -> PathBuf {
        self.folder.join("snippets")
    }
}

/// Lets cargo compile `frontend`; returns the file it made.
pub fn compile(steps: &mut Steps, toolchain: Toolchain) -> Result<PathBuf> {
    steps.step(
        "Compile the page",
        "Rust to WebAssembly, optimised for size",
        || {
            command::run(
                toolchain
                    .cargo()
                    // The page goes out to everybody, and where it was compiled is nobody's business.
                    .env("CARGO_ENCODED_RUSTFLAGS", without_our_paths())
                    .args(["build", "--package", "frontend", "--lib"])
                    .args(["--target", WASM, "--profile", PROFILE]),
            )
        },
    )?;
    Ok(workspace::target()
        .join(WASM)
        .join(PROFILE)
        .join("frontend.wasm"))
}

/// Flags that leave this machine's folders out of panic messages, separated as cargo wants them.
fn without_our_paths() -> String {
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .unwrap_or_default();
    let remap = |from: String, to: &str| format!("--remap-path-prefix={from}={to}");
    let root = workspace::root().display().to_string();
    [
        remap(format!("{home}/registry/src"), "crates"),
        remap(root, "parlor"),
    ]
    .join("\u{1f}")
}

/// Adds the JavaScript half and makes the module small, unless that is already done for these bytes.
pub fn bind(steps: &mut Steps, compiled: &Path, optimiser: Option<&Optimiser>) -> Result<Module> {
    let module = Module {
        folder: workspace::workshop().join("page"),
    };
    let optimised_by = optimiser.map(Optimiser::name).unwrap_or_default();
    let source = workspace::read(compiled)?;
    let key = hash([
        source.as_slice(),
        optimised_by.as_bytes(),
        maker().as_bytes(),
    ]);
    let stamp = module.folder.join("made-from");
    if std::fs::read(&stamp).is_ok_and(|made_from| made_from == key.as_bytes()) {
        return Ok(module);
    }
    steps.step(
        "Bind the page to JavaScript",
        "a browser loads WebAssembly through it",
        || {
            workspace::wipe(&module.folder)?;
            Bindgen::new()
                .input_bytes(NAME, source)
                .out_name(NAME)
                .web(true)
                .context("wasm-bindgen knows no web target")?
                .typescript(false)
                // What optimises needs the names, and removes them.
                .remove_name_section(optimiser.is_none())
                .remove_producers_section(true)
                .generate(&module.folder)
                .context("wasm-bindgen could not read what cargo compiled")
        },
    )?;
    if let Some(optimiser) = optimiser {
        steps.step(
            "Optimise the page",
            "less of it to load and to compile in each browser",
            || {
                optimiser.shrink_wasm(&module.wasm())?;
                optimiser.shrink_js(&module.js())
            },
        )?;
    }
    // Last, so that whatever is interrupted is done again.
    workspace::write(&stamp, key.as_bytes())?;
    Ok(module)
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, Result};

    /// wasm-bindgen's two halves understand each other only when they are of one version.
    #[test]
    fn the_library_that_binds_is_as_old_as_the_one_that_is_bound() -> Result<()> {
        let lock = crate::workspace::root().join("Cargo.lock");
        let lock: toml::Table = std::fs::read_to_string(lock)?.parse()?;
        let packages = lock["package"]
            .as_array()
            .context("Cargo.lock lists no packages")?;
        let versions = |name: &str| -> Vec<&toml::Value> {
            packages
                .iter()
                .filter(|it| it["name"].as_str() == Some(name))
                .map(|it| &it["version"])
                .collect()
        };
        assert_eq!(versions("wasm-bindgen").len(), 1);
        assert_eq!(
            versions("wasm-bindgen"),
            versions("wasm-bindgen-cli-support")
        );
        Ok(())
    }
}
