//! Everything that is kept: one SQLite database, and the only place that speaks SQL.
//!
//! [`Store`] opens the data folder and hands out connections: one to write with (the writer's) and
//! a few to read with. What can be asked and done stands in the files beside this one, as functions
//! over a [`Connection`]: [`users`] (users, claims on nicknames, sessions), [`rooms`],
//! [`events`], [`reads`], [`games`], [`bots`], [`outgoing`].

pub mod bots;
mod data_dir;
pub mod events;
pub mod game_messages;
pub mod games;
mod health;
mod json;
#[cfg(test)]
mod query_plan_tests;
pub mod read_markers;
pub mod rooms;
mod schema;
pub mod users;
pub mod webhooks;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

pub use data_dir::DataDirError;
use health::Health;
pub use rusqlite::{Connection, TransactionBehavior};
pub use schema::probe;
use tokio::sync::Semaphore;

/// A failure of the database, or of a single request: [`is_outage`] tells which.
pub type Error = rusqlite::Error;

/// Does the database itself not work (<https://sqlite.org/rescode.html>): the disk is full, gone or
/// broken, or somebody else holds the file? Everything else is about one request: a value that cannot be
/// converted or decoded, a constraint.
pub fn is_outage(error: &Error) -> bool {
    use rusqlite::ErrorCode;

    match error.sqlite_error_code() {
        // SQLITE_ERROR is among the unknown ones: the statement is wrong, or a sum too large.
        Some(
            ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch
            | ErrorCode::TooBig
            | ErrorCode::ParameterOutOfRange
            | ErrorCode::ApiMisuse
            | ErrorCode::AuthorizationForStatementDenied
            | ErrorCode::Unknown,
        )
        | None => false,
        Some(_) => true,
    }
}

/// What a commit waits for (<https://sqlite.org/pragma.html#pragma_synchronous>).
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Durability {
    /// Wait for the disk: stored messages survive a power failure
    Full,
    /// Wait for the operating system alone: a power failure may lose the most recent messages; a
    /// crash of the server loses nothing
    Normal,
}

/// Does something inside a transaction, and undoes all of it if it fails.
///
/// # Errors
/// Whatever it fails with, or the database with the savepoint itself.
pub fn in_savepoint<T>(
    db: &Connection,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    db.execute_batch("SAVEPOINT alone")?;
    let done = work();
    match &done {
        Ok(_) => db.execute_batch("RELEASE alone")?,
        // An outage may have ended the whole transaction, and the savepoint with it.
        Err(error) if is_outage(error) => {}
        Err(_) => db.execute_batch("ROLLBACK TO alone; RELEASE alone")?,
    }
    done
}

/// Connections that read at the same time; more would only queue for the two cores of a small box.
const READERS: usize = 4;

/// The data folder, locked for as long as this lives.
pub struct Store {
    /// How it goes.
    pub health: Health,
    database: PathBuf,
    durability: Durability,
    readers: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
    _lock: std::fs::File,
}

impl Store {
    /// Locks the folder (making it if need be), opens the database and brings it to this version.
    ///
    /// # Errors
    /// Each [`DataDirError`] is a sentence for whoever starts the server.
    pub fn open(folder: &std::path::Path, durability: Durability) -> Result<Self, DataDirError> {
        let lock = data_dir::lock(folder)?;
        let database = folder.join("parlor.db");
        schema::migrate(&mut schema::connect(&database, durability)?)?;
        Ok(Self {
            health: Health::default(),
            database,
            durability,
            readers: Mutex::default(),
            free: Arc::new(Semaphore::new(READERS)),
            _lock: lock,
        })
    }

    /// A connection of one's own. Only the writer writes with one, so that writes have one order.
    ///
    /// # Errors
    /// Whatever SQLite says if the file cannot be opened.
    pub fn connect(&self) -> Result<Connection, Error> {
        schema::connect(&self.database, self.durability)
    }

    /// Asks the database something, off the async threads, in one read transaction's view.
    ///
    /// # Errors
    /// Whatever `question` returns; it is logged here.
    pub async fn read<T, F>(self: &Arc<Self>, question: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let store = Arc::clone(self);
        let asked = tokio::task::spawn_blocking(move || {
            let answer = store.ask(question);
            drop(permit);
            store.health.record_read(&answer);
            answer
        });
        match asked.await {
            Ok(answer) => answer,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // Cancelled: the runtime is going, and whoever asks goes with it.
                Err(_) => std::future::pending().await,
            },
        }
    }

    fn ask<T>(&self, question: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let idle = self.idle_readers().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let answer = question(&*connection.transaction()?)?;
        // A question that panics or fails takes its connection along; the next one opens another.
        self.idle_readers().push(connection);
        Ok(answer)
    }

    fn idle_readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A database of this version, empty.
#[cfg(test)]
pub fn in_memory() -> Connection {
    let mut db = Connection::open_in_memory().expect("a database");
    schema::migrate(&mut db).expect("the newest version");
    db
}

/// Milliseconds since 1970-01-01 00:00 UTC.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
