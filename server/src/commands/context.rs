//! Who is calling: what is known of a socket's client. Commands read it, and `login` changes it.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use protocol::{Code, Refusal};

use crate::{
    hub::ConnectionHandle, rate_limit::PendingConnection, send_queue::SendQueue, state::AppState,
    writer::ConnectionGuard,
};

/// The client of one socket.
pub struct ConnectionContext {
    pub state: Arc<AppState>,
    pub send_queue: Arc<SendQueue>,
    /// With which the ip_limiter counts; none for the machine itself.
    pub address: Option<IpAddr>,
    /// Who this is, once signed in.
    pub guard: Option<ConnectionGuard>,
    /// Messages may be on their way to the writer still.
    pub has_pending_writes: bool,
    /// Has somebody signed in? Then there is all the time in the world.
    pub is_signed_in: Arc<AtomicBool>,
    /// Counts against the address until somebody has signed in.
    pending: Option<PendingConnection>,
}

impl ConnectionContext {
    /// Somebody who has not signed in.
    pub fn new(
        state: Arc<AppState>,
        send_queue: Arc<SendQueue>,
        address: Option<IpAddr>,
        pending: PendingConnection,
    ) -> Self {
        Self {
            state,
            send_queue,
            address,
            guard: None,
            has_pending_writes: false,
            is_signed_in: Arc::default(),
            pending: Some(pending),
        }
    }

    /// The socket has signed in.
    pub fn set_guard(&mut self, attendance: ConnectionGuard) {
        self.guard = Some(attendance);
        self.pending = None;
        self.is_signed_in.store(true, Ordering::Relaxed);
    }

    /// Who is speaking.
    ///
    /// # Errors
    /// [`Code::LoginFirst`].
    pub fn identity(&self) -> Result<ConnectionHandle, Refusal> {
        let attendance = self.guard.as_ref().ok_or(Code::LoginFirst)?;
        Ok(attendance.handle().clone())
    }

    /// Waits until all that this socket said before is committed and delivered: what follows in
    /// this socket's order must not overtake it.
    pub async fn flush(&mut self) {
        if std::mem::take(&mut self.has_pending_writes) {
            self.state.writer.flush().await;
        }
    }
}
