//! Announcements: messages of one room that reach every connection, in that room or not.

use protocol::{Seq, limits};

use super::Hub;
use crate::send_queue::ws_frame::Frame;

impl Hub {
    /// Whether any announcement was ever made.
    pub fn has_announcements(&self) -> bool {
        let room = self.rooms.get(limits::ANNOUNCEMENTS);
        room.is_some_and(|room| room.seq() > 0)
    }

    /// Sends announcements to every connection that is not in their room. Subscribers of the room
    /// have received them as its events: a connection that enters or leaves the room in between
    /// gets them once or twice, and never misses one.
    pub(super) fn announce(&self, key: &str, frames: &[(Seq, Frame)]) {
        self.users.for_each(|user| {
            let connections = user.connections.iter();
            for connection in connections.filter(|connection| !connection.rooms.contains(key)) {
                for (_, frame) in frames {
                    connection.send_queue.push(frame.clone());
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use protocol::name;

    use super::*;

    #[test]
    fn the_announcements_rooms_name_is_its_key() {
        assert_eq!(name::fold_key(limits::ANNOUNCEMENTS), limits::ANNOUNCEMENTS);
        // The skeleton that the first migration stored.
        assert_eq!(name::skeleton_key(limits::ANNOUNCEMENTS), "announcernents");
    }
}
