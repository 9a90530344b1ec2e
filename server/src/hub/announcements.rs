//! Announcements: messages of one room that reach every connection, in that room or not.

use protocol::{Seq, limits};

use super::{Hub, HubState};
use crate::send_queue::ws_frame::Frame;

/// Whether this is the key of the room of announcements. The room's name is its own key.
pub fn is_announcements(key: &str) -> bool {
    key == limits::ANNOUNCEMENTS
}

impl Hub {
    /// Whether any announcement was ever made.
    pub fn has_announcements(&self) -> bool {
        let state = self.state();
        let room = state.rooms.get(limits::ANNOUNCEMENTS);
        room.is_some_and(|room| room.seq > 0)
    }
}

impl HubState {
    /// Sends announcements to every connection that is not in their room. Subscribers of the room
    /// receive them as its events.
    pub(super) fn announce(&self, key: &str, frames: &[(Seq, Frame)]) {
        let connections = self.users.values().flat_map(|user| &user.connections);
        for connection in connections.filter(|connection| !connection.rooms.contains(key)) {
            for (_, frame) in frames {
                connection.send_queue.push(frame.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::name;

    use super::*;

    #[test]
    fn the_announcements_rooms_name_is_its_key() {
        assert!(is_announcements(&name::fold_key(limits::ANNOUNCEMENTS)));
        // The skeleton that the first migration stored.
        assert_eq!(name::skeleton_key(limits::ANNOUNCEMENTS), "announcernents");
    }
}
