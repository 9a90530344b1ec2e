//! Refuses messages before the disk is full, or before the database holds more than it may.
//!
//! Deletions, sign-outs and read markers are never refused: they are small, and some of them make
//! room. So the limits are a little below what the disk can hold.

use std::{
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use protocol::{Code, Refusal};

use super::{
    Connection, Error, disk_usage,
    schema::{self, DatabaseSize},
};
use crate::{limits, log::OncePerMinute};

/// What the store may use of the disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct StorageLimits {
    /// The most bytes of the database, without pages that are free for reuse.
    pub max: Option<u64>,
    /// The least bytes that have to be free on the disk, or in the database.
    pub min_free: u64,
}

/// The free space that every write needs first, whatever is free in the database: that of the
/// write-ahead log, twice, because it can outgrow its limit while a reader keeps it.
const LOG_BYTES: u64 = 2 * schema::LOG_BYTES;

impl StorageLimits {
    /// How many bytes may still be written, with so much free space on the disk. `None` if the
    /// storage is full.
    fn remaining(self, size: DatabaseSize, free: u64) -> Option<u64> {
        let below_max = match self.max {
            Some(max) => max.checked_sub(size.used)?,
            None => u64::MAX,
        };
        // The file does not shrink when something is removed, but its free pages are used again.
        let above_floor = free.saturating_add(size.free).checked_sub(self.min_free)?;
        let above_log = free.checked_sub(self.min_free.min(LOG_BYTES))?;
        let remaining = below_max.min(above_floor).min(above_log);
        Some(remaining).filter(|remaining| *remaining > 0)
    }
}

/// Whether new messages may be stored.
#[derive(Default)]
pub struct StorageGuard {
    limits: StorageLimits,
    is_full: AtomicBool,
    full_log: Mutex<OncePerMinute>,
}

/// Between two measurements at least this many bytes are written …
const MEASURE_EVERY_LEAST: u64 = 64 * 1024;
/// … and at most this many.
const MEASURE_EVERY_MOST: u64 = 16 * 1024 * 1024;

impl StorageGuard {
    /// A guard of these limits, which has measured nothing yet.
    pub fn new(limits: StorageLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Whether the limits were exceeded when this was last measured.
    pub fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    /// Returns whether another message may be stored.
    ///
    /// # Errors
    /// [`Code::StorageFull`], with the time until the next measurement.
    pub fn allow_message(&self) -> Result<(), Refusal> {
        match self.is_full() {
            false => Ok(()),
            true => Err(Refusal::retry_after(
                Code::StorageFull,
                limits::CLEANUP_INTERVAL,
            )),
        }
    }

    /// Returns whether another user may be stored, who is never deleted.
    ///
    /// # Errors
    /// [`Code::StorageFull`], with the time until the next measurement.
    pub fn allow_user(&self) -> Result<(), Refusal> {
        self.allow_message().map_err(|refusal| Refusal {
            message: "The server's storage is full, so nobody new can join. Ask its operator to \
                      make space."
                .to_owned(),
            ..refusal
        })
    }

    /// Measures what is used. Returns how many bytes may be written before this is due again.
    ///
    /// # Errors
    /// If the database cannot be read. A file system that cannot be asked counts as full of space.
    pub fn measure(&self, connection: &Connection, dir: &Path) -> Result<u64, Error> {
        let size = schema::size(connection)?;
        let free = disk_usage::free_bytes(dir).unwrap_or(u64::MAX);
        let remaining = self.limits.remaining(size, free);
        let was_full = self.is_full.swap(remaining.is_none(), Ordering::Relaxed);
        match remaining {
            Some(_) if was_full => tracing::info!("there is space for messages again"),
            Some(_) => {}
            None => self.log_full(size.used, free),
        }
        let due = remaining.unwrap_or(0) / 4;
        Ok(due.clamp(MEASURE_EVERY_LEAST, MEASURE_EVERY_MOST))
    }

    fn log_full(&self, used: u64, free: u64) {
        let mut log = self.full_log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since_last) = log.is_due(Instant::now()) {
            tracing::error!(
                used,
                free,
                since_last,
                "the storage is full and messages are refused; remove rooms with `parlor room remove`, \
                 make space on the disk, or raise --max-storage; logged at most once a minute"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    #[test]
    fn free_pages_of_the_database_do_not_replace_the_space_that_its_log_needs() {
        let limits = StorageLimits {
            max: Some(2_000 * MB),
            min_free: 200 * MB,
        };
        let remaining = |used, free_pages, free| {
            let size = DatabaseSize {
                used: used * MB,
                free: free_pages * MB,
            };
            limits.remaining(size, free * MB)
        };
        assert_eq!(remaining(500, 0, 1_000), Some(800 * MB));
        assert_eq!(remaining(500, 1_000, 100), Some(100 * MB - LOG_BYTES));
        assert_eq!(
            remaining(500, 1_000, 0),
            None,
            "another program fills the disk"
        );
        assert_eq!(remaining(500, 1_000, 60), None);
        assert_eq!(remaining(500, 0, 200), None);
        assert_eq!(remaining(2_000, 0, 1_000), None);
        let size = DatabaseSize { used: MB, free: 0 };
        let no_floor = StorageLimits::default();
        assert_eq!(no_floor.remaining(size, 1), Some(1), "0 is for no floor");
    }
}
