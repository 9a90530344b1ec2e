//! `wasm-opt` and `esbuild`, which npm carries for every machine that has Node.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::step::Steps;
use crate::{command, workspace};

/// npm's packages. Kept exact: another version makes other bytes, and so other names.
const PACKAGES: [&str; 2] = ["binaryen@132.0.0", "esbuild@0.28.2"];

/// What rustc's WebAssembly uses beyond the first standard; every browser that has
/// `WebAssembly` and CSS nesting has these too.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// What makes the module smaller as it travels. `-Oz` makes it a tenth smaller still as it lies, and
/// a tenth larger as brotli: what it does to locals makes functions that were alike differ. In the
/// order of their names, functions that are alike stand side by side; then the names go.
const PASSES: &[&str] = &[
    "-O1",
    "--dae-optimizing",
    "-O1",
    "--merge-similar-functions",
    "--reorder-functions-by-name",
    "--strip-debug",
];

/// The installed tools.
pub struct Optimiser {
    node: PathBuf,
    packages: PathBuf,
}

/// Finds the tools or fetches them. Without Node the page is built all the same.
pub fn ready(steps: &mut Steps) -> Result<Option<Optimiser>> {
    let (Some(node), Some(npm)) = (command::find("node"), command::find("npm")) else {
        eprintln!(
            "! No Node here, so no wasm-opt: the page works, but has about a fifth more code to compile."
        );
        return Ok(None);
    };
    let folder = workspace::workshop().join(PACKAGES.join("-"));
    let packages = folder.join("node_modules");
    // npm writes it last.
    if !packages.join(".package-lock.json").exists() {
        steps.step("Fetch wasm-opt and esbuild", "npm has them; once", || {
            workspace::write(&folder.join("package.json"), b"{ \"private\": true }\n")?;
            command::output(
                Command::new(npm)
                    .current_dir(&folder)
                    // Their scripts would only put programs in the place of scripts that work.
                    .args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
                    .args(["--loglevel", "error"])
                    .args(PACKAGES),
            )
            .context("npm could not install them; is its registry in reach?")
        })?;
    }
    Ok(Some(Optimiser { node, packages }))
}

impl Optimiser {
    /// What optimises, for telling one result from another's.
    pub fn name(&self) -> String {
        PACKAGES.join(" ")
    }

    /// Rewrites a module as a smaller one that does the same.
    pub fn shrink_wasm(&self, module: &Path) -> Result<()> {
        command::run(
            Command::new(&self.node)
                .arg(self.packages.join("binaryen/bin/wasm-opt"))
                .args(PASSES)
                .args(FEATURES)
                .arg(module)
                .arg("-o")
                .arg(module),
        )
    }

    /// The same for JavaScript.
    pub fn shrink_js(&self, module: &Path) -> Result<()> {
        command::run(
            Command::new(&self.node)
                .arg(self.packages.join("esbuild/bin/esbuild"))
                .args(["--minify", "--format=esm", "--target=es2022"])
                .args(["--log-level=warning", "--allow-overwrite"])
                .arg(format!("--outfile={}", module.display()))
                .arg(module),
        )
    }
}
