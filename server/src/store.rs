//! Stores everything that must survive a restart, in one SQLite database. No other module contains
//! SQL.
//!
//! [`Store`] opens the data directory and hands out connections: one for the writer, and a few for
//! readers. The child modules are the queries, as functions over a [`Db`]: [`users`]
//! (users, nickname reservations, sessions), [`rooms`], [`events`], [`read_markers`], [`games`],
//! [`game_messages`], [`bots`] and [`webhooks`]; for the operator, [`directory`] and
//! [`removed_rooms`].

#![deny(clippy::wildcard_enum_match_arm)]

pub mod bots;
mod data_dir;
mod db;
pub mod directory;
mod disk_usage;
mod error;
pub mod events;
pub mod game_messages;
pub mod games;
mod health;
mod json;
mod page_builder;
pub mod read_markers;
pub mod removed_rooms;
pub mod room_use;
pub mod rooms;
mod schema;
pub mod server_clock;
mod sqlite;
mod statements;
mod storage_limits;
#[cfg(test)]
mod tests;
pub mod users;
mod value;
pub mod webhooks;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use crate::clock::now_ms;
pub use data_dir::{ACME_FOLDER, DataDirError, restrict_new_files};
pub use db::{Connection, Db, Row, in_savepoint};
pub use disk_usage::DiskUsage;
pub use error::Error;
use health::Health;
#[cfg(test)]
pub use schema::in_memory;
pub use schema::{empty_log, probe};
use storage_limits::StorageGuard;
pub use storage_limits::StorageLimits;
use tokio::sync::Semaphore;
use value::Value;

use crate::clock;

/// What a commit waits for (<https://sqlite.org/pragma.html#pragma_synchronous>).
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Durability {
    /// Wait for the disk: stored messages survive a power failure
    Full,
    /// Wait for the operating system alone: a power failure may lose the most recent messages; a
    /// crash of the server loses nothing
    Normal,
}

/// Connections that read at the same time. On a small machine with two cores, more of them would
/// only wait for a core.
const READERS: usize = 4;

/// An open data directory, locked until this value is dropped.
pub struct Store {
    /// Whether the last write and the last read succeeded.
    pub health: Health,
    /// Whether new messages may be stored.
    pub storage: StorageGuard,
    /// The data directory.
    dir: PathBuf,
    database: PathBuf,
    durability: Durability,
    /// Connections for reading that no query uses at the moment.
    idle: Mutex<Vec<Connection>>,
    /// A permit for each of the [`READERS`].
    permits: Arc<Semaphore>,
    _lock: std::fs::File,
}

impl Store {
    /// Locks the data directory, which is created if it is missing, and opens and migrates the
    /// database.
    ///
    /// # Errors
    /// A [`DataDirError`], whose message is a sentence for the operator.
    pub fn open(dir: &Path, durability: Durability) -> Result<Self, DataDirError> {
        let (lock, database) = data_dir::lock(dir)?;
        let mut connection = schema::connect(&database, durability)?;
        schema::migrate(&mut connection)?;
        clock::start(server_clock::seen_at(connection.db())?);
        Ok(Self {
            health: Health::default(),
            storage: StorageGuard::default(),
            dir: dir.to_owned(),
            database,
            durability,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(READERS)),
            _lock: lock,
        })
    }

    /// Sets what the store may use of the disk. Without this, there are no limits.
    pub fn with_limits(mut self, limits: StorageLimits) -> Self {
        self.storage = StorageGuard::new(limits);
        self
    }

    /// Measures what is stored (see [`StorageGuard::measure`]), over the writer's connection.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn measure_storage(&self, connection: &Connection) -> Result<u64, Error> {
        self.storage.measure(connection, &self.dir)
    }

    /// Opens a new connection. Only the writer may write, so that all writes have one order.
    ///
    /// # Errors
    /// SQLite's error if the file cannot be opened.
    pub fn connect(&self) -> Result<Connection, Error> {
        schema::connect(&self.database, self.durability)
    }

    /// Measures how much of the disk the data directory uses. Blocks.
    pub fn disk_usage(&self) -> DiskUsage {
        DiskUsage::of(&self.dir)
    }

    /// Opens the connection of the writer.
    ///
    /// # Errors
    /// SQLite's error if the file cannot be opened.
    pub fn connect_writer(&self) -> Result<Connection, Error> {
        let connection = self.connect()?;
        schema::configure_writer(&connection)?;
        Ok(connection)
    }

    /// Runs a query on a blocking thread, in one read transaction: the query sees one snapshot.
    ///
    /// # Errors
    /// The error of `query`, which is logged here.
    pub async fn read<T, F>(self: &Arc<Self>, query: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(Db<'_>) -> Result<T, Error> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let store = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let result = store.run(query);
            drop(permit);
            store.health.record_read(&result);
            result
        });
        match task.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The task was canceled: the runtime shuts down, and drops the caller as well.
                Err(_) => std::future::pending().await,
            },
        }
    }

    fn run<T>(&self, query: impl FnOnce(Db<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let idle = self.idle().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let result = query(connection.snapshot()?.db())?;
        // A query that fails or panics drops its connection, and the next query opens another.
        self.idle().push(connection);
        Ok(result)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
