//! Writes what waits in outboxes, one after the other: one system call for whatever has gathered.
//!
//! What may linger is gathered for up to [`Couriers::linger`] after the first of it: one write to
//! the kernel costs about as much for one message as for ten, so load is carried by larger writes
//! and not by more of them. What may not linger is written at once, and takes along what waits in
//! the same outbox.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::{Outbox, queue::Batch};

/// After so many outboxes others have their turn on this thread.
const ROUND: usize = 64;

/// One for each core, and each with sockets of its own.
pub struct Couriers(Vec<Arc<Courier>>);

/// Writes some sockets' outboxes.
#[derive(Default)]
pub struct Courier {
    calls: Mutex<Calls>,
    called: Notify,
}

#[derive(Default)]
struct Calls {
    now: Vec<Arc<Outbox>>,
    /// Those that may wait until `due`.
    later: Vec<Arc<Outbox>>,
    due: Option<Instant>,
}

impl Couriers {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self((0..cores).map(|_| Arc::default()).collect())
    }

    /// Whose the socket of this number is.
    pub fn of(&self, id: u64) -> Arc<Courier> {
        // However many there are, the number of cores fits.
        Arc::clone(&self.0[(id % self.0.len() as u64) as usize])
    }

    /// Every one of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Courier>> {
        self.0.iter()
    }
}

impl Courier {
    /// Something waits in the outbox, and may do so for that long.
    pub fn call(&self, outbox: Arc<Outbox>, linger: Duration) {
        let mut calls = self.calls();
        let is_first = if linger.is_zero() {
            calls.now.push(outbox);
            calls.now.len() == 1
        } else {
            calls.later.push(outbox);
            let is_first = calls.due.is_none();
            calls.due.get_or_insert_with(|| Instant::now() + linger);
            is_first
        };
        drop(calls);
        if is_first {
            self.called.notify_one();
        }
    }

    /// Writes whatever is called for, for as long as the server runs.
    pub async fn work(&self) {
        let mut round = Vec::new();
        let mut batch = Batch::default();
        loop {
            let due = self.take(&mut round);
            if round.is_empty() {
                let called = self.called.notified();
                match due {
                    None => called.await,
                    Some(due) => {
                        // Either way it is time to look again, so it does not matter which it was.
                        let _ = timeout_at(due, called).await;
                    }
                }
            }
            for (place, outbox) in round.drain(..).enumerate() {
                outbox.write(false, &mut batch);
                if place % ROUND == ROUND - 1 {
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    /// Moves what is to be written now into `round`; returns when there will be more without a call.
    fn take(&self, round: &mut Vec<Arc<Outbox>>) -> Option<Instant> {
        let mut calls = self.calls();
        round.append(&mut calls.now);
        if calls.due.is_some_and(|due| due <= Instant::now()) {
            round.append(&mut calls.later);
            calls.due = None;
        }
        calls.due
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
