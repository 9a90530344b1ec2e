//! Writes to the database in batches of one transaction (group commit). There is one writer, which
//! runs on a thread of its own.
//!
//! The writer takes the queued requests, applies them in **one** transaction, commits it, and only
//! then publishes the events and answers. Under load the batches grow, so that many
//! requests share the cost of one fsync.
//!
//! In reading order: [`requests`] has the requests to the writer. [`queue`] forms batches of them.
//! [`state`] applies a batch to the database, with [`room_logs`], [`games`] and
//! [`connection_counts`]. [`post_commit`] publishes and answers after the commit, in order. A
//! message is answered through its [`Reply`], any other request through its `oneshot`, if it has
//! one.
//!
//! Deliberately absent: sockets and HTTP.

mod connection_counts;
mod connection_guard;
#[cfg(feature = "internals")]
pub mod frames;
pub mod game_text;
mod game_timers;
mod games;
#[cfg(feature = "internals")]
pub mod measure;
mod post_commit;
mod queue;
mod requests;
mod room_logs;
mod state;

use std::{sync::Arc, thread, time::Instant};

pub use connection_guard::ConnectionGuard;
use post_commit::PostCommit;
use protocol::{Code, Refusal, UserId};
use queue::RequestQueue;
use requests::WriteRequest;
pub use requests::{
    Authenticate, Authenticated, Author, DeliveryProgress, Destination, Draft, DraftBody,
    IntegrationChange, NewBot, ReadMarker, Reply, SignIn,
};
use state::{BatchResult, WriterState};
use tokio::sync::{oneshot, watch};

use crate::{
    hub::Hub,
    limits,
    rate_limit::UserLimiter,
    store::{self, Store},
};

/// Sends requests to the writer. When the last clone is dropped, the writer writes what is queued
/// and ends.
#[derive(Clone)]
pub struct WriterHandle {
    queue: RequestQueue,
    /// When the next timer of a game runs out, in milliseconds since 1970.
    next_timeout: watch::Receiver<Option<i64>>,
    /// Counts the changes of bots and webhooks.
    integration_changes: Arc<watch::Sender<u64>>,
}

/// The writer's thread, which the server joins when it stops.
pub struct WriterThread(thread::JoinHandle<()>);

