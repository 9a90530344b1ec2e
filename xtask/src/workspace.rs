//! Where things lie. Whatever the shell's folder, every command works in the workspace's.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folder with the workspace's Cargo.toml. Asked when running, where cargo says it: a compiled-in
/// path would outlive a move of the folder, since cargo sees no reason to compile anew.
pub fn root() -> PathBuf {
    let compiled_in = || PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut xtask = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(compiled_in, PathBuf::from);
    xtask.pop();
    xtask
}

/// Cargo's folder; a `CARGO_TARGET_DIR` from outside is not followed, because the server embeds the
/// site from here and the README promises `target/release/parlor`.
pub fn target() -> PathBuf {
    root().join("target")
}

/// The page as it is served: `manifest.json`, `pkg/` and whatever `public/` holds.
pub fn site() -> PathBuf {
    target().join("site")
}

/// Where intermediate files and fetched tools are kept between builds.
pub fn workshop() -> PathBuf {
    target().join("xtask")
}

/// Removes a folder with all it holds; one that is not there is as good as removed.
///
/// # Errors
///
/// When it is there and cannot be removed.
pub fn wipe(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Writes a file and the folders above it.
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

/// Every file below a folder, in the order of their names; none when there is no such folder.
///
/// # Errors
///
/// When a folder cannot be listed.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    let listing = || format!("cannot list {}", folder.display());
    for entry in fs::read_dir(folder).with_context(listing)? {
        let path = entry.with_context(listing)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
