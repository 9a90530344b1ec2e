//! From Rust to a WebAssembly module and the JavaScript that loads it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::optimize::Optimizer;
use super::{hash, xtask_version};
use crate::leptos::Settings;
use crate::step::Steps;
use crate::toolchain::{self, WASM};
use crate::{command, workspace};

/// The page before its files get their final names: a directory with `<name>.js`,
/// `<name>_bg.wasm` and perhaps `snippets/`.
pub struct Module {
    pub directory: PathBuf,
    pub name: String,
}

impl Module {
    pub fn js(&self) -> PathBuf {
        self.directory.join(format!("{}.js", self.name))
    }

    pub fn wasm(&self) -> PathBuf {
        self.directory.join(format!("{}_bg.wasm", self.name))
    }

    pub fn snippets(&self) -> PathBuf {
        self.directory.join("snippets")
    }
}

/// Compiles the page's library with cargo, and returns the file.
pub fn compile(steps: &mut Steps, settings: &Settings) -> Result<PathBuf> {
    let (package, profile) = (&settings.lib_package, &settings.lib_profile);
    let reason = "Rust to WebAssembly, optimized for size";
    steps.step("Compile the page", reason, || {
        command::run(
            toolchain::cargo()
                // Everybody can download the page, so it must not contain this machine's
                // directories.
                .env("CARGO_ENCODED_RUSTFLAGS", remap_paths())
                .args(["build", "--locked", "--package", package, "--lib"])
                .args(["--target", WASM, "--profile", profile]),
        )
    })?;
    Ok(workspace::target()
        .join(WASM)
        .join(profile)
        .join(format!("{package}.wasm")))
}

/// Flags that remove this machine's directories from panic messages, separated as cargo expects.
fn remap_paths() -> String {
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

/// Generates the JavaScript that loads the module, and optimizes both, unless that was already done
/// for these bytes.
pub fn bind(
    steps: &mut Steps,
    settings: &Settings,
    compiled: &Path,
    optimizer: Option<&Optimizer>,
) -> Result<Module> {
    let module = Module {
        directory: workspace::cache().join("page"),
        name: settings.output_name.clone(),
    };
    let optimizer_name = optimizer.map(Optimizer::name).unwrap_or_default();
    let source = workspace::read(compiled)?;
    let key = hash([
        source.as_slice(),
        optimizer_name.as_bytes(),
        xtask_version().as_bytes(),
    ]);
    let stamp = module.directory.join("made-from");
    if std::fs::read(&stamp).is_ok_and(|made_from| made_from == key.as_bytes()) {
        return Ok(module);
    }
    let reason = "browsers load the WebAssembly module with it";
    steps.step("Generate the page's JavaScript", reason, || {
        workspace::remove_dir(&module.directory)?;
        Bindgen::new()
            .input_bytes(&module.name, source)
            .out_name(&module.name)
            .web(true)
            .context("wasm-bindgen refuses the web target")?
            .typescript(false)
            // The optimizer needs the names, and removes them.
            .remove_name_section(optimizer.is_none())
            .remove_producers_section(true)
            .generate(&module.directory)
            .context("wasm-bindgen could not read the compiled page")
    })?;
    if let Some(optimizer) = optimizer {
        let reason = "less for each browser to load and to compile";
        steps.step("Optimize the page", reason, || {
            optimizer.shrink_wasm(&module.wasm())?;
            optimizer.shrink_js(&module.js())
        })?;
    }
    // The stamp comes last, so that an interrupted build is repeated.
    workspace::write(&stamp, key.as_bytes())?;
    Ok(module)
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, Result};

    /// The library and the generator of wasm-bindgen must have the same version.
    #[test]
    fn wasm_bindgen_and_its_generator_have_the_same_version() -> Result<()> {
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
