//! Catching up page by page: a connection that is more than one page behind gets further pages, and
//! live events after the last one.

use std::sync::Arc;

use protocol::{Message, Seq, is_direct, name};

use super::{ConnectionHandle, Hub, batch, cursor::DeliveryCursor};
use crate::send_queue::SendQueue;

impl Hub {
    /// Call this before reading a page of a public room or a private conversation. It drops the
    /// buffered events, because the page will contain all that was published so far.
    pub fn begin_page(&self, connection: &ConnectionHandle, room: &str) {
        self.with_cursor(connection, room, |cursor, _| cursor.begin_page());
    }

    /// Sends a page that was read after [`Hub::begin_page`] and that reaches up to `seq`. If
    /// `is_all` is set, the page reaches the end of the log, and live events follow.
    pub fn end_page(
        &self,
        connection: &ConnectionHandle,
        room: &str,
        messages: &[Message],
        (seq, is_all): (Seq, bool),
    ) {
        let frames = batch::encode(messages);
        self.with_cursor(connection, room, |cursor, send_queue| {
            for (_, frame) in frames {
                send_queue.push(frame);
            }
            cursor.end_page(seq, is_all, send_queue);
        });
    }

    /// Runs `act` on the connection's cursor in the room, if it is in the room.
    fn with_cursor(
        &self,
        connection: &ConnectionHandle,
        room: &str,
        act: impl FnOnce(&mut DeliveryCursor, &Arc<SendQueue>),
    ) {
        let send_queue = &connection.send_queue;
        if is_direct(room) {
            self.users.with_connection(connection, |it| {
                let cursor = it.direct_cursors.get_mut(room)?;
                act(cursor, send_queue);
                Some(())
            });
        } else if let Some(room) = self.rooms.get(&name::fold_key(room))
            && let Some(cursor) = room.lock().cursor(send_queue)
        {
            act(cursor, send_queue);
        }
    }
}
