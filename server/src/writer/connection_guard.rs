//! Unregisters a socket when it is dropped, however the session ends.

use std::sync::Arc;

use super::WriterHandle;
use crate::hub::{ConnectionHandle, Hub};

/// Keeps a socket registered in the hub and counted by the writer until it is dropped.
///
/// It is created after the commit that authenticates the socket, and sent to the session. If the
/// session has ended by then (the connection broke during `login`), the guard is dropped on the
/// way.
pub struct ConnectionGuard {
    handle: ConnectionHandle,
    hub: Arc<Hub>,
    writer: WriterHandle,
}

impl ConnectionGuard {
    pub(super) fn new(
        connection: ConnectionHandle,
        token: Option<String>,
        hub: &Arc<Hub>,
        writer: WriterHandle,
    ) -> Self {
        // The hub sends `welcome` first, so that nothing else can reach the socket before it.
        hub.connect(&connection, token);
        Self {
            handle: connection,
            hub: Arc::clone(hub),
            writer,
        }
    }

    pub fn handle(&self) -> &ConnectionHandle {
        &self.handle
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.hub.disconnect(&self.handle);
        self.writer.disconnected(self.handle.user);
    }
}
