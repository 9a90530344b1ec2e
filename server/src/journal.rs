//! The single writer: takes what has queued up, writes it in **one** transaction, commits, and only
//! then lets anybody see it (group commit). Load makes the batches larger, so the cost of an fsync
//! is shared; while several people write at once it waits before each transaction for about as long
//! as the last one took, so that the next is worth it, and when they do not, for nothing.
//!
//! Deliberately absent: sockets and HTTP. Whoever wants something written sends a [`Write`] and is
//! answered after the commit: a message through its author's outbox, everything else through the
//! `oneshot` that came with it. [`desk`] applies each kind of [write](writes) to the database,
//! [`effects`] carries out what follows from a commit, in order.

mod attendance;
mod desk;
mod effects;
mod logs;
mod sockets;
mod writes;

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

pub use attendance::Attendance;
use desk::{Desk, Written};
use effects::Effect;
use protocol::{Code, PersonId, Refusal, limits};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use writes::Write;
pub use writes::{Arrival, Arrived, Draft, Place, Read, SignIn};

use crate::{
    hub::Hub,
    store::{self, Store},
};

/// Bytes of text that share one transaction, at most.
const BATCH_BYTES: usize = 1024 * 1024;

/// For how long the writer waits for more, at most.
const LINGER: Duration = Duration::from_millis(4);

/// The way to the single writer. It ends, and has written everything, when the last clone is gone.
#[derive(Clone)]
pub struct Journal {
    queue: mpsc::UnboundedSender<Entry>,
    /// What bounds the queue: a write waits for a permit and keeps it until it is taken up. Only a
    /// departure goes without, because a socket that is gone cannot wait; sockets are bounded.
    free: Arc<Semaphore>,
}

struct Entry {
    write: Write,
    _permit: Option<OwnedSemaphorePermit>,
}

/// The journal's thread, to be waited for when the server stops.
pub struct Writer(thread::JoinHandle<()>);

impl Journal {
    /// Starts the writer on the store. `linger`: for how long it may wait at most, while it is busy,
    /// for more to write at once.
    ///
    /// # Errors
    /// If the database cannot be opened, or the thread not be started.
    pub fn start(
        store: &Arc<Store>,
        hub: &Arc<Hub>,
        linger: Duration,
    ) -> anyhow::Result<(Self, Writer)> {
        let most = linger.min(LINGER);
        let db = store.connect()?;
        store::people::start_anew(&db, store::now_ms())?;
        let (queue, mut waiting) = mpsc::unbounded_channel::<Entry>();
        let mut desk = Desk::new(Arc::clone(store), db);
        let hub = Arc::clone(hub);
        let thread = thread::Builder::new()
            .name("journal".into())
            .spawn(move || {
                let _lifeline = Lifeline;
                let mut linger = Duration::ZERO;
                while let Some(first) = waiting.blocking_recv() {
                    if !linger.is_zero() && waiting.len() < limits::JOURNAL_BATCH {
                        thread::sleep(linger);
                    }
                    let batch = gather(first.write, &mut waiting);
                    let (begun, is_busy) = (Instant::now(), batch.len() > 1);
                    let effects = commit(&mut desk, batch);
                    linger = match is_busy {
                        true => begun.elapsed().min(most),
                        false => Duration::ZERO,
                    };
                    effects::carry_out(effects, &hub);
                }
            })?;
        let free = Arc::new(Semaphore::new(limits::JOURNAL_QUEUE));
        Ok((Self { queue, free }, Writer(thread)))
    }

    /// Hands a message over; waits only while the queue is full. The answer, an echo or a refusal,
    /// comes through the draft's outbox.
    pub async fn say(&self, draft: Draft) {
        self.put(Write::Say(draft)).await;
    }

    /// Hands over up to where somebody has read; waits only while the queue is full. If it is news,
    /// all sockets of the person are told.
    pub async fn read(&self, read: Read) {
        self.put(Write::Read(read)).await;
    }

