//! The state that all handlers and sockets share.

use std::{sync::Arc, time::Instant};

use protocol::RoomName;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::Config,
    hub::Hub,
    log::RequestWarnings,
    rate_limit::RateLimiter,
    send_queue::FlusherPool,
    site::Site,
    store::{Store, rooms, users::SecretHash},
    tickets::Tickets,
    writer::{WriterHandle, WriterThread},
};

/// The [`AppState::health`] of a server that can handle every request …
pub const READY: &str = "ready";
/// … and of one that can handle all but new messages.
pub const FULL: &str = "the storage is full";

/// The parts of a running server.
pub struct AppState {
    pub config: Config,
    pub store: Arc<Store>,
    pub hub: Arc<Hub>,
    pub writer: WriterHandle,
    pub rate_limiter: Arc<RateLimiter>,
    pub flushers: FlusherPool,
    pub site: Site,
    pub warnings: RequestWarnings,
    /// New sessions whose browsers have not shown yet that they keep the cookie.
    pub new_sessions: Tickets<SecretHash>,
    /// The sessions of open sockets. The server waits for them when it stops.
    pub sessions: TaskTracker,
    /// Canceled when the server begins to stop.
    pub stopping: CancellationToken,
    pub started_at: Instant,
}

impl AppState {
    /// Opens the data directory and starts the writer.
    ///
    /// # Errors
    /// [`crate::store::DataDirError`], and the database's errors.
    pub fn open(config: Config) -> anyhow::Result<(Self, WriterThread)> {
        let store = Store::open(&config.data, config.durability)?;
        let store = Arc::new(store.with_limits(config.storage.limits()));
        let hub = Arc::new(Hub::new(
            config.limits.messages_per_second,
            config.presence_grace(),
            config.flush_delay(),
        ));
        let rate_limiter = Arc::new(RateLimiter::new(config.limits.rates()));
        let (writer, thread) = WriterHandle::start(&store, &hub, &rate_limiter)?;
        for room in rooms::public(store.connect()?.db())? {
            match RoomName::parse(&room.name) {
                Ok(name) => hub.add_room(name, room.seq, room.last_at),
                // The name was valid when it was stored. Another Unicode version may disagree.
                Err(refusal) => {
                    tracing::warn!(room = room.name, why = refusal.message, "skipped a room");
                }
            }
        }
        let state = Self {
            site: Site::find(),
            rate_limiter,
            flushers: FlusherPool::new(),
            warnings: RequestWarnings::default(),
            new_sessions: Tickets::default(),
            sessions: TaskTracker::new(),
            stopping: CancellationToken::new(),
            started_at: Instant::now(),
            config,
            store,
            hub,
            writer,
        };
        Ok((state, thread))
    }

    /// `ready`, or why the server cannot handle every request.
    pub fn health(&self) -> &'static str {
        if self.stopping.is_cancelled() {
            "stopping"
        } else if !self.store.health.is_healthy() {
            "the database is unavailable"
        } else if self.store.storage.is_full() {
            FULL
        } else {
            READY
        }
    }
}
