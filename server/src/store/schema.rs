//! Sets up connections, and migrates the database to the newest version.

use std::{path::Path, time::Duration};

use rusqlite::{OpenFlags, config::DbConfig};

use super::{Connection, DataDirError, Durability, Error};

/// The migrations in order. Each migrates the database from one version to the next, and never
/// changes once it is released.
const MIGRATIONS: [&str; 10] = [
    include_str!("../../migrations/1.sql"),
    include_str!("../../migrations/2.sql"),
    include_str!("../../migrations/3.sql"),
    include_str!("../../migrations/4.sql"),
    include_str!("../../migrations/5.sql"),
    include_str!("../../migrations/6.sql"),
    include_str!("../../migrations/7.sql"),
    include_str!("../../migrations/8.sql"),
    include_str!("../../migrations/9.sql"),
    include_str!("../../migrations/10.sql"),
];

/// The number of pages in the WAL (32 MiB) after which they are copied into the database. A busy
/// server writes to the same pages again and again, so the longer the WAL grows, the fewer pages
/// have to be copied.
const CHECKPOINT_PAGES: i64 = 8_192;

/// The size of the WAL after which its pages are copied into the database.
pub const LOG_BYTES: u64 = CHECKPOINT_PAGES.unsigned_abs() * 4_096;

/// How long a connection waits for another one's lock.
const BUSY_TIME: Duration = Duration::from_secs(5);

/// Lets the connection of the writer overwrite what it deletes: the words of a deleted message are
/// not left in unused parts of the file (<https://sqlite.org/pragma.html#pragma_secure_delete>).
pub fn configure_writer(connection: &Connection) -> Result<(), Error> {
    let Connection::Sqlite(connection) = connection;
    Ok(connection.pragma_update(None, "secure_delete", true)?)
}

/// Opens a connection. The path may not contain a symbolic link. In WAL mode readers continue while
/// the writer writes. `synchronous=FULL` syncs the WAL at each commit, `NORMAL` only at
/// checkpoints.
pub fn connect(database: &Path, durability: Durability) -> Result<Connection, Error> {
    let connection = rusqlite::Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW,
    )?;
    connection.busy_timeout(BUSY_TIME)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let synchronous = match durability {
        Durability::Full => "full",
        Durability::Normal => "normal",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    configure(connection)
}

/// Sets what is the same for a database in a file and in memory.
fn configure(connection: rusqlite::Connection) -> Result<Connection, Error> {
    connection.set_prepared_statement_cache_capacity(64);
    // QPSG guarantees a stable query plan. Without it, SQLite plans a statement again for each new
    // value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Users are never deleted, and a room is only after everything that refers to it, so no
    // reference to one can break. With foreign keys, an `INSERT … RETURNING` into `rooms` scans all
    // of `read_markers`.
    connection.pragma_update(None, "foreign_keys", false)?;
    Ok(Connection::Sqlite(connection))
}

/// An empty database of the newest version.
#[cfg(test)]
pub fn in_memory() -> Connection {
    let connection = rusqlite::Connection::open_in_memory().expect("opens a database in memory");
    let mut connection = configure(connection).expect("sets it up");
    migrate(&mut connection).expect("migrates an empty database");
    connection
}

/// Migrates the database to the newest version, in one transaction.
pub fn migrate(connection: &mut Connection) -> Result<(), DataDirError> {
    let Connection::Sqlite(connection) = connection;
    let transaction = connection.transaction().map_err(Error::from)?;
    let found: i64 = transaction
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(Error::from)?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(DataDirError::Newer { found, known });
    }
    for step in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step).map_err(Error::from)?;
    }
    transaction
        .pragma_update(None, "user_version", known)
        .map_err(Error::from)?;
    transaction.commit().map_err(Error::from)?;
    Ok(())
}

/// How large the database is.
#[derive(Clone, Copy, Debug)]
pub struct DatabaseSize {
    /// The bytes of all pages that hold something.
    pub used: u64,
    /// The bytes of pages that are free for reuse.
    pub free: u64,
}

/// Returns how large the database is, without its write-ahead log.
///
/// # Errors
/// An outage.
pub fn size(connection: &Connection) -> Result<DatabaseSize, Error> {
    let Connection::Sqlite(connection) = connection;
    let read = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let page_size = read("page_size")?;
    let free = read("freelist_count")?;
    let used = read("page_count")? - free;
    let bytes = |pages: i64| u64::try_from(pages * page_size).unwrap_or(0);
    Ok(DatabaseSize {
        used: bytes(used),
        free: bytes(free),
    })
}

/// Copies the write-ahead log into the database and empties it. Deleted words are overwritten in
/// the database, but stay in the log until then. Returns whether nobody reads from the log any more
/// (<https://sqlite.org/pragma.html#pragma_wal_checkpoint>).
///
/// # Errors
/// The database's error.
pub fn empty_log(connection: &Connection) -> Result<bool, Error> {
    let Connection::Sqlite(connection) = connection;
    // The writer must not wait for long.
    connection.busy_timeout(Duration::from_millis(20))?;
    let is_busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    connection.busy_timeout(BUSY_TIME)?;
    Ok(is_busy.map(|is_busy: i64| is_busy == 0)?)
}

/// Writes the schema's version again, which changes nothing, to find out whether the database can
/// be written to.
///
/// # Errors
/// Any error of the write or of its commit.
pub fn probe(connection: &Connection) -> Result<(), Error> {
    let Connection::Sqlite(connection) = connection;
    Ok(connection.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        Db,
        events::{self, EventFilter},
    };

    fn empty() -> Connection {
        let db = rusqlite::Connection::open_in_memory().expect("opens a database in memory");
        Connection::Sqlite(db)
    }

    #[test]
    fn a_database_of_version_1_is_migrated_with_its_data() {
        let mut connection = empty();
        let Db::Sqlite(db) = connection.db();
        db.execute_batch(MIGRATIONS[0]).expect("creates version 1");
        db.execute_batch(
            "INSERT INTO persons (nickname, created_at) VALUES ('Anna', 0);
             INSERT INTO rooms (name, fold_key, skeleton_key, last_seq, last_at)
             VALUES ('tea', 'tea', 'tea', 1, 0);
             INSERT INTO events (room, seq, author, id, nickname, text, at)
             VALUES (1, 1, 1, 'a', 'Anna', 'Is anybody here?', 0)",
        )
        .expect("inserts a user and a message");
        db.pragma_update(None, "user_version", 1)
            .expect("sets the version");
        // The second run is like the next start of the server: nothing is left to migrate.
        for _ in 0..2 {
            migrate(&mut connection).expect("migrates the database");
            let Db::Sqlite(db) = connection.db();
            let query = "SELECT nickname FROM users LEFT JOIN read_markers ON read_markers.user_id = users.id";
            let nickname: String = db
                .query_row(query, [], |row| row.get(0))
                .expect("finds the user");
            assert_eq!(nickname, "Anna");
            let log = events::page_before(connection.db(), "tea", None, 50, EventFilter::All)
                .expect("reads the log");
            assert_eq!(log.messages[0].text(), "Is anybody here?");
        }
        let first_user_id = || -> i64 {
            let mut connection = empty();
            migrate(&mut connection).expect("migrates the database");
            let Db::Sqlite(db) = connection.db();
            db.execute_batch("INSERT INTO users (nickname, created_at) VALUES ('Ben', 0)")
                .expect("inserts a user");
            db.last_insert_rowid()
        };
        assert_ne!(
            first_user_id(),
            first_user_id(),
            "each server starts its user ids at a number of its own"
        );
    }
}
