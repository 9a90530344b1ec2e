//! The page in a real Chromium, driven by Playwright.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::packages::Requirement;
use crate::step::Steps;
use crate::{command, workspace};

const CHROMIUM: Requirement = Requirement {
    programs: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ],
    // No fonts are needed: the tests have their own, see `end2end/fonts.conf`.
    package: "chromium",
};

/// The executables that the browser tests need.
pub struct Browser {
    chromium: PathBuf,
    npx: PathBuf,
}

/// Chromium as a required package, unless the variable `CHROMIUM` names an executable.
pub fn requirement() -> Option<Requirement> {
    std::env::var_os("CHROMIUM").is_none().then_some(CHROMIUM)
}

/// Finds Chromium, and installs Playwright into `end2end/node_modules` as `package-lock.json` says.
///
/// # Errors
///
/// When Node or Chromium is missing, or npm cannot install Playwright.
pub fn prepare(steps: &mut Steps) -> Result<Browser> {
    let (Some(npm), Some(npx)) = (command::find("npm"), command::find("npx")) else {
        bail!("The browser tests need Node 20 or newer with npm. Install it: https://nodejs.org");
    };
    let chromium = find_chromium()?;
    let lock = workspace::read(&end2end().join("package-lock.json"))?;
    let stamp = end2end().join("node_modules/.installed-from");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(Browser { chromium, npx });
    }
    steps.step("Install Playwright", "it drives the browser", || {
        command::output(
            Command::new(npm)
                .current_dir(end2end())
                .args(["ci", "--no-audit", "--no-fund", "--loglevel", "error"])
                // The tests use the Chromium found above.
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        )?;
        workspace::write(&stamp, &lock)
    })?;
    Ok(Browser { chromium, npx })
}

impl Browser {
    /// Runs the tests in `end2end/` against this executable. `args` go to Playwright.
    ///
    /// # Errors
    ///
    /// When a test fails.
    pub fn test(&self, steps: &mut Steps, parlor: &Path, args: &[String]) -> Result<()> {
        steps.step("Browser tests", "the page in Chromium", || {
            command::run(self.playwright(parlor).args(args))
        })
    }

    /// The command that measures the page of this executable and prints each figure as a line of
    /// JSON.
    pub fn bench(&self, parlor: &Path) -> Command {
        let mut playwright = self.playwright(parlor);
        playwright.args(["--config", "bench.config.ts"]);
        playwright
    }

    fn playwright(&self, parlor: &Path) -> Command {
        let mut command = Command::new(&self.npx);
        command
            .current_dir(end2end())
            .args(["playwright", "test"])
            .env("PARLOR_BIN", parlor)
            .env("CHROMIUM", &self.chromium);
        command
    }
}

fn end2end() -> PathBuf {
    workspace::root().join("end2end")
}

/// The file that `CHROMIUM` names, or else the first known program on the path.
fn find_chromium() -> Result<PathBuf> {
    if let Some(file) = std::env::var_os("CHROMIUM").map(PathBuf::from) {
        if !file.is_file() {
            bail!("CHROMIUM is set to {}, which is no file", file.display());
        }
        return Ok(file);
    }
    CHROMIUM
        .programs
        .iter()
        .find_map(|name| command::find(name))
        .context("Chromium is missing. Install it, or set CHROMIUM to its path")
}
