//! Sends a user's read marker to all of the user's connections when it has moved.

use std::sync::Arc;

use protocol::{LogPosition, ServerFrame, UserId, frame, is_direct, name};

use super::{Hub, cursor::EPHEMERAL};
use crate::send_queue::ws_frame::Frame;

impl Hub {
    /// Sends `read` to all connections of the user. A connection that is joining the room gets it
    /// after `joined`, whose page may have been read from the store before the marker was written.
    pub fn broadcast_read(&self, user: UserId, room: String, marker: LogPosition) {
        let read = ServerFrame::Read(frame::Read {
            room: room.clone(),
            seq: marker.seq,
            hidden: marker.hidden,
        });
        let frame = Frame::from(&read);
        if is_direct(&room) {
            let frames = [(EPHEMERAL, frame)];
            self.users
                .with(user, |reader| reader.deliver_direct(&room, &frames));
            return;
        }
        let key = name::fold_key(&room);
        let in_room = self.users.with(user, |reader| {
            let mut in_room = Vec::new();
            for connection in &reader.connections {
                match connection.rooms.contains(key.as_str()) {
                    true => in_room.push(Arc::clone(&connection.send_queue)),
                    false => connection.send_queue.push(frame.clone()),
                }
            }
            in_room
        });
        let Some(room) = self.rooms.get(&key) else {
            return;
        };
        for send_queue in in_room.unwrap_or_default() {
            // A connection that has left the room in the meantime gets it all the same.
            if !room.lock().deliver_to(&send_queue, &frame) {
                send_queue.push(frame.clone());
            }
        }
    }
}
