//! Joining private conversations. Their events reach every connection of both members, joined or
//! not; joining adds a page of earlier ones.

use protocol::{RoomKind, ServerFrame, UserId, frame};

use super::{ConnectionHandle, Hub, JoinSnapshot};

impl Hub {
    /// Buffers a private conversation's events until [`Hub::complete_direct_join`].
    pub fn begin_direct_join(&self, connection: &ConnectionHandle, room: &str) {
        self.users
            .with_connection(connection, |joining| joining.begin_direct_join(room));
    }

    /// Ends a join whose page could not be read: sends the buffered events, then live ones.
    pub fn abort_direct_join(&self, connection: &ConnectionHandle, room: &str) {
        self.users
            .with_connection(connection, |joining| joining.abort_direct_join(room));
    }

    /// Sends a private conversation's `joined`. `members` are its two users with their nicknames.
    pub fn complete_direct_join(
        &self,
        connection: &ConnectionHandle,
        room: &str,
        members: [(UserId, String); 2],
        snapshot: JoinSnapshot,
    ) {
        let is_online =
            |user: UserId| self.users.with(user, |user| !user.connections.is_empty()) == Some(true);
        let online = members.iter().filter(|it| is_online(it.0)).count();
        let (users, members) = members.into_iter().unzip();
        let joined = ServerFrame::Joined(frame::Joined {
            asked: None,
            room: room.to_owned(),
            kind: RoomKind::Direct,
            seq: snapshot.end.seq,
            hidden: snapshot.end.hidden,
            members,
            users,
            online,
            messages: snapshot.messages,
            gap: snapshot.gap,
            missing: snapshot.missing,
            read: snapshot.read.map(|read| read.seq),
            read_hidden: snapshot.read.map_or(0, |read| read.hidden),
        });
        let (seq, joined) = (snapshot.end.seq, (&joined).into());
        self.users.with_connection(connection, |joining| {
            joining.complete_direct_join(room, seq, joined, snapshot.is_all);
        });
    }
}
