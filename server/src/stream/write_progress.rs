//! Notices a client that takes too little of what is sent to it.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, Sleep, sleep_until},
};

use crate::limits::{WRITE_PROGRESS_BYTES_PER_SECOND, WRITE_PROGRESS_TIME};

/// Fails a write to a client that takes no byte for [`WRITE_PROGRESS_TIME`], and one to a client
/// that takes less than [`WRITE_PROGRESS_BYTES_PER_SECOND`] in the long run: else a client that
/// takes a byte now and then could hold a response forever.
#[derive(Default)]
pub struct WriteProgress {
    /// When the writing fails. Each byte that the kernel takes moves it into the future. `None`
    /// while nothing waits.
    deadline: Option<Pin<Box<Sleep>>>,
    backpressure: Arc<Backpressure>,
    /// How many encrypted bytes have left so far.
    encrypted: u64,
}

/// Whether written bytes wait for the client.
#[derive(Default)]
pub struct Backpressure {
    is_blocked: AtomicBool,
    unblocked: Notify,
}

impl WriteProgress {
    pub fn backpressure(&self) -> Arc<Backpressure> {
        Arc::clone(&self.backpressure)
    }

    /// Accounts for the result of a write, after which so many encrypted bytes have left in all.
    pub fn after_write(
        &mut self,
        context: &mut Context<'_>,
        result: Poll<io::Result<usize>>,
        encrypted: Option<u64>,
    ) -> Poll<io::Result<usize>> {
        let left = self.count(encrypted);
        match result {
            Poll::Pending => {
                self.advance(left.unwrap_or(0));
                self.block(context).map(Err)
            }
            Poll::Ready(Ok(bytes)) => {
                self.advance(left.unwrap_or(bytes as u64));
                self.backpressure.set_blocked(false);
                result
            }
            Poll::Ready(Err(_)) => result,
        }
    }

    /// Accounts for the result of a flush, or of closing the connection. TLS keeps up to 64 KiB, so
    /// a flush that waits may make progress.
    pub fn after_flush(
        &mut self,
        context: &mut Context<'_>,
        result: Poll<io::Result<()>>,
        encrypted: Option<u64>,
    ) -> Poll<io::Result<()>> {
        let left = self.count(encrypted);
        match result {
            Poll::Pending => {
                self.advance(left.unwrap_or(0));
                self.block(context).map(Err)
            }
            Poll::Ready(_) => {
                self.deadline = None;
                self.backpressure.set_blocked(false);
                result
            }
        }
    }

    /// Waits until the deadline has passed.
    fn block(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        self.backpressure.set_blocked(true);
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + WRITE_PROGRESS_TIME)));
        let timed_out = "the client takes too little of the response";
        deadline
            .as_mut()
            .poll(context)
            .map(|()| io::Error::new(io::ErrorKind::TimedOut, timed_out))
    }

    /// How many encrypted bytes have left since the last time, if the connection encrypts.
    fn count(&mut self, encrypted: Option<u64>) -> Option<u64> {
        let left = encrypted? - self.encrypted;
        self.encrypted += left;
        Some(left)
    }

    fn advance(&mut self, bytes: u64) {
        if let Some(deadline) = &mut self.deadline {
            let earned = bytes as f64 / WRITE_PROGRESS_BYTES_PER_SECOND;
            let later = deadline.deadline() + Duration::from_secs_f64(earned);
            let latest = Instant::now() + WRITE_PROGRESS_TIME;
            deadline.as_mut().reset(later.min(latest));
        }
    }
}

impl Backpressure {
    /// Waits until no written bytes wait for the client.
    pub async fn unblocked(&self) {
        while self.is_blocked.load(Ordering::Acquire) {
            self.unblocked.notified().await;
        }
    }

    fn set_blocked(&self, is_blocked: bool) {
        let was_blocked = self.is_blocked.swap(is_blocked, Ordering::AcqRel);
        if was_blocked && !is_blocked {
            self.unblocked.notify_one();
        }
    }
}
