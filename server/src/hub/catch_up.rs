//! Catching up on more than a page: each is sent when it was read, and then what is live.

use std::sync::Arc;

use protocol::{Message, Seq, is_direct, name};

use super::{ConnectionHandle, Hub, batch, cursor::Cursor};
use crate::send_queue::SendQueue;

impl Hub {
    /// Another page is about to be read, of whatever kind of room: it will hold all that was
    /// published up to now.
    pub fn begin_page(&self, connection: &ConnectionHandle, room: &str) {
        self.catching_up(connection, room, |cursor, _| cursor.begin_page());
    }

    /// Sends a page that was read after [`Hub::begin_page`] and reaches up to `seq`; if that is
    /// all, the live events flow.
    pub fn end_page(
        &self,
        connection: &ConnectionHandle,
        room: &str,
        messages: &[Message],
        (seq, is_all): (Seq, bool),
    ) {
        let frames = batch::encode(messages);
        self.catching_up(connection, room, |cursor, send_queue| {
            for (_, frame) in frames {
                send_queue.push(frame);
            }
            cursor.complete_join(seq, is_all, send_queue);
        });
    }

    /// Does something with how far the socket has been brought in the room, if it is in it.
    fn catching_up(
        &self,
        connection: &ConnectionHandle,
        room: &str,
        act: impl FnOnce(&mut Cursor, &Arc<SendQueue>),
    ) {
        let mut state = self.state();
        let cursor = if is_direct(room) {
            state
                .socket(connection)
                .and_then(|s| s.directs.get_mut(room))
        } else {
            let room = state.rooms.get_mut(&name::fold_key(room));
            room.and_then(|room| room.cursor(&connection.send_queue))
        };
        if let Some(cursor) = cursor {
            act(cursor, &connection.send_queue);
        }
    }
}
