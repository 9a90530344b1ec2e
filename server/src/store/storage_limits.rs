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

use super::{Connection, Error, disk_usage, schema};
use crate::{limits, log::OncePerMinute};

/// What the store may use of the disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct StorageLimits {
    /// The most bytes of the database, without pages that are free for reuse.
    pub max: Option<u64>,
    /// The least bytes that have to be free on the disk, or in the database.
    pub min_free: u64,
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

    /// Measures what is used. Returns how many bytes may be written before this is due again.
    ///
    /// # Errors
    /// If the database cannot be read. A file system that cannot be asked counts as full of space.
    pub fn measure(&self, connection: &Connection, dir: &Path) -> Result<u64, Error> {
        let size = schema::size(connection)?;
        let below_max = self.limits.max.map(|max| max.checked_sub(size.used));
        let free = disk_usage::free_bytes(dir).unwrap_or(u64::MAX);
        // The file does not shrink when something is removed, but its free pages are used again.
        let above_floor = free
            .saturating_add(size.free)
            .checked_sub(self.limits.min_free);
        let remaining = below_max.unwrap_or(Some(u64::MAX)).zip(above_floor);
        let remaining = remaining.map(|(max, floor)| max.min(floor));
        let remaining = remaining.filter(|remaining| *remaining > 0);
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
