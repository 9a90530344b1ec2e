//! A Python environment with a package from PyPI, created once in the target directory.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The directory of the executables, such as `python`, of an environment with this package.
pub fn with(package: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{package}"));
    let bin = folder.join("bin");
    let is_ready = folder.join("is-ready");
    if !is_ready.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            package,
        ];
        run(Command::new(bin.join("python")).args(pip));
        std::fs::write(is_ready, "").expect("writable");
    }
    bin
}

fn run(command: &mut Command) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {problem}");
}
