//! How a connection is set up, and how an older database is brought to this version.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{DataDirError, Durability, Error};

/// Each step brings the database from one version to the next; none is ever changed once released.
const MIGRATIONS: [&str; 7] = [
    include_str!("../../migrations/1.sql"),
    include_str!("../../migrations/2.sql"),
    include_str!("../../migrations/3.sql"),
    include_str!("../../migrations/4.sql"),
    include_str!("../../migrations/5.sql"),
    include_str!("../../migrations/6.sql"),
    include_str!("../../migrations/7.sql"),
];

/// Pages in the WAL (32 MiB) after which they are copied into the database. The pages that a busy
/// server writes to are the same again and again, so the longer it waits the less there is to copy.
const CHECKPOINT_PAGES: i64 = 8_192;

/// WAL lets readers go on while the writer writes; FULL syncs the WAL at each commit, NORMAL only
/// at checkpoints.
pub fn connect(database: &Path, durability: Durability) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let synchronous = match durability {
        Durability::Full => "full",
        Durability::Normal => "normal",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.set_prepared_statement_cache_capacity(64);
    // Without this guarantee of a stable plan, SQLite plans a statement anew for each new value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// Brings the database to the newest version, in one transaction.
pub fn migrate(connection: &mut Connection) -> Result<(), DataDirError> {
    let transaction = connection.transaction()?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(DataDirError::Newer { found, known });
    }
    for step in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// Writes something that changes nothing, to see whether anything can be written.
///
/// # Errors
/// Whatever hinders it, here or at the commit.
pub fn probe(connection: &Connection) -> Result<(), Error> {
    connection.pragma_update(None, "user_version", MIGRATIONS.len() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::events::{self, EventFilter};

    #[test]
    fn a_database_of_the_first_version_is_brought_along_with_what_it_holds() {
        let mut db = Connection::open_in_memory().expect("a database");
        db.execute_batch(MIGRATIONS[0]).expect("the first version");
        db.execute_batch(
            "INSERT INTO persons (nickname, created_at) VALUES ('Anna', 0);
             INSERT INTO rooms (name, fold_key, skeleton_key, last_seq, last_at)
             VALUES ('tea', 'tea', 'tea', 1, 0);
             INSERT INTO events (room, seq, author, id, nickname, text, at)
             VALUES (1, 1, 1, 'a', 'Anna', 'Is anybody here?', 0)",
        )
        .expect("somebody in it, and what she said");
        db.pragma_update(None, "user_version", 1).expect("its mark");
        for _ in ["once", "and at the next start"] {
            migrate(&mut db).expect("the newest version");
            let kept = "SELECT nickname FROM users LEFT JOIN read_markers ON read_markers.user_id = users.id";
            let nickname: String = db.query_row(kept, [], |row| row.get(0)).expect("Anna");
            assert_eq!(nickname, "Anna");
            let log = events::page_before(&db, "tea", None, 50, EventFilter::All).expect("a page");
            assert_eq!(log.messages[0].text, "Is anybody here?");
        }
        let newcomer = || -> i64 {
            let mut db = Connection::open_in_memory().expect("a database");
            migrate(&mut db).expect("the newest version");
            db.execute_batch("INSERT INTO users (nickname, created_at) VALUES ('Ben', 0)")
                .expect("somebody in it");
            db.last_insert_rowid()
        };
        assert_ne!(newcomer(), newcomer(), "no two servers count from the same");
    }
}
