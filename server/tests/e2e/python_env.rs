//! A Python with what stories need of PyPI, made once in the target folder.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of its programs, `python` among them, with this package in it.
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
