//! The single writer: takes what has queued up, writes it in **one** transaction, commits, and only
//! then lets anybody see it (group commit). Load makes the batches larger, so the cost of an fsync
//! is shared.
//!
//! Deliberately absent: sockets and HTTP. Whoever wants something written sends a [`Write`] and is
//! answered after the commit: a message by its [`Reply`], everything else through the `oneshot` that
//! came with it. [`desk`] applies each kind of [write](writes) to the database,
//! [`effects`] carries out what follows from a commit, in order.

mod connection_counts;
mod connection_guard;
pub mod frames;
pub mod game_text;
mod game_timers;
mod games;
pub mod measure;
mod post_commit;
mod queue;
mod room_logs;
mod state;
mod writes;

use std::{sync::Arc, thread, time::Instant};

pub use connection_guard::ConnectionGuard;
use post_commit::PostCommit;
use protocol::{Code, Refusal, UserId};
use queue::Queue;
use state::{BatchResult, Desk};
use tokio::sync::{oneshot, watch};
use writes::Write;
pub use writes::{
    Authenticate, Authenticated, Author, Body, Change, Delivered, Destination, Draft, NewBot, Read,
    Reply, SignIn,
};

use crate::{
    hub::Hub,
    limits,
    store::{self, Store},
};

/// The way to the single writer. It ends, and has written everything, when the last clone is gone.
#[derive(Clone)]
pub struct WriterHandle {
    queue: Queue,
    /// When the next clock of a game runs out.
    game_timers: watch::Receiver<Option<i64>>,
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
        store::users::reset_on_start(&db, store::now_ms())?;
        store::games::reset_on_start(&mut db, store::now_ms())?;
        let (queue, mut waiting) = Queue::new();
        let mut desk = Desk::new(Arc::clone(store), db)?;
        let clocks = desk.game_timers.subscribe();
        let hub = Arc::clone(hub);
        let thread = thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                let _abort_on_panic = AbortOnPanic;
                while let Some(batch) = waiting.next() {
                    let begun = Instant::now();
                    let effects = commit(&mut desk, batch);
                    waiting.record_duration(begun.elapsed());
                    post_commit::run(effects, &hub);
                }
                desk.close(store::now_ms());
            })?;
        let writer = Self {
            queue,
            game_timers: clocks,
            changes: Arc::default(),
        };
        Ok((writer, WriterThread(thread)))
    }

    /// Hands a message over; waits only while the queue is full. The answer, an echo or a refusal,
    /// comes through the draft's send queue.
    pub async fn submit(&self, draft: Draft) {
        self.queue.push(Write::Send(draft)).await;
    }

    /// Hands over up to where somebody has read; waits only while the queue is full. If it is news,
    /// all sockets of the user are told.
    pub async fn read(&self, read: Read) {
        self.queue.push(Write::Read(read)).await;
    }

    /// Waits until everything that was handed over before is committed and published.
    pub async fn flush(&self) {
        let (done, answer) = oneshot::channel();
        self.queue.push(Write::Flush(done)).await;
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
    pub async fn authenticate(&self, arrival: Authenticate) -> Result<Authenticated, Refusal> {
        let writer = self.clone();
        self.ask(|answer| Write::Authenticate(arrival, writer, answer))
            .await
    }

    /// A connection of the user's is gone. Never waits: a dropped guard cannot.
    fn disconnected(&self, user: UserId) {
        self.queue.push_unbounded(Write::Disconnected(user));
    }

    /// Ends the user's sessions, frees the nickname and closes the sockets.
    ///
    /// # Errors
    /// [`Code::StorageUnavailable`].
    pub async fn sign_out(&self, user: UserId) -> Result<(), Refusal> {
        self.ask(|answer| Write::SignOut(user, answer)).await
    }

    /// Changes which bots and webhooks there are.
    ///
    /// # Errors
    /// [`Code::NicknameTaken`], [`Code::NotFound`], [`Code::StorageUnavailable`].
    pub async fn change(&self, change: Change) -> Result<(), Refusal> {
        let done = self.ask(|answer| Write::Change(change, answer)).await;
        self.changes.send_modify(|nth| *nth += 1);
        done
    }

    /// Counts the changes of bots and webhooks, for who has to know.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// An outgoing webhook has come so far; waits only while the queue is full.
    pub async fn delivered(&self, delivered: Delivered) {
        self.queue.push(Write::Delivered(delivered)).await;
    }

    /// Deletes what has lapsed, again and again, for as long as the server runs.
    pub async fn run_expiry(&self) {
        loop {
            tokio::time::sleep(limits::CLEANUP_INTERVAL).await;
            self.queue.push(Write::Expire).await;
        }
    }

    async fn ask<T>(
        &self,
        write: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Write,
    ) -> Result<T, Refusal> {
        let (sender, answer) = oneshot::channel();
        self.queue.push(write(sender)).await;
        answer
            .await
            .unwrap_or_else(|_| Err(Code::StorageUnavailable.into()))
    }
}

/// A server whose writer is gone can do nothing but refuse: better that it ends and is restarted.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!("the writer panicked; the server exits");
            std::process::exit(70);
        }
    }
}

impl WriterThread {
    /// Waits until the last write is on disk. Blocks.
    pub fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the writer panicked");
        }
    }
}

/// Writes the batch in one transaction. If that fails, all of it is refused: nobody has seen any of
/// it, and who sends it again learns whether it is on disk all the same.
fn commit(desk: &mut Desk, batch: Vec<Write>) -> Vec<PostCommit> {
    let BatchResult {
        recovered: late,
        outcomes,
    } = desk.write(&batch, store::now_ms());
    let mut effects = vec![PostCommit::PublishAll(late)];
    match outcomes {
        Some(outcomes) => {
            let done = batch.into_iter().zip(outcomes);
            effects.extend(done.map(|(write, outcome)| PostCommit::committed(write, outcome)));
        }
        None => effects.extend(batch.into_iter().map(PostCommit::failed)),
    }
    effects
}

#[cfg(test)]
mod tests;
