//! What waits to be written: bounded, and taken up a batch at a time. While several people write at
//! once the writer waits, before each batch, until about as much has gathered as the last time, for
//! then the next is worth its fsync; when they do not, it waits for nothing.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::writes::Write;
use crate::limits;

/// Bytes of text that share one transaction, at most.
pub const BATCH_BYTES: usize = 1024 * 1024;

/// So many writes are worth a transaction: an fsync costs little beside them.
const FULL_BATCH: usize = 64;

/// For how long the writer waits for more, at most.
const FLUSH_DELAY: Duration = Duration::from_millis(4);

/// Where writes are put. When the last clone is gone [`Waiting`] ends.
#[derive(Clone)]
pub struct Queue {
    entries: mpsc::UnboundedSender<Entry>,
    /// What bounds the queue: a write waits for a permit and keeps it until it is taken up.
    free: Arc<Semaphore>,
    wakeup: Arc<Wakeup>,
}

/// Where the writer takes them from.
pub struct BatchReceiver {
    entries: mpsc::UnboundedReceiver<Entry>,
    wakeup: Arc<Wakeup>,
    /// For how long to wait for more …
    flush_delay: Duration,
    /// … if fewer than so many are there.
    enough: usize,
}

struct Entry {
    write: Write,
    _permit: Option<OwnedSemaphorePermit>,
}

/// How those who put something in learn that the writer would rather be woken now.
struct Wakeup {
    /// How many it waits for; while it does not, more than there can be.
    wanted: AtomicUsize,
    writer: OnceLock<Thread>,
}

impl Queue {
    /// An empty queue, and its other end.
    pub fn new() -> (Self, BatchReceiver) {
        let (sender, entries) = mpsc::unbounded_channel();
        let gathering = Arc::new(Wakeup {
            wanted: AtomicUsize::new(usize::MAX),
            writer: OnceLock::new(),
        });
        let queue = Self {
            entries: sender,
            free: Arc::new(Semaphore::new(limits::WRITER_QUEUE)),
            wakeup: Arc::clone(&gathering),
        };
        let waiting = BatchReceiver {
            entries,
            wakeup: gathering,
            flush_delay: Duration::ZERO,
            enough: 0,
        };
        (queue, waiting)
    }

    /// Puts a write at the end; waits only while the queue is full.
    pub async fn push(&self, write: Write) {
        let permit = Arc::clone(&self.free).acquire_owned().await.ok();
        self.enqueue(write, permit);
    }

    /// The same, however full it is: for what a socket leaves behind, which cannot wait. Sockets are
    /// bounded, and so is this.
    pub fn push_unbounded(&self, write: Write) {
        self.enqueue(write, None);
    }

    fn enqueue(&self, write: Write, permit: Option<OwnedSemaphorePermit>) {
        let entry = Entry {
            write,
            _permit: permit,
        };
        if self.entries.send(entry).is_err() {
            tracing::error!("the writer has stopped; its requests are refused");
        }
        // What has no permit is not counted; then the writer waits for its time, as it would anyway.
        let many = limits::WRITER_QUEUE - self.free.available_permits();
        if many >= self.wakeup.wanted.load(Ordering::SeqCst)
            && let Some(writer) = self.wakeup.writer.get()
        {
            writer.unpark();
        }
    }
}

impl BatchReceiver {
    /// What is to be written next in one transaction, in order and never nothing; `None` when nobody is
    /// left who could write. Blocks; always called by the same thread.
    pub fn next(&mut self) -> Option<Vec<Write>> {
        let idle_from = Instant::now();
        let first = self.entries.blocking_recv()?.write;
        // After a quiet time what was before says nothing.
        if !self.flush_delay.is_zero() && idle_from.elapsed() < FLUSH_DELAY {
            self.fill();
        }
        let batch = self.take(first);
        self.enough = batch.len().min(FULL_BATCH);
        Some(batch)
    }

    /// Writing what was taken last took so long.
    pub fn record_duration(&mut self, took: Duration) {
        self.flush_delay = match self.enough {
            0 | 1 => Duration::ZERO,
            _ => took.min(FLUSH_DELAY),
        };
    }

    /// Waits until enough is there, one of which is taken already, or for as long as it may.
    fn fill(&mut self) {
        let until = Instant::now() + self.flush_delay;
        let wanted = self.enough.saturating_sub(1);
        self.wakeup.writer.get_or_init(thread::current);
        // Written before the queue is looked at, as the others put in before they look at this: who
        // is missed all the same, for the queue is not as strictly ordered, is met when time is up.
        self.wakeup.wanted.store(wanted, Ordering::SeqCst);
        while self.entries.len() < wanted {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::park_timeout(left);
        }
        self.wakeup.wanted.store(usize::MAX, Ordering::SeqCst);
    }

    /// What has queued up, as far as it fits into one transaction.
    fn take(&mut self, first: Write) -> Vec<Write> {
        let mut bytes = first.bytes();
        let mut batch = vec![first];
        while batch.len() < limits::WRITER_BATCH
            && bytes < BATCH_BYTES
            && let Ok(entry) = self.entries.try_recv()
        {
            bytes += entry.write.bytes();
            batch.push(entry.write);
        }
        batch
    }
}
