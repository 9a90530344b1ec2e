//! Creates the data directory, and locks it while a server uses it.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Why a data directory cannot be used. The message is a sentence for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error(
        "the data directory {0} is in use by another running Parlor; stop it first, or choose another directory with --data"
    )]
    Locked(PathBuf),
    #[error(
        "the data directory {0} cannot be written to ({1}); check its owner and permissions, or choose another with --data"
    )]
    Unwritable(PathBuf, io::Error),
    #[error(
        "the data directory was written by a newer Parlor (data version {found}, this one supports {known}); run that version or a later one"
    )]
    Newer { found: i64, known: i64 },
    #[error(
        "the database in the data directory cannot be opened ({0}); restore it from a backup, or choose another directory with --data"
    )]
    Unreadable(#[from] super::Error),
}

/// Creates the directory, readable by its owner alone, and takes its lock (flock(2)). The kernel
/// releases the lock when the process ends, whatever ends it.
pub fn lock(dir: &Path) -> Result<File, DataDirError> {
    let unwritable = |error| DataDirError::Unwritable(dir.to_owned(), error);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(unwritable)?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(dir.join("parlor.lock"))
        .map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DataDirError::Locked(dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(unwritable(error)),
    }
}
