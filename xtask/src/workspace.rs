//! Paths in the workspace, and functions for its files. They do not depend on the current
//! directory.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The directory with the workspace's Cargo.toml. It is read at run time if cargo sets it: a path
/// that is compiled in would be wrong after the directory moves, because cargo does not compile
/// again.
pub fn root() -> PathBuf {
    let compiled_in = || PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut xtask = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(compiled_in, PathBuf::from);
    xtask.pop();
    xtask
}

/// Cargo's target directory. `CARGO_TARGET_DIR` is ignored, because the server embeds the site from
/// here and the README promises `target/release/parlor`.
pub fn target() -> PathBuf {
    root().join("target")
}

/// The directory of intermediate files and downloaded tools, which stay between builds.
pub fn cache() -> PathBuf {
    target().join("xtask")
}

/// An empty directory for the test of this name. It stays until the test runs again.
///
/// No crate for temporary directories is used: the features that it needs would make cargo compile
/// the dependencies of xtask once for the tests and once for `cargo xtask`.
#[cfg(test)]
pub fn test_directory(name: &str) -> Result<PathBuf> {
    let directory = cache().join("tests").join(name);
    remove_dir(&directory)?;
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

/// Removes a directory with everything in it, if it exists.
///
/// # Errors
///
/// When it exists and cannot be removed.
pub fn remove_dir(directory: &Path) -> Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", directory.display()))
        }
        _ => Ok(()),
    }
}

/// Writes a file, and creates the directories above it.
///
/// # Errors
///
/// With the file's name.
pub fn write(file: &Path, contents: &[u8]) -> Result<()> {
    file.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(file, contents))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// Reads a file.
///
/// # Errors
///
/// With the file's name.
pub fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Every file below a directory, sorted by name. There are none when the directory does not exist.
///
/// # Errors
///
/// When a directory cannot be listed.
pub fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !directory.is_dir() {
        return Ok(found);
    }
    let context = || format!("cannot list {}", directory.display());
    for entry in fs::read_dir(directory).with_context(context)? {
        let path = entry.with_context(context)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
