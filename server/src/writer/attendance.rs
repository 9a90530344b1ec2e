//! A socket's place in the house, given up when it is dropped, however that happens.

use std::sync::Arc;

use super::{WriterHandle, writes::Write};
use crate::hub::{Hub, Visitor};

/// As long as this lives, the socket is connected to the hub and counts for its person. It is made
/// by the writer and travels to the session, so a session that ends before it could take it (the
/// line broke during `login`) gives it up all the same.
pub struct Attendance {
    visitor: Visitor,
    hub: Arc<Hub>,
    writer: WriterHandle,
}

impl Attendance {
    pub(super) fn begin(
        visitor: Visitor,
        token: Option<String>,
        hub: &Arc<Hub>,
        writer: WriterHandle,
    ) -> Self {
        // Welcomed before anything else can reach the socket.
        hub.connect(&visitor, token);
        Self {
            visitor,
            hub: Arc::clone(hub),
            writer,
        }
    }

    pub fn visitor(&self) -> &Visitor {
        &self.visitor
    }
}

impl Drop for Attendance {
    fn drop(&mut self) {
        self.hub.disconnect(&self.visitor);
        self.writer
            .queue
            .put_at_once(Write::Depart(self.visitor.person));
    }
}
