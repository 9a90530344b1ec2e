//! The page in a real Chromium, driven by Playwright.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::Steps;
use crate::{command, workspace};

/// The names Chromium goes by.
const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// All that the browser tests need, found or installed.
pub struct Browser {
    chromium: PathBuf,
    npx: PathBuf,
}

/// Finds Chromium and installs Playwright as `end2end/package-lock.json` has it.
///
/// # Errors
///
/// When something is missing and cannot be installed, with what to install.
pub fn ready(steps: &mut Steps) -> Result<Browser> {
    let (Some(npm), Some(npx)) = (command::find("npm"), command::find("npx")) else {
        bail!(
            "the browser tests need Node 20 or newer with npm; please install it (https://nodejs.org)"
        );
    };
    let chromium = match chromium()? {
        Some(chromium) => chromium,
        None => steps.step(
            "Install Chromium",
            "the browser tests need a real browser",
            || {
                // Its fonts come with the tests: see `end2end/fonts.conf`.
                command::apt_install(&["chromium"])
                    .context("Install Chromium or Chrome, or set CHROMIUM to where it is")?;
                chromium()?.context("the package chromium brought no /usr/bin/chromium")
            },
        )?,
    };
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
                // We bring our own browser.
                .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        )?;
        workspace::write(&stamp, &lock)
    })?;
    Ok(Browser { chromium, npx })
}

impl Browser {
    /// Runs the stories in `end2end/` against this executable; `args` go to Playwright.
    ///
    /// # Errors
    ///
    /// When a story does not hold.
    pub fn test(&self, steps: &mut Steps, parlor: &Path, args: &[String]) -> Result<()> {
        steps.step("Browser tests", "what a user sees, in Chromium", || {
            command::run(self.playwright(parlor).args(args))
        })
    }

    /// What measures the page of this executable, and prints each figure as a line of JSON.
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

/// Where `CHROMIUM` says it is, else the first of its names on the path.
fn chromium() -> Result<Option<PathBuf>> {
    if let Some(said) = std::env::var_os("CHROMIUM").map(PathBuf::from) {
        if !said.is_file() {
            bail!(
                "CHROMIUM is set to {}, where there is no program",
                said.display()
            );
        }
        return Ok(Some(said));
    }
    Ok(NAMES.iter().find_map(|name| command::find(name)))
}
