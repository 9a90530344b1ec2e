//! How a connection is set up, and how an older database is brought to this version.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::{Error, FolderError};

/// Each step brings the database from one version to the next; none is ever changed once released.
const STEPS: [&str; 1] = [include_str!("migrations/1.sql")];

/// WAL lets readers go on while the journal writes; FULL syncs the WAL at each commit, so that what
/// was committed survives a loss of power (<https://sqlite.org/pragma.html#pragma_synchronous>).
pub fn connect(database: &Path) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Brings the database to the newest version, in one transaction.
pub fn migrate(connection: &mut Connection) -> Result<(), FolderError> {
    let transaction = connection.transaction()?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = STEPS.len() as i64;
    if found > known {
        return Err(FolderError::Newer { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}
