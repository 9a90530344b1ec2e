//! Writes what waits in send queues, one after the other: one system call for whatever has gathered.
//!
//! What may linger is gathered for up to [`FlusherPool::linger`] after the first of it: one write to
//! the kernel costs about as much for one message as for ten, so load is carried by larger writes
//! and not by more of them. What may not linger is written at once, and takes along what waits in
//! the same send queue.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::{SendQueue, queue::Batch};

/// After so many send queues others have their turn on this thread.
const ROUND: usize = 64;

/// One for each core, and each with sockets of its own.
pub struct FlusherPool(Vec<Arc<Flusher>>);

/// Writes some sockets' send queues.
#[derive(Default)]
pub struct Flusher {
    wakeups: Mutex<Wakeups>,
    woken: Notify,
}

#[derive(Default)]
struct Wakeups {
    now: Vec<Arc<SendQueue>>,
    /// Those that may wait until `due`.
    later: Vec<Arc<SendQueue>>,
    due: Option<Instant>,
}

impl FlusherPool {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self((0..cores).map(|_| Arc::default()).collect())
    }

    /// Whose the socket of this number is.
    pub fn of(&self, id: u64) -> Arc<Flusher> {
        // However many there are, the number of cores fits.
        Arc::clone(&self.0[(id % self.0.len() as u64) as usize])
    }

    /// Every one of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Flusher>> {
        self.0.iter()
    }
}

impl Flusher {
    /// Something waits in the send queue, and may do so for that long.
    pub fn schedule(&self, send_queue: Arc<SendQueue>, delay: Duration) {
        let mut wakeups = self.wakeups();
        let is_first = if delay.is_zero() {
            wakeups.now.push(send_queue);
            wakeups.now.len() == 1
        } else {
            wakeups.later.push(send_queue);
            let is_first = wakeups.due.is_none();
            wakeups.due.get_or_insert_with(|| Instant::now() + delay);
            is_first
        };
        drop(wakeups);
        if is_first {
            self.woken.notify_one();
        }
    }

    /// Writes whatever is called for, for as long as the server runs.
    pub async fn run(&self) {
        let mut round = Vec::new();
        let mut batch = Batch::default();
        loop {
            let due = self.take(&mut round);
            if round.is_empty() {
                let woken = self.woken.notified();
                match due {
                    None => woken.await,
                    Some(due) => {
                        // Either way it is time to look again, so it does not matter which it was.
                        let _ = timeout_at(due, woken).await;
                    }
                }
            }
            for (place, send_queue) in round.drain(..).enumerate() {
                send_queue.write(false, &mut batch);
                if place % ROUND == ROUND - 1 {
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    /// Moves what is to be written now into `round`; returns when there will be more without a call.
    fn take(&self, round: &mut Vec<Arc<SendQueue>>) -> Option<Instant> {
        let mut wakeups = self.wakeups();
        round.append(&mut wakeups.now);
        if wakeups.due.is_some_and(|due| due <= Instant::now()) {
            round.append(&mut wakeups.later);
            wakeups.due = None;
        }
        wakeups.due
    }

    fn wakeups(&self) -> std::sync::MutexGuard<'_, Wakeups> {
        self.wakeups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
