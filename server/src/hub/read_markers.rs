//! Sends a user's read marker to all of the user's connections when it has moved.

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
        let mut state = self.state();
        let state = &mut *state;
        let Some(reader) = state.users.get_mut(&user) else {
            return;
        };
        if is_direct(&room) {
            reader.deliver_direct(&room, &[(EPHEMERAL, frame)]);
            return;
        }
        let key = name::fold_key(&room);
        for connection in &reader.connections {
            if !connection.rooms.contains(&key) {
                connection.send_queue.push(frame.clone());
            }
        }
        if let Some(room) = state.rooms.get_mut(&key) {
            room.deliver_to(user, &frame);
        }
    }
}
