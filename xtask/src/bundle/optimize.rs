//! `wasm-opt` and `esbuild`, installed with npm into `target/xtask` on machines that have Node.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::step::Steps;
use crate::{command, workspace};

/// The npm packages. The versions are exact: another one generates other bytes, and so other names.
const PACKAGES: [&str; 2] = ["binaryen@132.0.0", "esbuild@0.28.2"];

/// The extensions of WebAssembly 1.0 that rustc uses. Every browser with CSS nesting has them.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The passes that make the module's brotli smallest. `-Oz` makes the plain file a tenth smaller,
/// and the brotli a tenth larger: it rewrites locals, so that similar functions become different.
/// Sorting functions by name puts similar ones next to each other; then the names are removed.
const PASSES: &[&str] = &[
    "-O1",
    "--dae-optimizing",
    "-O1",
    "--merge-similar-functions",
    "--reorder-functions-by-name",
    "--strip-debug",
];

/// The installed tools.
pub struct Optimizer {
    node: PathBuf,
    packages: PathBuf,
}

/// Finds the tools or downloads them. Without Node the page is built without them.
pub fn prepare(steps: &mut Steps) -> Result<Option<Optimizer>> {
    let (Some(node), Some(npm)) = (command::find("node"), command::find("npm")) else {
        eprintln!(
            "! Node is missing, so wasm-opt does not run: browsers compile about a fifth more code."
        );
        return Ok(None);
    };
    let directory = workspace::cache().join(PACKAGES.join("-"));
    let packages = directory.join("node_modules");
    // npm writes this file last.
    if !packages.join(".package-lock.json").exists() {
        steps.step("Download wasm-opt and esbuild", "from npm, once", || {
            workspace::write(&directory.join("package.json"), b"{ \"private\": true }\n")?;
            command::output(
                Command::new(npm)
                    .current_dir(&directory)
                    // Their install scripts only replace working scripts with programs.
                    .args(["install", "--ignore-scripts", "--no-audit", "--no-fund"])
                    .args(["--loglevel", "error"])
                    .args(PACKAGES),
            )
            .context("npm could not install them. Can this machine reach its registry?")
        })?;
    }
    Ok(Some(Optimizer { node, packages }))
}

impl Optimizer {
    /// Identifies the optimizer, because another one generates other bytes.
    pub fn name(&self) -> String {
        PACKAGES.join(" ")
    }

    /// Replaces a module with a smaller one that does the same.
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

    /// Minifies a JavaScript module in place.
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
