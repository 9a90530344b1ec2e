//! The single writer: takes what has queued up, writes it in **one** transaction, commits, and only
//! then lets anybody see it (group commit). Load makes the batches larger, so the cost of an fsync
//! is shared.
//!
//! Deliberately absent: sockets and HTTP. Whoever wants something written sends a [`Write`] and is
//! answered after the commit: a message by its [`Reply`], everything else through the `oneshot` that
//! came with it. [`desk`] applies each kind of [write](writes) to the database,
//! [`effects`] carries out what follows from a commit, in order.

mod attendance;
mod clocks;
mod effects;
pub mod frames;
mod logs;
pub mod measure;
mod plays;
mod queue;
mod sockets;
mod state;
mod writes;

use std::{sync::Arc, thread, time::Instant};

pub use attendance::Attendance;
use effects::Effect;
use protocol::{Code, PersonId, Refusal, limits};
use queue::Queue;
use state::{BatchResult, Desk};
use tokio::sync::{oneshot, watch};
use writes::Write;
pub use writes::{
    Arrival, Arrived, Author, Body, Change, Delivered, Draft, Newcomer, Place, Read, Reply, SignIn,
};

use crate::{
    hub::Hub,
    store::{self, Store},
};

/// The way to the single writer. It ends, and has written everything, when the last clone is gone.
#[derive(Clone)]
pub struct WriterHandle {
    queue: Queue,
    /// When the next clock of a game runs out.
    clocks: watch::Receiver<Option<i64>>,
    changes: Arc<watch::Sender<u64>>,
}

/// The writer's thread, to be waited for when the server stops.
pub struct WriterThread(thread::JoinHandle<()>);

impl WriterHandle {
    /// Starts the writer on the store.
    ///
    /// # Errors
    /// If the database cannot be opened, or the thread not be started.
    pub fn start(store: &Arc<Store>, hub: &Arc<Hub>) -> anyhow::Result<(Self, WriterThread)> {
        let mut db = store.connect()?;
        store::people::start_anew(&db, store::now_ms())?;
        store::games::start_anew(&mut db, store::now_ms())?;
        let (queue, mut waiting) = Queue::new();
        let mut desk = Desk::new(Arc::clone(store), db)?;
        let clocks = desk.clocks.follow();
        let hub = Arc::clone(hub);
        let thread = thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                let _abort_on_panic = AbortOnPanic;
                while let Some(batch) = waiting.next() {
                    let begun = Instant::now();
                    let effects = commit(&mut desk, batch);
                    waiting.written_in(begun.elapsed());
                    effects::carry_out(effects, &hub);
                }
                desk.close(store::now_ms());
            })?;
        let writer = Self {
            queue,
            clocks,
            changes: Arc::default(),
        };
        Ok((writer, WriterThread(thread)))
    }

    /// Hands a message over; waits only while the queue is full. The answer, an echo or a refusal,
    /// comes through the draft's outbox.
    pub async fn say(&self, draft: Draft) {
        self.queue.put(Write::Say(draft)).await;
    }

    /// Hands over up to where somebody has read; waits only while the queue is full. If it is news,
    /// all sockets of the person are told.
    pub async fn read(&self, read: Read) {
        self.queue.put(Write::Read(read)).await;
    }

    /// Waits until everything that was handed over before is committed and published.
    pub async fn settle(&self) {
        let (done, answer) = oneshot::channel();
        self.queue.put(Write::Settle(done)).await;
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
        let writer = self.clone();
        self.ask(|answer| Write::Arrive(arrival, writer, answer))
            .await
    }

    /// Ends the person's sessions, frees the nickname and closes the sockets.
    ///
    /// # Errors
    /// [`Code::StorageUnavailable`].
    pub async fn sign_out(&self, person: PersonId) -> Result<(), Refusal> {
        self.ask(|answer| Write::SignOut(person, answer)).await
    }

    /// Changes which programs and webhooks there are.
    ///
    /// # Errors
    /// [`Code::NicknameTaken`], [`Code::NotFound`], [`Code::StorageUnavailable`].
    pub async fn change(&self, change: Change) -> Result<(), Refusal> {
        let done = self.ask(|answer| Write::Change(change, answer)).await;
        self.changes.send_modify(|nth| *nth += 1);
        done
    }

    /// Counts the changes of programs and webhooks, for who has to know.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// An outgoing webhook has come so far; waits only while the queue is full.
    pub async fn delivered(&self, delivered: Delivered) {
        self.queue.put(Write::Delivered(delivered)).await;
    }

    /// Deletes what has lapsed, again and again, for as long as the server runs.
    pub async fn keep_tidy(&self) {
        loop {
            tokio::time::sleep(limits::TIDY_EVERY).await;
            self.queue.put(Write::Tidy).await;
        }
    }

    async fn ask<T>(
        &self,
        write: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Write,
    ) -> Result<T, Refusal> {
        let (sender, answer) = oneshot::channel();
        self.queue.put(write(sender)).await;
        answer
            .await
            .unwrap_or_else(|_| Err(Code::StorageUnavailable.into()))
    }
}

/// A house whose writer is gone can do nothing but refuse: better that it ends and is restarted.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!("the writer panicked; the server ends");
            std::process::exit(70);
        }
    }
}

impl WriterThread {
    /// Waits until the last write is on disk. Blocks.
    pub fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the writer ended in a panic");
        }
    }
}

/// Writes the batch in one transaction. If that fails, all of it is refused: nobody has seen any of
/// it, and who sends it again learns whether it is on disk all the same.
fn commit(desk: &mut Desk, batch: Vec<Write>) -> Vec<Effect> {
    let BatchResult {
        recovered: late,
        outcomes,
    } = desk.write(&batch, store::now_ms());
    let mut effects = vec![Effect::PublishAll(late)];
    match outcomes {
        Some(outcomes) => {
            let done = batch.into_iter().zip(outcomes);
            effects.extend(done.map(|(write, outcome)| Effect::done(write, outcome)));
        }
        None => effects.extend(batch.into_iter().map(Effect::failed)),
    }
    effects
}

#[cfg(test)]
mod tests;
