//! Flushers write send queues one after another, each with one system call for all that waits in
//! it.
//!
//! Frames that may be delayed are gathered for up to the delay that
//! [`SendQueue::push_delayed`](super::SendQueue::push_delayed) was given with the first of them. A
//! write to the kernel costs about as much for one message as for ten, so under load the writes get
//! larger and not more frequent. While the flusher has time to write each frame by itself, no frame
//! is delayed: [`load`](super::load) measures that. Frames that must not be delayed are written at
//! once, together with all others in the same queue.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::{
    SendQueue,
    load::{LoadFactor, LoadMeter},
    queue::FlushBatch,
};

/// Send queues that a flusher writes before it yields to other tasks of its thread.
const YIELD_EVERY: usize = 64;

/// One flusher for each core. Each socket belongs to one of them.
pub struct FlusherPool(Vec<Arc<Flusher>>);

/// Writes the send queues of some of the sockets.
#[derive(Default)]
pub struct Flusher {
    wakeups: Mutex<Wakeups>,
    woken: Notify,
    load: LoadFactor,
}

#[derive(Default)]
struct Wakeups {
    /// Queues to be written at once.
    now: Vec<Arc<SendQueue>>,
    /// Queues that may wait until `due`.
    later: Vec<Arc<SendQueue>>,
    due: Option<Instant>,
}

impl FlusherPool {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self((0..cores).map(|_| Arc::default()).collect())
    }

    /// The flusher of the send queue with this id.
    pub fn flusher_for(&self, id: u64) -> Arc<Flusher> {
        // The remainder is less than the number of cores, so it fits.
        Arc::clone(&self.0[(id % self.0.len() as u64) as usize])
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Flusher>> {
        self.0.iter()
    }
}

impl Flusher {
    /// How long a frame is delayed that may be delayed for this long.
    pub fn delay(&self, longest: Duration) -> Duration {
        self.load.scale(longest)
    }

    /// Schedules a write of the send queue, within `delay`.
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

    /// Writes the scheduled send queues, for as long as the server runs.
    pub async fn run(&self) {
        let mut ready = Vec::new();
        let mut batch = FlushBatch::default();
        let mut meter = LoadMeter::new(Instant::now());
        loop {
            let due = self.take_ready(&mut ready);
            if ready.is_empty() {
                let woken = self.woken.notified();
                match due {
                    None => woken.await,
                    Some(due) => {
                        // The loop checks for both, so it does not matter which of the two
                        // happened.
                        let _ = timeout_at(due, woken).await;
                    }
                }
            }
            let mut begun = Instant::now();
            for (index, send_queue) in ready.drain(..).enumerate() {
                send_queue.write(false, &mut batch);
                if index % YIELD_EVERY == YIELD_EVERY - 1 {
                    meter.record(batch.take_counts(), begun.elapsed());
                    tokio::task::yield_now().await;
                    begun = Instant::now();
                }
            }
            meter.record(batch.take_counts(), begun.elapsed());
            meter.publish(&self.load, Instant::now());
        }
    }

    /// Moves the queues to be written now into `ready`. Returns when the delayed ones are due.
    fn take_ready(&self, ready: &mut Vec<Arc<SendQueue>>) -> Option<Instant> {
        let mut wakeups = self.wakeups();
        ready.append(&mut wakeups.now);
        if wakeups.due.is_some_and(|due| due <= Instant::now()) {
            ready.append(&mut wakeups.later);
            wakeups.due = None;
        }
        wakeups.due
    }

    fn wakeups(&self) -> MutexGuard<'_, Wakeups> {
        self.wakeups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