impl WriterHandle {
    /// Starts the writer.
    ///
    /// # Errors
    /// If the database cannot be opened, or if the thread cannot be started.
    pub fn start(
        store: &Arc<Store>,
        hub: &Arc<Hub>,
        user_limiter: &Arc<UserLimiter>,
    ) -> anyhow::Result<(Self, WriterThread)> {
        let mut db = store.connect()?;
        store::users::renew_all_reservations(db.db(), store::now_ms())?;
        store::games::resume_timers(&mut db, store::now_ms())?;
        let (queue, mut batches) = RequestQueue::new();
        let mut state = WriterState::new(Arc::clone(store), db)?;
        let next_timeout = state.game_timers.subscribe();
        let (hub, user_limiter) = (Arc::clone(hub), Arc::clone(user_limiter));
        let thread = thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                let _abort_on_panic = AbortOnPanic;
                while let Some(batch) = batches.next() {
                    let begun = Instant::now();
                    let actions = commit(&mut state, batch, &user_limiter);
                    batches.record_duration(begun.elapsed());
                    post_commit::run(actions, &hub);
                }
                state.close(store::now_ms());
            })?;
        let writer = Self {
            queue,
            next_timeout,
            integration_changes: Arc::default(),
        };
        Ok((writer, WriterThread(thread)))
    }

    /// Queues a message. Waits only while the queue is full. The sender gets an echo or a refusal
    /// through the draft's [`Reply`].
    pub async fn submit(&self, draft: Draft) {
        self.queue.push(WriteRequest::Send(draft)).await;
    }

    /// Queues a read marker. Waits only while the queue is full. If the marker advances, all
    /// sockets of the user are sent `read`.
    pub async fn advance_read_marker(&self, marker: ReadMarker) {
        self.queue
            .push(WriteRequest::AdvanceReadMarker(marker))
            .await;
    }

    /// Waits until everything that was queued before is committed and published.
    pub async fn flush(&self) {
        let (done, answer) = oneshot::channel();
        self.queue.push(WriteRequest::Flush(done)).await;
        // The writer runs as long as this handle exists. If it has panicked, the server exits.
        let _ = answer.await;
    }

    /// Adds a user, and reserves a nickname for them.
    ///
    /// # Errors
    /// [`Code::NicknameTaken`], [`Code::StorageUnavailable`].
    pub async fn sign_in(&self, sign_in: SignIn) -> Result<(), Refusal> {
        self.request(|answer| WriteRequest::SignIn(sign_in, answer))
            .await
    }

    /// Authenticates a socket, or the request for a page, by its session. When this returns, the
    /// socket is connected to the hub.
    ///
    /// # Errors
    /// [`Code::BadToken`], [`Code::NicknameTaken`], [`Code::AlreadySignedIn`],
    /// [`Code::TooManySockets`], [`Code::StorageUnavailable`].
    pub async fn authenticate(&self, request: Authenticate) -> Result<Authenticated, Refusal> {
        let writer = self.clone();
        self.request(|answer| WriteRequest::Authenticate(request, writer, answer))
            .await
    }

    /// Records that a socket of the user has closed. Does not wait, even if the queue is full,
    /// because the guard's `drop` cannot.
    fn disconnected(&self, user: UserId) {
        self.queue.push_unbounded(WriteRequest::Disconnected(user));
    }

    /// Ends the user's sessions, frees the nickname, and closes the sockets.
    ///
    /// # Errors
    /// [`Code::StorageUnavailable`].
    pub async fn sign_out(&self, user: UserId) -> Result<(), Refusal> {
        self.request(|answer| WriteRequest::SignOut(user, answer))
            .await
    }

    /// Adds or removes a bot or a webhook.
    ///
    /// # Errors
    /// [`Code::NicknameTaken`], [`Code::NotFound`], [`Code::StorageUnavailable`].
    pub async fn change_integrations(&self, change: IntegrationChange) -> Result<(), Refusal> {
        let done = self
            .request(|answer| WriteRequest::ChangeIntegrations(change, answer))
            .await;
        self.integration_changes.send_modify(|count| *count += 1);
        done
    }

    /// Returns a counter of the changes of bots and webhooks. Its receivers wake up at each change.
    pub fn integration_changes(&self) -> watch::Receiver<u64> {
        self.integration_changes.subscribe()
    }

    /// Queues the progress of an outgoing webhook. Waits only while the queue is full.
    pub async fn record_delivery(&self, progress: DeliveryProgress) {
        self.queue
            .push(WriteRequest::RecordDelivery(progress))
            .await;
    }

    /// Deletes what has expired, every [`limits::CLEANUP_INTERVAL`], until the task is aborted.
    pub async fn run_expiry(&self) {
        loop {
            tokio::time::sleep(limits::CLEANUP_INTERVAL).await;
            self.queue.push(WriteRequest::Expire).await;
        }
    }

    async fn request<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> WriteRequest,
    ) -> Result<T, Refusal> {
        let (sender, answer) = oneshot::channel();
        self.queue.push(request(sender)).await;
        answer
            .await
            .unwrap_or_else(|_| Err(Code::StorageUnavailable.into()))
    }
}

/// Ends the process if the writer panics. Without a writer the server could only refuse requests;
/// after a restart it can serve again.
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
    /// Blocks until the writer has written everything and has ended.
    pub fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the writer panicked");
        }
    }
}

/// Writes the batch in one transaction, and returns the actions that follow. If the transaction
/// fails, all of the batch is refused: nothing of it was published, and a client that resends an id
/// learns whether the message is on disk all the same.
fn commit(
    state: &mut WriterState,
    batch: Vec<WriteRequest>,
    user_limiter: &UserLimiter,
) -> Vec<PostCommit> {
    let BatchResult {
        recovered,
        outcomes,
    } = state.write(&batch, store::now_ms());
    let mut actions = vec![PostCommit::PublishAll(recovered)];
    match outcomes {
        Some(outcomes) => {
            let done = batch.into_iter().zip(outcomes);
            actions.extend(
                done.map(|(request, outcome)| {
                    PostCommit::committed(request, outcome, user_limiter)
                }),
            );
        }
        None => actions.extend(batch.into_iter().map(PostCommit::failed)),
    }
    actions
}

#[cfg(test)]
mod tests;
