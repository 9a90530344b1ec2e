//! `wasm-opt`, which npm's package `binaryen` carries for every machine that has Node.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::step::Steps;
use crate::{command, workspace};

/// Kept exact: another version makes other bytes, and so other names.
const VERSION: &str = "132.0.0";

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
/// a tenth larger as brotli: what it does to locals makes functions that were alike differ.
const PASSES: &[&str] = &["-O1", "--merge-similar-functions"];

/// An installed `wasm-opt`.
pub struct Optimiser {
    node: PathBuf,
    script: PathBuf,
}

/// Finds wasm-opt or fetches it. Without Node the page is built all the same.
pub fn ready(steps: &mut Steps) -> Result<Option<Optimiser>> {
    let (Some(node), Some(npm)) = (command::find("node"), command::find("npm")) else {
        eprintln!(
            "! No Node here, so no wasm-opt: the page works, but has about a fifth more code to compile."
        );
        return Ok(None);
    };
    let folder = workspace::workshop().join(format!("binaryen-{VERSION}"));
    let script = folder.join("node_modules/binaryen/bin/wasm-opt");
    if !script.exists() {
        steps.step("Fetch wasm-opt", "npm's binaryen has it; once", || {
            workspace::write(&folder.join("package.json"), b"{ \"private\": true }\n")?;
            command::output(
                Command::new(npm)
                    .current_dir(&folder)
                    .args(["install", "--no-audit", "--no-fund", "--loglevel", "error"])
                    .arg(format!("binaryen@{VERSION}")),
            )
            .context("npm could not install binaryen; is its registry in reach?")
        })?;
    }
    Ok(Some(Optimiser { node, script }))
}

impl Optimiser {
    /// The version of Binaryen, for telling one result from another's.
    pub fn version(&self) -> &'static str {
        VERSION
    }

    /// Rewrites a module as a smaller one that does the same.
    pub fn shrink(&self, module: &Path) -> Result<()> {
        command::run(
            Command::new(&self.node)
                .arg(&self.script)
                .args(PASSES)
                .args(FEATURES)
                .arg(module)
                .arg("-o")
                .arg(module),
        )
    }
}
