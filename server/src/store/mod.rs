//! Everything that is kept: one SQLite database, and the only place that speaks SQL.
//!
//! [`Store`] opens the data folder and hands out connections: one to write with (the journal's) and
//! a few to read with. What can be asked and done stands in the files beside this one, as functions
//! over a [`Connection`]: [`people`] (persons, claims on nicknames, sessions), [`rooms`],
//! [`events`], [`reads`].

pub mod events;
mod folder;
pub mod people;
pub mod reads;
pub mod rooms;
mod schema;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

pub use folder::FolderError;
pub use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::Semaphore;

/// A failure of the database: the disk is full, gone or broken.
pub type Error = rusqlite::Error;

/// Connections that read at the same time; more would only queue for the two cores of a small box.
const READERS: usize = 4;

/// The data folder, locked for as long as this lives.
pub struct Store {
    database: PathBuf,
    readers: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
    _lock: std::fs::File,
}

impl Store {
    /// Locks the folder (making it if need be), opens the database and brings it to this version.
    ///
    /// # Errors
    /// Each [`FolderError`] is a sentence for whoever starts the server.
    pub fn open(folder: &std::path::Path) -> Result<Self, FolderError> {
        let lock = folder::lock(folder)?;
        let database = folder.join("parlor.db");
        schema::migrate(&mut schema::connect(&database)?)?;
        Ok(Self {
            database,
            readers: Mutex::default(),
            free: Arc::new(Semaphore::new(READERS)),
            _lock: lock,
        })
    }

    /// A connection of one's own. Only the journal writes with one, so that writes have one order.
    ///
    /// # Errors
    /// Whatever SQLite says if the file cannot be opened.
    pub fn connect(&self) -> Result<Connection, Error> {
        schema::connect(&self.database)
    }

    /// Asks the database something, off the async threads, in one read transaction's view.
    ///
    /// # Errors
    /// Whatever `question` returns.
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
            let idle = store.idle_readers().pop();
            let mut connection = match idle {
                Some(connection) => connection,
                None => store.connect()?,
            };
            let answer = connection
                .transaction()
                .and_then(|transaction| question(&transaction));
            // A question that panics takes its connection along; the next one opens another.
            store.idle_readers().push(connection);
            drop(permit);
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

    fn idle_readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds since 1970-01-01 00:00 UTC.
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
