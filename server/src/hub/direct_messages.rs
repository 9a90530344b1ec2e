//! Joining private conversations. Their events reach every connection of both members, joined or
//! not; joining adds a page of earlier ones.

use protocol::{RoomKind, ServerFrame, UserId, frame};

use super::{ConnectionHandle, Hub, JoinSnapshot};

impl Hub {
    /// Buffers a private conversation's events until [`Hub::complete_direct_join`].
    pub fn begin_direct_join(&self, connection: &ConnectionHandle, room: &str) {
        if let Some(joining) = self.state().connection(connection) {
            joining.begin_direct_join(room);
        }
    }

    /// Ends a join whose page could not be read: sends the buffered events, then live ones.
    pub fn abort_direct_join(&self, connection: &ConnectionHandle, room: &str) {
        if let Some(joining) = self.state().connection(connection) {
            joining.abort_direct_join(room);
        }
    }

    /// Sends a private conversation's `joined`. `members` are its two users with their nicknames.
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
            .filter(|(member, _)| {
                let user = state.users.get(member);
                user.is_some_and(|user| !user.connections.is_empty())
            })
            .count();
        let joined = ServerFrame::Joined(frame::Joined {
            asked: None,
            room: room.to_owned(),
            kind: RoomKind::Direct,
            seq: snapshot.end.seq,
            hidden: snapshot.end.hidden,
            members: members.map(|(_, nickname)| nickname).into(),
            online,
            messages: snapshot.messages,
            gap: snapshot.gap,
            missing: snapshot.missing,
            read: snapshot.read.map(|read| read.seq),
            read_hidden: snapshot.read.map_or(0, |read| read.hidden),
        });
        if let Some(joining) = state.connection(connection) {
            let seq = snapshot.end.seq;
            joining.complete_direct_join(room, seq, (&joined).into(), snapshot.is_all);
        }
    }
}
