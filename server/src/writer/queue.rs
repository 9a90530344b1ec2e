//! The writer's queue. It is bounded, and the writer takes its requests in batches.
//!
//! Each transaction costs about as much as ten messages in it. So while requests come fast, the
//! writer gathers for up to [`GATHER_TIME`]: until as many requests are queued as usually come in
//! that time, but no more than users are sending, because a user who waits for an echo sends nothing
//! meanwhile. A single user's messages are not delayed.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{arrivals::Arrivals, requests::WriteRequest};
use crate::limits;

/// The most bytes of text in one transaction.
pub const BATCH_BYTES: usize = 1024 * 1024;

/// How long a batch is gathered at most.
const GATHER_TIME: Duration = Duration::from_millis(5);

/// The sending side of the queue. When the last clone is dropped, [`BatchReceiver::next`] returns
/// `None`.
#[derive(Clone)]
pub struct RequestQueue {
    requests: mpsc::UnboundedSender<QueuedRequest>,
    /// Bounds the queue: a request waits for a permit, and releases it when the writer takes the
    /// request.
    permits: Arc<Semaphore>,
    wakeup: Arc<Wakeup>,
}

/// The receiving side of the queue.
pub struct BatchReceiver {
    requests: mpsc::UnboundedReceiver<QueuedRequest>,
    wakeup: Arc<Wakeup>,
    arrivals: Arrivals,
}

struct QueuedRequest {
    request: WriteRequest,
    _permit: Option<OwnedSemaphorePermit>,
}

/// Lets senders wake the writer once enough requests are queued.
struct Wakeup {
    /// How many requests the writer waits for; `usize::MAX` while it does not wait.
    wanted: AtomicUsize,
    writer: OnceLock<Thread>,
}

impl RequestQueue {
    /// Returns both sides of an empty queue.
    pub fn new() -> (Self, BatchReceiver) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let wakeup = Arc::new(Wakeup {
            wanted: AtomicUsize::new(usize::MAX),
            writer: OnceLock::new(),
        });
        let queue = Self {
            requests: sender,
            permits: Arc::new(Semaphore::new(limits::WRITER_QUEUE)),
            wakeup: Arc::clone(&wakeup),
        };
        let batches = BatchReceiver {
            requests: receiver,
            wakeup,
            arrivals: Arrivals::new(Instant::now()),
        };
        (queue, batches)
    }

    /// Queues a request. Waits only while the queue is full.
    pub async fn push(&self, request: WriteRequest) {
        let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
        self.enqueue(request, permit);
    }

    /// Queues a request even if the queue is full. This is for the cleanup after a socket, which
    /// cannot wait. The number of sockets is bounded, and so is the number of these requests.
    pub fn push_unbounded(&self, request: WriteRequest) {
        self.enqueue(request, None);
    }

    fn enqueue(&self, request: WriteRequest, permit: Option<OwnedSemaphorePermit>) {
        let queued = QueuedRequest {
            request,
            _permit: permit,
        };
        if self.requests.send(queued).is_err() {
            tracing::error!("the writer has stopped; its requests are refused");
        }
        // Requests without a permit are not counted. The writer then waits for the full delay at
        // worst.
        let queued = limits::WRITER_QUEUE - self.permits.available_permits();
        if queued >= self.wakeup.wanted.load(Ordering::SeqCst)
            && let Some(writer) = self.wakeup.writer.get()
        {
            writer.unpark();
        }
    }
}

impl BatchReceiver {
    /// Returns the next batch, in order and never empty; `None` when all senders are gone. Blocks.
    /// Always called by the same thread.
    pub fn next(&mut self) -> Option<Vec<WriteRequest>> {
        let first = self.requests.blocking_recv()?.request;
        let wanted = self.arrivals.expected(GATHER_TIME, Instant::now());
        if wanted > 1 {
            self.gather(wanted - 1);
        }
        let batch = self.take(first);
        self.arrivals.record(&batch, Instant::now());
        Some(batch)
    }

    /// Waits until this many requests are queued, or for [`GATHER_TIME`].
    fn gather(&mut self, wanted: usize) {
        let until = Instant::now() + GATHER_TIME;
        self.wakeup.writer.get_or_init(thread::current);
        // This is stored before the queue is read, and senders queue before they read this, so one
        // of the two sees the other. `mpsc` is not as strictly ordered, so a wakeup may be missed:
        // the timeout covers that.
        self.wakeup.wanted.store(wanted, Ordering::SeqCst);
        while self.requests.len() < wanted {
            let remaining = until.saturating_duration_since(Instant::now());
            if remaining.is_zero() {
                break;
            }
            thread::park_timeout(remaining);
        }
        self.wakeup.wanted.store(usize::MAX, Ordering::SeqCst);
    }

    /// Takes queued requests until the batch is full.
    fn take(&mut self, first: WriteRequest) -> Vec<WriteRequest> {
        let mut bytes = first.bytes();
        let mut batch = vec![first];
        while batch.len() < limits::WRITER_BATCH
            && bytes < BATCH_BYTES
            && let Ok(QueuedRequest { request, .. }) = self.requests.try_recv()
        {
            bytes += request.bytes();
            batch.push(request);
        }
        batch
    }
}
