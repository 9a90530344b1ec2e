//! The context of a connection: what the server knows about the client that sends commands.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use protocol::{Code, Refusal, ServerFrame};

use crate::{
    commands::connection_guard::ConnectionGuard,
    hub::ConnectionHandle,
    rate_limit::{AddressBlock, Budget, OpenGuard, Requester},
    send_queue::{SendQueue, ws_frame::Frame},
    state::AppState,
};

/// The connection that a command runs for.
pub struct ConnectionContext {
    pub state: Arc<AppState>,
    pub send_queue: Arc<SendQueue>,
    /// The address by which limits count it. `None` for a direct connection from the server's own
    /// machine.
    pub address: Option<AddressBlock>,
    /// Unregisters the connection when it is dropped; `None` until the connection has signed in.
    pub guard: Option<ConnectionGuard>,
    /// Whether writes of this connection may not be committed yet.
    pub has_pending_writes: bool,
    /// Whether the connection has signed in, for the login timeout of the heartbeat.
    pub is_signed_in: Arc<AtomicBool>,
    /// Counts the socket for its address.
    _open: OpenGuard,
}

impl ConnectionContext {
    /// Creates the context of a connection that has not signed in.
    pub fn new(
        state: Arc<AppState>,
        send_queue: Arc<SendQueue>,
        address: Option<AddressBlock>,
        open: OpenGuard,
    ) -> Self {
        Self {
            state,
            send_queue,
            address,
            guard: None,
            has_pending_writes: false,
            is_signed_in: Arc::default(),
            _open: open,
        }
    }

    /// Records that the connection has signed in.
    pub fn set_guard(&mut self, guard: ConnectionGuard) {
        self.guard = Some(guard);
        self.is_signed_in.store(true, Ordering::Relaxed);
    }

    /// The handle of the authenticated connection.
    ///
    /// # Errors
    /// [`Code::LoginFirst`] before it has signed in.
    pub fn connection(&self) -> Result<ConnectionHandle, Refusal> {
        let guard = self.guard.as_ref().ok_or(Code::LoginFirst)?;
        guard.handle().cloned()
    }

    /// The address alone, whose budgets everything takes from that does not depend on the user.
    pub fn address_only(&self) -> Requester {
        Requester {
            user: None,
            address: self.address,
        }
    }

    /// Waits until the client may send another frame.
    pub async fn pace(&self) {
        self.state.rate_limiter.pace(self.address_only()).await;
    }

    /// Sends a reply whose size counts as bytes that the user reads.
    pub fn send_counted(&self, from: Requester, reply: &ServerFrame) {
        let frame = Frame::from(reply);
        let rate_limiter = &self.state.rate_limiter;
        rate_limiter.charge(from, Budget::ReadBytes, frame.len());
        self.send_queue.push(frame);
    }

    /// Waits until the earlier writes of this connection are committed and published, so that the
    /// next command cannot overtake them.
    pub async fn flush(&mut self) {
        if std::mem::take(&mut self.has_pending_writes) {
            self.state.writer.flush().await;
        }
    }
}
