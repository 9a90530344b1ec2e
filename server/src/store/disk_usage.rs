//! How much of the disk the data directory uses, and how much is free.

use std::{fs, io, path::Path};

/// Bytes on the disk of the data directory.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskUsage {
    /// The sizes of all files in the data directory.
    pub data: u64,
    /// What an ordinary user can still write.
    pub free: u64,
}

impl DiskUsage {
    /// Measures the directory. What cannot be read counts as nothing.
    pub fn of(dir: &Path) -> Self {
        Self {
            data: bytes_in(dir).unwrap_or(0),
            free: free_bytes(dir).unwrap_or(0),
        }
    }
}

/// The free space of the file system that holds `dir` (statvfs(3)).
///
/// # Errors
/// If it cannot be read.
pub fn free_bytes(dir: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(dir)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// The sizes of the files in `dir` and below. Symbolic links are not followed.
fn bytes_in(dir: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let found = match entry.metadata() {
            Ok(found) => found,
            // It was removed meanwhile.
            Err(_) => continue,
        };
        bytes += match found.is_dir() {
            true => bytes_in(&entry.path())?,
            false => found.len(),
        };
    }
    Ok(bytes)
}
