//! A socket's place in the server, given up when it is dropped, however that happens.

use std::sync::Arc;

use super::WriterHandle;
use crate::hub::{ConnectionHandle, Hub};

/// As long as this lives, the socket is connected to the hub and counts for its user. It is made
/// by the writer and travels to the session, so a session that ends before it could take it (the
/// line broke during `login`) gives it up all the same.
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
        // Welcomed before anything else can reach the socket.
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
