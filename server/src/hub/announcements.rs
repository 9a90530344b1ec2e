//! What everybody is told, wherever they are.

use protocol::{Seq, limits};

use super::{Hub, State};
use crate::send_queue::ws_frame::Frame;

/// Is this the key of the room of announcements? Its name is written as its key.
pub fn is_announcements(key: &str) -> bool {
    key == limits::ANNOUNCEMENTS
}

impl Hub {
    /// Was anything ever announced?
    pub fn has_announcements(&self) -> bool {
        let state = self.state();
        let room = state.rooms.get(limits::ANNOUNCEMENTS);
        room.is_some_and(|room| room.seq > 0)
    }
}

impl State {
    /// Delivers an announcement to every socket that is not in its room, where it is heard anyway.
    pub(super) fn announce(&self, key: &str, frames: &[(Seq, Frame)]) {
        let sockets = self.users.values().flat_map(|user| &user.sockets);
        for socket in sockets.filter(|socket| !socket.rooms.contains(key)) {
            for (_, frame) in frames {
                socket.send_queue.push(frame.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::name;

    use super::*;

    #[test]
    fn the_rooms_name_is_its_key() {
        assert!(is_announcements(&name::fold_key(limits::ANNOUNCEMENTS)));
        // As it stands in the database from the beginning.
        assert_eq!(name::skeleton_key(limits::ANNOUNCEMENTS), "announcernents");
    }
}
