//! Creates the data directory, keeps it and its files to their owner, and locks it while a server
//! uses it.
//!
//! The directory may be a symbolic link: the operator has made it, and it leads to a directory
//! that is restricted like any other. A file in it may not, because it would let others choose
//! which file is read and written.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{Mode, OFlags};

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
        "{0} is not a regular file, and Parlor follows no symbolic link there; move the file itself to this place, or choose another directory with --data"
    )]
    NotAFile(PathBuf),
    #[error(
        "{0} is not a folder, and Parlor follows no symbolic link there; move the folder itself to this place, or choose another directory with --data"
    )]
    NotAFolder(PathBuf),
    #[error(
        "the data directory was written by a newer Parlor (data version {found}, this one supports {known}); run that version or a later one"
    )]
    Newer { found: i64, known: i64 },
    #[error(
        "the database in the data directory cannot be opened ({0}); restore it from a backup, or choose another directory with --data"
    )]
    Unreadable(#[from] super::Error),
}

/// The database's file. SQLite gives the same permissions to the files that it adds.
const DATABASE: &str = "parlor.db";
const LOCK: &str = "parlor.lock";
/// The folder of the certificates that the server gets by itself, and their private keys.
pub const ACME_FOLDER: &str = "acme";
/// Every file that Parlor reads or writes in the directory, those of SQLite included.
const FILES: [&str; 5] = [
    DATABASE,
    "parlor.db-wal",
    "parlor.db-shm",
    "parlor.db-journal",
    LOCK,
];

/// A directory that others can reach.
const OPEN_TO_OTHERS: u32 = 0o077;
/// A directory that many use, such as `/tmp`: only the owner of a file may remove it.
const STICKY: u32 = 0o1000;

/// Lets only the owner read the files that this process creates from now on, whatever the umask
/// was. A file that others shall reach needs its permissions set.
pub fn restrict_new_files() {
    rustix::process::umask(Mode::from_raw_mode(OPEN_TO_OTHERS));
}

/// Creates the directory, if it is missing, and its database, readable by their owner alone. What
/// exists and is open to others is restricted, with a warning. Then takes the directory's lock
/// (flock(2)), which the kernel releases when the process ends, whatever ends it.
///
/// Returns the lock and the path of the database, which contains no symbolic links.
pub fn lock(dir: &Path) -> Result<(File, PathBuf), DataDirError> {
    let unwritable = |error| DataDirError::Unwritable(dir.to_owned(), error);
    let created = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    created.map_err(unwritable)?;
    let dir = &fs::canonicalize(dir).map_err(unwritable)?;
    restrict_directory(dir).map_err(unwritable)?;
    for name in FILES {
        check_file(&dir.join(name), unwritable)?;
    }
    check_folder(&dir.join(ACME_FOLDER), unwritable)?;
    let file = create_file(&dir.join(LOCK)).map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(DataDirError::Locked(dir.to_owned())),
        Err(TryLockError::Error(error)) => return Err(unwritable(error)),
    }
    let database = dir.join(DATABASE);
    create_file(&database).map_err(unwritable)?;
    Ok((file, database))
}

fn restrict_directory(dir: &Path) -> io::Result<()> {
    let mode = fs::metadata(dir)?.permissions().mode();
    if mode & OPEN_TO_OTHERS == 0 {
        return Ok(());
    }
    if mode & STICKY != 0 {
        tracing::warn!(
            directory = %dir.display(),
            "the data directory is shared with other users; choose one of its own with --data"
        );
        return Ok(());
    }
    restrict(dir, mode, 0o700);
    Ok(())
}

/// Refuses what is not a folder of regular files, and restricts a folder and files that others can
/// reach.
fn check_folder(
    path: &Path,
    unwritable: impl Copy + Fn(io::Error) -> DataDirError,
) -> Result<(), DataDirError> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(unwritable)?,
    };
    if !found.is_dir() {
        return Err(DataDirError::NotAFolder(path.to_owned()));
    }
    let mode = found.permissions().mode();
    if mode & OPEN_TO_OTHERS != 0 {
        restrict(path, mode, 0o700);
    }
    for entry in fs::read_dir(path).map_err(unwritable)? {
        check_file(&entry.map_err(unwritable)?.path(), unwritable)?;
    }
    Ok(())
}

/// Refuses what is not a regular file, and restricts a file that others can read or write.
fn check_file(
    path: &Path,
    unwritable: impl Fn(io::Error) -> DataDirError,
) -> Result<(), DataDirError> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(unwritable)?,
    };
    if !found.is_file() {
        return Err(DataDirError::NotAFile(path.to_owned()));
    }
    let mode = found.permissions().mode();
    if mode & OPEN_TO_OTHERS != 0 {
        restrict(path, mode, 0o600);
    }
    Ok(())
}

/// Another user's directory cannot be restricted. A server that may write there can run all the
/// same.
fn restrict(path: &Path, before: u32, after: u32) {
    let path_shown = path.display();
    let before = format!("{:03o}", before & 0o777);
    match fs::set_permissions(path, Permissions::from_mode(after)) {
        Ok(()) => tracing::warn!(
            path = %path_shown,
            before,
            "other users of this machine could reach the data; now only the owner can"
        ),
        Err(error) => tracing::warn!(
            path = %path_shown,
            before,
            %error,
            "other users of this machine can reach the data, and that cannot be changed"
        ),
    }
}

fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
}
