//! Joining private conversations. Their messages reach every socket of the two all the same.

use protocol::{RoomKind, ServerFrame, UserId, frame};

use super::{ConnectionHandle, Hub, Past};

impl Hub {
    /// Holds back a private conversation's events until [`Hub::settle_direct`].
    pub fn hold_direct(&self, connection: &ConnectionHandle, room: &str) {
        if let Some(socket) = self.state().socket(connection) {
            socket.hold_direct(room);
        }
    }

    /// Lets a private conversation's events flow without a page, for there was none to be had.
    pub fn release_direct(&self, connection: &ConnectionHandle, room: &str) {
        if let Some(socket) = self.state().socket(connection) {
            socket.release_direct(room);
        }
    }

    /// Sends a private conversation's `joined`. `members` are the two users with their nicknames.
    pub fn settle_direct(
        &self,
        connection: &ConnectionHandle,
        room: &str,
        members: [(UserId, String); 2],
        past: Past,
    ) {
        let mut state = self.state();
        let online = members
            .iter()
            .filter(|(user, _)| {
                state
                    .people
                    .get(user)
                    .is_some_and(|p| !p.sockets.is_empty())
            })
            .count();
        let joined = ServerFrame::Joined(frame::Joined {
            asked: None,
            room: room.to_owned(),
            kind: RoomKind::Direct,
            seq: past.upto.seq,
            hidden: past.upto.hidden,
            members: members.map(|(_, nickname)| nickname).into(),
            online,
            messages: past.messages,
            gap: past.gap,
            missing: past.missing,
            read: past.read.map(|read| read.seq),
            read_hidden: past.read.map_or(0, |read| read.hidden),
        });
        if let Some(socket) = state.socket(connection) {
            socket.settle_direct(room, past.upto.seq, (&joined).into(), past.is_all);
        }
    }
}
