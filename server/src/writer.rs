//! Writes to the database in batches of one transaction (group commit). There is one writer, which
//! runs on a thread of its own.
//!
//! The writer takes the queued requests, applies them in **one** transaction, commits it, and only
//! then publishes the events and answers. Under load the batches grow, so that many
//! requests share the cost of one fsync.
//!
//! In reading order: [`requests`] has the requests to the writer, [`reply`] how they are answered.
//! [`queue`] forms batches of them. [`state`] applies a batch to the database, with [`room_logs`],
//! [`games`] and [`connection_counts`]. [`post_commit`] publishes and answers after the commit, in
//! order.
//!
//! Deliberately absent: sockets and HTTP.

#![deny(clippy::wildcard_enum_match_arm)]

mod arrivals;
mod connection_counts;
mod error;
#[cfg(feature = "internals")]
pub mod frames;
pub mod games;
#[cfg(feature = "internals")]
pub mod measure;
mod post_commit;
mod queue;
mod reply;
mod requests;
mod room_logs;
mod state;

use std::{sync::Arc, thread};

use protocol::{Code, Refusal, UserId};
use queue::RequestQueue;
pub use reply::{MessageReply, Reply};
use requests::WriteRequest;
pub use requests::{
    Authenticate, Author, DeliveryProgress, Destination, Draft, DraftBody, IntegrationChange,
    MessageRef, NewBot, ReadMarker, ReserveNickname, RoomRemoval, SignIn,
};
use state::{BatchResult, UsedSessions, WriterState};
use tokio::sync::watch;

