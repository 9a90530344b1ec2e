//! Telling a user what that same user has read.

use protocol::{LogPosition, ServerFrame, UserId, frame, is_direct, name};

use super::{Hub, cursor::EPHEMERAL};
use crate::send_queue::ws_frame::Frame;

impl Hub {
    /// Tells all sockets of the user up to where the room is read. One that is just joining it is
    /// told after its `joined`, which may have been read from the store before this was written.
    pub fn broadcast_read(&self, user: UserId, room: String, upto: LogPosition) {
        let read = ServerFrame::Read(frame::Read {
            room: room.clone(),
            seq: upto.seq,
            hidden: upto.hidden,
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
        for socket in &reader.sockets {
            if !socket.rooms.contains(&key) {
                socket.send_queue.push(frame.clone());
            }
        }
        if let Some(room) = state.rooms.get_mut(&key) {
            room.deliver_to(user, &frame);
        }
    }
}
