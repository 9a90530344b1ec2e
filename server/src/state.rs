//! The composition: everything that a request or a socket may need, in one place.

use std::sync::{Arc, Mutex};

use protocol::RoomName;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::Config,
    hub::Hub,
    log::OncePerMinute,
    rate_limit::IpLimiter,
    send_queue::FlusherPool,
    site::Site,
    store::{Store, rooms},
    writer::{WriterHandle, WriterThread},
};

/// One running Parlor.
pub struct AppState {
    pub config: Config,
    pub store: Arc<Store>,
    pub hub: Arc<Hub>,
    pub writer: WriterHandle,
    pub ip_limiter: IpLimiter,
    pub flushers: FlusherPool,
    pub site: Site,
    /// How often a form or a socket of another site was refused, for the log.
    pub foreign_origins: Mutex<OncePerMinute>,
    /// The open sockets, to be waited for at the end.
    pub sessions: TaskTracker,
    /// Cancelled when the server begins to stop.
    pub stopping: CancellationToken,
}

impl AppState {
    /// Opens the data folder and starts the writer on it.
    ///
    /// # Errors
    /// [`crate::store::DataDirError`], and whatever the database says.
    pub fn open(config: Config) -> anyhow::Result<(Self, WriterThread)> {
        let store = Arc::new(Store::open(&config.data, config.durability)?);
        let hub = Arc::new(Hub::new(
            config.messages_per_second,
            config.presence_grace(),
            config.flush_delay(),
        ));
        let (writer, thread) = WriterHandle::start(&store, &hub)?;
        for room in rooms::public(&store.connect()?)? {
            match RoomName::parse(&room.name) {
                Ok(name) => hub.add_room(name, room.seq, room.last_at),
                // Only names that parse are ever stored, but another Unicode version may differ.
                Err(refusal) => {
                    tracing::warn!(room = room.name, why = refusal.message, "skipped a room");
                }
            }
        }
        let state = Self {
            site: Site::find(),
            ip_limiter: IpLimiter::default(),
            flushers: FlusherPool::new(),
            foreign_origins: Mutex::default(),
            sessions: TaskTracker::new(),
            stopping: CancellationToken::new(),
            config,
            store,
            hub,
            writer,
        };
        Ok((state, thread))
    }
}