    /// Waits until everything that was handed over before is committed and published.
    pub async fn settle(&self) {
        let (done, answer) = oneshot::channel();
        self.put(Write::Settle(done)).await;
        // The writer lives as long as this handle; if it died, there is nothing to wait for.
        let _ = answer.await;
    }

    /// Claims a nickname for somebody new.
    ///
    /// # Errors
    /// [`Code::NicknameTaken`], [`Code::StorageUnavailable`].
    pub async fn sign_in(&self, sign_in: SignIn) -> Result<(), Refusal> {
        self.ask(|answer| Write::SignIn(sign_in, answer)).await
    }

    /// Lets in who has a session: a socket, which is connected to the hub by the time this returns,
    /// or a page.
    ///
    /// # Errors
    /// [`Code::BadToken`], [`Code::NicknameTaken`], [`Code::AlreadySignedIn`],
    /// [`Code::TooManySockets`], [`Code::StorageUnavailable`].
    pub async fn arrive(&self, arrival: Arrival) -> Result<Arrived, Refusal> {
        let journal = self.clone();
        self.ask(|answer| Write::Arrive(arrival, journal, answer))
            .await
    }

    /// Ends the person's sessions, frees the nickname and closes the sockets.
    ///
    /// # Errors
    /// [`Code::StorageUnavailable`].
    pub async fn sign_out(&self, person: PersonId) -> Result<(), Refusal> {
        self.ask(|answer| Write::SignOut(person, answer)).await
    }

    /// Deletes what has lapsed, again and again, for as long as the server runs.
    pub async fn keep_tidy(&self) {
        loop {
            tokio::time::sleep(limits::TIDY_EVERY).await;
            self.put(Write::Tidy).await;
        }
    }

    async fn ask<T>(
        &self,
        write: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Write,
    ) -> Result<T, Refusal> {
        let (sender, answer) = oneshot::channel();
        self.put(write(sender)).await;
        answer
            .await
            .unwrap_or_else(|_| Err(Code::StorageUnavailable.into()))
    }

    async fn put(&self, write: Write) {
        let permit = Arc::clone(&self.free).acquire_owned().await.ok();
        self.enqueue(write, permit);
    }

    fn enqueue(&self, write: Write, permit: Option<OwnedSemaphorePermit>) {
        let entry = Entry {
            write,
            _permit: permit,
        };
        if self.queue.send(entry).is_err() {
            tracing::error!("the journal has stopped; what was sent to it is refused");
        }
    }
}

/// A house whose writer is gone can do nothing but refuse: better that it ends and is restarted.
struct Lifeline;

impl Drop for Lifeline {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!("the journal panicked; the server ends");
            std::process::exit(70);
        }
    }
}

impl Writer {
    /// Waits until the last write is on disk. Blocks.
    pub fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the journal ended in a panic");
        }
    }
}

/// What has queued up, as far as it fits into one transaction.
fn gather(first: Write, waiting: &mut mpsc::UnboundedReceiver<Entry>) -> Vec<Write> {
    let mut bytes = first.bytes();
    let mut batch = vec![first];
    while batch.len() < limits::JOURNAL_BATCH
        && bytes < BATCH_BYTES
        && let Ok(entry) = waiting.try_recv()
    {
        bytes += entry.write.bytes();
        batch.push(entry.write);
    }
    batch
}

/// Writes the batch in one transaction. If that fails, all of it is refused: nobody has seen any of
/// it, and who sends it again learns whether it is on disk all the same.
fn commit(desk: &mut Desk, batch: Vec<Write>) -> Vec<Effect> {
    match desk.write(&batch, store::now_ms()) {
        Some(Written { late, outcomes }) => {
            let late = late
                .into_iter()
                .map(|(it, members)| Effect::Publish(it, members));
            let done = batch.into_iter().zip(outcomes);
            late.chain(done.map(|(write, outcome)| Effect::done(write, outcome)))
                .collect()
        }
        None => batch.into_iter().map(Effect::failed).collect(),
    }
}

#[cfg(test)]
mod tests;