use crate::{
    hub::{ConnectionHandle, Hub},
    limits,
    rate_limit::RateLimiter,
    store::{self, Store, users::SecretHash},
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
    used_sessions: Arc<UsedSessions>,
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
        rate_limiter: &Arc<RateLimiter>,
    ) -> anyhow::Result<(Self, WriterThread)> {
        let mut db = store.connect_writer()?;
        store::users::renew_all_reservations(db.db(), store::now_ms())?;
        store::users::rebuild_skeletons(&mut db)?;
        store::games::resume_timers(&mut db, store::now_ms())?;
        let (queue, mut batches) = RequestQueue::new();
        let mut state = WriterState::new(Arc::clone(store), db, Arc::clone(rate_limiter))?;
        let next_timeout = state.game_timers.subscribe();
        let used_sessions = Arc::clone(&state.used_sessions);
        let hub = Arc::clone(hub);
        let thread = thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                let _abort_on_panic = AbortOnPanic;
                while let Some(batch) = batches.next() {
                    let BatchResult { recovered, actions } = state.write(&batch, store::now_ms());
                    // If the batch has failed, nothing of it was published, and a client that
                    // resends an id learns whether the message is on disk all the same.
                    let is_written = actions.is_some();
                    post_commit::run(recovered, actions.unwrap_or_default(), &hub);
                    if !is_written {
                        batch.iter().for_each(|request| request.fail(&hub));
                    }
                }
                state.close(store::now_ms());
            })?;
        let writer = Self {
            queue,
            next_timeout,
            integration_changes: Arc::default(),
            used_sessions,
        };
        Ok((writer, WriterThread(thread)))
    }

    /// Queues a message. Waits only while the queue is full. The sender gets an echo or a refusal
    /// through the draft's [`MessageReply`].
    pub async fn submit(&self, draft: Draft) {
        self.queue.push(WriteRequest::Send(draft)).await;
    }

    /// Deletes the text of a message. The result is the same if it was deleted before.
    ///
    /// # Errors
    /// [`Code::NoSuchRoom`], [`Code::NotFound`], [`Code::StorageUnavailable`].
    pub async fn delete_message(&self, message: MessageRef) -> Result<(), Refusal> {
        self.request(|reply| WriteRequest::DeleteMessage(message, reply))
            .await
    }

    /// Removes a public room: its connections leave it, and nothing of it is found any more.
    /// Returns `false` if it is used, as the removal asks. [`Self::purge_rooms`] deletes what is
    /// left of it.
    ///
    /// # Errors
    /// [`Code::StorageUnavailable`].
    pub async fn remove_room(&self, removal: RoomRemoval) -> Result<bool, Refusal> {
        let removed = self
            .request(|reply| WriteRequest::RemoveRoom(removal, reply))
            .await;
        // Its webhooks are gone.
        self.integration_changes.send_modify(|count| *count += 1);
        removed
    }

    /// Deletes what is left of removed rooms, a part at a time, so that other writes go on.
    ///
    /// # Errors
    /// [`Code::StorageUnavailable`].
    pub async fn purge_rooms(&self) -> Result<(), Refusal> {
        while self.request(WriteRequest::PurgeRooms).await? {}
        Ok(())
    }

    /// Stores that public rooms are in use, given their names as they are stored.
    ///
    /// # Errors
    /// [`Code::StorageUnavailable`].
    pub async fn record_room_use(&self, rooms: Vec<String>) -> Result<(), Refusal> {
        self.request(|reply| WriteRequest::RecordRoomUse(rooms, reply))
            .await
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
        // The writer runs as long as this handle exists. If it has panicked, the server exits.
        let _ = self.request(WriteRequest::Flush).await;
    }

    /// Adds a user, and reserves a nickname for them.
    ///
    /// # Errors
    /// [`Code::NicknameTaken`], [`Code::StorageUnavailable`].
    pub async fn sign_in(&self, sign_in: SignIn) -> Result<(), Refusal> {
        self.request(|reply| WriteRequest::SignIn(sign_in, reply))
            .await
    }

    /// Reserves a nickname for the user of a session, unless another one is reserved, and replaces
    /// the session's secret. The user's sockets close, as in [`Self::replace_secret`].
    ///
    /// # Errors
    /// [`Code::BadToken`], [`Code::NicknameTaken`], [`Code::AlreadySignedIn`],
    /// [`Code::StorageUnavailable`].
    pub async fn reserve_nickname(&self, wanted: ReserveNickname) -> Result<(), Refusal> {
        self.request(|reply| WriteRequest::ReserveNickname(wanted, reply))
            .await
    }

    /// Replaces the secret of a person's session. The user's sockets close, and whoever knows the
    /// new secret may reconnect.
    ///
    /// # Errors
    /// [`Code::BadToken`], [`Code::StorageUnavailable`].
    pub async fn replace_secret(&self, old: SecretHash, new: SecretHash) -> Result<(), Refusal> {
        self.request(|reply| WriteRequest::ReplaceSecret(old, new, reply))
            .await
    }

    /// Queues the authentication of a socket. Waits only while the queue is full. When the reply
    /// arrives, the socket is connected to the hub.
    pub async fn authenticate(&self, socket: Authenticate, reply: Reply<ConnectionHandle>) {
        self.queue
            .push(WriteRequest::Authenticate(socket, reply))
            .await;
    }

    /// Records that the socket with this id has closed. Does not wait, even if the queue is full,
    /// because it is called when a value is dropped.
    pub fn disconnected(&self, socket: u64) {
        self.queue
            .push_unbounded(WriteRequest::Disconnected(socket));
    }

    /// Ends the user's sessions, frees the nickname, and closes the sockets.
    ///
    /// # Errors
    /// [`Code::StorageUnavailable`].
    pub async fn sign_out(&self, user: UserId) -> Result<(), Refusal> {
        self.request(|reply| WriteRequest::SignOut(user, reply))
            .await
    }

    /// Adds or removes a bot or a webhook.
    ///
    /// # Errors
    /// [`Code::NicknameTaken`], [`Code::NotFound`], [`Code::StorageUnavailable`].
    pub async fn change_integrations(&self, change: IntegrationChange) -> Result<(), Refusal> {
        let done = self
            .request(|reply| WriteRequest::ChangeIntegrations(change, reply))
            .await;
        self.integration_changes.send_modify(|count| *count += 1);
        done
    }

    /// Returns a counter of the changes of bots and webhooks. Its receivers wake up at each change.
    pub fn integration_changes(&self) -> watch::Receiver<u64> {
        self.integration_changes.subscribe()
    }

    /// The sessions whose use the writer stores with the next cleanup.
    pub fn used_sessions(&self) -> &UsedSessions {
        &self.used_sessions
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
        request: impl FnOnce(Reply<T>) -> WriteRequest,
    ) -> Result<T, Refusal> {
        let (reply, answer) = Reply::channel();
        self.queue.push(request(reply)).await;
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

#[cfg(test)]
mod tests;
