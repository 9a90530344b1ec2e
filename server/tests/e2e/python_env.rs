//! Python environments with packages from PyPI, created once in the target directory.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
};

/// The directory of the executables, such as `python`, of an environment with the packages of a
/// requirements file, which has the hash of each.
pub fn with_pinned(name: &str, requirements: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(requirements);
    let content = std::fs::read_to_string(&file).expect("a requirements file");
    let file = file.to_str().expect("UTF-8");
    let options = ["--require-hashes", "--only-binary=:all:", "-r", file];
    environment(name, &options, &content)
}

/// An environment for what pip installs with these options. It is created anew when `version`
/// changes.
fn environment(name: &str, options: &[&str], version: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{name}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    // Other tests, in other processes, may need it at the same time.
    let lock = File::create(folder.join("lock")).expect("a file");
    lock.lock().expect("a lock");
    let (bin, is_ready) = (folder.join("bin"), folder.join("is-ready"));
    if std::fs::read_to_string(&is_ready).ok().as_deref() != Some(version) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        let pip = ["-m", "pip", "install", "--quiet"];
        let pip = pip.iter().chain(&["--disable-pip-version-check"]);
        run(Command::new(bin.join("python")).args(pip).args(options));
        std::fs::write(is_ready, version).expect("writable");
    }
    bin
}

fn run(command: &mut Command) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {problem}");
}
