//! Authenticates a socket, and unregisters it when the guard is dropped, however the session ends.

use std::sync::Arc;

use protocol::{Code, Refusal};
use tokio::sync::oneshot;

use crate::{
    hub::{ConnectionHandle, Hub},
    state::AppState,
    writer::{Authenticate, Reply, WriterHandle},
};

/// Keeps a socket registered in the hub and with the writer until it is dropped.
///
/// The session creates it before it asks the writer. So if the session ends before the answer (the
/// connection broke during `login`), the socket is unregistered all the same.
pub struct ConnectionGuard {
    hub: Arc<Hub>,
    writer: WriterHandle,
    /// The socket's id.
    socket: u64,
    registration: Registration,
}

enum Registration {
    /// The writer has not answered yet.
    Pending(oneshot::Receiver<Result<ConnectionHandle, Refusal>>),
    Registered(ConnectionHandle),
    Refused,
}

impl ConnectionGuard {
    /// Authenticates a socket by a session. When this returns, the socket is connected to the hub.
    ///
    /// # Errors
    /// [`Code::BadToken`], [`Code::NotAllowed`], [`Code::NicknameTaken`],
    /// [`Code::AlreadySignedIn`], [`Code::TooManySockets`], [`Code::StorageUnavailable`].
    pub async fn authenticate(state: &AppState, request: Authenticate) -> Result<Self, Refusal> {
        let (reply, answer) = Reply::channel();
        let mut guard = Self {
            hub: Arc::clone(&state.hub),
            writer: state.writer.clone(),
            socket: request.send_queue.id(),
            registration: Registration::Pending(answer),
        };
        state.writer.authenticate(request, reply).await;
        if let Registration::Pending(answer) = &mut guard.registration {
            let answer = answer.await;
            match answer.unwrap_or_else(|_| Err(Code::StorageUnavailable.into())) {
                Ok(connection) => guard.registration = Registration::Registered(connection),
                Err(refusal) => {
                    guard.registration = Registration::Refused;
                    return Err(refusal);
                }
            }
        }
        Ok(guard)
    }

    /// The connection, once it is authenticated.
    ///
    /// # Errors
    /// [`Code::LoginFirst`] before that.
    pub fn handle(&self) -> Result<&ConnectionHandle, Refusal> {
        match &self.registration {
            Registration::Registered(connection) => Ok(connection),
            Registration::Pending(_) | Registration::Refused => Err(Code::LoginFirst.into()),
        }
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        match &mut self.registration {
            Registration::Registered(connection) => self.hub.disconnect(connection),
            // If the answer comes later, the writer finds the receiver gone and disconnects.
            Registration::Pending(answer) => {
                answer.close();
                if let Ok(Ok(connection)) = answer.try_recv() {
                    self.hub.disconnect(&connection);
                }
            }
            Registration::Refused => return,
        }
        self.writer.disconnected(self.socket);
    }
}
