//! Joining private conversations. Their messages reach every socket of the two all the same.

use protocol::{RoomKind, ServerFrame, UserId, frame};

use super::{ConnectionHandle, Hub, JoinSnapshot};

impl Hub {
    /// Holds back a private conversation's events until [`Hub::complete_direct_join`].
    pub fn begin_direct_join(&self, connection: &ConnectionHandle, room: &str) {
        if let Some(socket) = self.state().socket(connection) {
            socket.begin_direct_join(room);
        }
    }

    /// Lets a private conversation's events flow without a page, for there was none to be had.
    pub fn abort_direct_join(&self, connection: &ConnectionHandle, room: &str) {
        if let Some(socket) = self.state().socket(connection) {
            socket.abort_direct_join(room);
        }
    }

    /// Sends a private conversation's `joined`. `members` are the two users with their nicknames.
    pub fn complete_direct_join(
        &self,
        connection: &ConnectionHandle,
        room: &str,
        members: [(UserId, String); 2],
        snapshot: JoinSnapshot,
    ) {
        let mut state = self.state();
        let online = members
            .iter()
            .filter(|(user, _)| state.users.get(user).is_some_and(|p| !p.sockets.is_empty()))
            .count();
        let joined = ServerFrame::Joined(frame::Joined {
            asked: None,
            room: room.to_owned(),
            kind: RoomKind::Direct,
            seq: snapshot.upto.seq,
            hidden: snapshot.upto.hidden,
            members: members.map(|(_, nickname)| nickname).into(),
            online,
            messages: snapshot.messages,
            gap: snapshot.gap,
            missing: snapshot.missing,
            read: snapshot.read.map(|read| read.seq),
            read_hidden: snapshot.read.map_or(0, |read| read.hidden),
        });
        if let Some(socket) = state.socket(connection) {
            socket.complete_direct_join(room, snapshot.upto.seq, (&joined).into(), snapshot.is_all);
        }
    }
}
