//! Records how far each room was received, so that a client delivers each event once and in order,
//! over any number of connections.

use std::collections::BTreeMap;

use protocol::{ClientFrame, Message, Seq, frame::Joined, is_direct, limits};

/// The rooms that a client is in or joins, and the private conversations from which it has received
/// a message.
#[derive(Debug, Default)]
pub struct RoomCursors(BTreeMap<String, Cursor>);

#[derive(Debug, Default)]
struct Cursor {
    /// The highest number that was received; none before the first `joined`.
    last_seq: Option<Seq>,
    join_state: JoinState,
}

/// Whether the client is in a room, on the present connection.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum JoinState {
    #[default]
    Outside,
    /// A `join` was sent and is not answered yet.
    Joining,
    /// The server asked to wait before another `join`.
    Waiting,
    Inside,
}

/// How a message relates to what was received before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Received {
    /// It follows the last event.
    Next,
    /// It was received before: it answers a resend.
    Duplicate,
    /// Events before it are missing. It is not delivered, because the server sends it again with
    /// them.
    Gap,
}

impl RoomCursors {
    /// Adds a room to join.
    pub fn join(&mut self, room: &str) {
        self.0.entry(room.to_owned()).or_default();
    }

    /// Removes a room. Returns the frame to send, if the client is in the room. Nobody can leave a
    /// private conversation.
    pub fn leave(&mut self, room: &str) -> Option<ClientFrame> {
        if is_direct(room) {
            return None;
        }
        let left = self.0.remove(room)?;
        let room = room.to_owned();
        matches!(left.join_state, JoinState::Joining | JoinState::Inside)
            .then_some(ClientFrame::Leave { room })
    }

    /// The frames that join each room that the client is not in; on a new connection, all rooms.
    pub fn joins(&mut self) -> Vec<ClientFrame> {
        let frame = |(name, cursor): (&String, &mut Cursor)| {
            let join = ClientFrame::Join {
                room: name.clone(),
                after: cursor.last_seq,
            };
            (cursor.join_state == JoinState::Outside).then(|| {
                cursor.join_state = JoinState::Joining;
                join
            })
        };
        self.0.iter_mut().filter_map(frame).collect()
    }

    /// Records that the connection is lost: the client is in no room.
    pub fn disconnected(&mut self) {
        for cursor in self.0.values_mut() {
            cursor.join_state = JoinState::Outside;
        }
    }

    /// Applies the answer to a `join`, and removes the messages that were received before. Returns
    /// whether the room starts over, so that events may be missing before the first message.
    pub fn joined(&mut self, joined: &mut Joined) -> bool {
        let asked = joined.asked.as_ref().and_then(|asked| self.0.remove(asked));
        let cursor = self.0.entry(joined.room.clone()).or_default();
        cursor.join_state = JoinState::Inside;
        let last_seq = cursor.last_seq.max(asked.and_then(|asked| asked.last_seq));
        // The room that was received so far was removed, and this is another one of its name.
        let last_seq = last_seq.filter(|last_seq| *last_seq <= joined.seq);
        joined
            .messages
            .retain(|message| last_seq.is_none_or(|last_seq| message.seq > last_seq));
        cursor.last_seq = Some(joined.seq);
        joined.gap || last_seq.is_none()
    }

    /// Removes a room that the server has removed.
    pub fn removed(&mut self, room: &str) {
        self.0.remove(room);
    }

    /// Records that the server asked to wait before this room is joined. Returns whether a `join`
    /// was waiting for an answer.
    pub fn put_off(&mut self, name: &str) -> bool {
        let cursor = self.0.get_mut(name);
        let cursor = cursor.filter(|cursor| cursor.join_state == JoinState::Joining);
        let is_joining = cursor.is_some();
        if let Some(cursor) = cursor {
            cursor.join_state = JoinState::Waiting;
        }
        is_joining
    }

    /// Makes the next [`RoomCursors::joins`] join one of the rooms that were put off: if all came
    /// at once, most of them would be refused again. Returns whether more rooms wait.
    pub fn resume_one(&mut self) -> bool {
        let is_waiting = |cursor: &&mut Cursor| cursor.join_state == JoinState::Waiting;
        let mut waiting = self.0.values_mut().filter(is_waiting);
        if let Some(cursor) = waiting.next() {
            cursor.join_state = JoinState::Outside;
        }
        waiting.next().is_some()
    }

    /// Removes a room that the server refused to let the client join. Returns whether a `join` was
    /// waiting for an answer.
    pub fn join_refused(&mut self, name: &str) -> bool {
        let is_waiting = |cursor: &Cursor| cursor.join_state == JoinState::Joining;
        self.0.get(name).is_some_and(is_waiting) && self.0.remove(name).is_some()
    }

    /// Applies a live message. After [`Received::Gap`] the room has to be joined again.
    pub fn receive(&mut self, message: &Message) -> Received {
        if is_direct(&message.room) || message.room == limits::ANNOUNCEMENTS {
            // A client receives private conversations and announcements without joining. The cursor
            // starts with the first message, and the next connections resume like a room.
            let last_seq = Some(message.seq.saturating_sub(1));
            let start = || Cursor {
                last_seq,
                join_state: JoinState::Inside,
            };
            self.0.entry(message.room.clone()).or_insert_with(start);
        }
        let Some(cursor) = self.0.get_mut(&message.room) else {
            return Received::Duplicate;
        };
        match cursor.last_seq {
            Some(last_seq) if message.seq <= last_seq => Received::Duplicate,
            Some(last_seq) if message.seq == last_seq + 1 => {
                cursor.last_seq = Some(message.seq);
                Received::Next
            }
            _ => Received::Gap,
        }
    }

    /// Makes the next [`RoomCursors::joins`] join this room again, because events are missing.
    pub fn rejoin(&mut self, name: &str) {
        if let Some(cursor) = self.0.get_mut(name)
            && cursor.join_state == JoinState::Inside
        {
            cursor.join_state = JoinState::Outside;
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::RoomKind;

    use super::*;

    fn message(seq: Seq) -> Message {
        Message {
            room: "tea".into(),
            seq,
            ..Message::default()
        }
    }

    fn joined(seq: Seq, messages: impl IntoIterator<Item = Seq>) -> Joined {
        Joined {
            room: "tea".into(),
            asked: None,
            kind: RoomKind::Public,
            seq,
            hidden: 0,
            members: Vec::new(),
            users: Vec::new(),
            online: 1,
            messages: messages.into_iter().map(message).collect(),
            gap: false,
            missing: None,
            read: None,
            read_hidden: 0,
        }
    }

    fn after(rooms: &mut RoomCursors) -> Vec<(String, Option<Seq>)> {
        let read = |frame| match frame {
            ClientFrame::Join { room, after } => (room, after),
            other => panic!("no join: {other:?}"),
        };
        rooms.joins().into_iter().map(read).collect()
    }

    #[test]
    fn a_room_resumes_where_it_stopped_and_nothing_comes_twice() {
        let mut rooms = RoomCursors::default();
        rooms.join("tea");
        assert_eq!(after(&mut rooms), [("tea".to_owned(), None)]);
        assert_eq!(after(&mut rooms), [], "once a connection");
        // Pages leave hidden events out.
        assert!(rooms.joined(&mut joined(7, [3, 5])), "the first time");
        assert_eq!(rooms.receive(&message(8)), Received::Next);
        assert_eq!(rooms.receive(&message(8)), Received::Duplicate);
        rooms.disconnected();
        assert_eq!(after(&mut rooms), [("tea".to_owned(), Some(8))]);
        let mut back = joined(10, [8, 9, 10]);
        assert!(!rooms.joined(&mut back));
        let seqs: Vec<_> = back.messages.iter().map(|it| it.seq).collect();
        assert_eq!(seqs, [9, 10]);
        assert_eq!(rooms.receive(&message(12)), Received::Gap);
        rooms.rejoin("tea");
        assert_eq!(after(&mut rooms), [("tea".to_owned(), Some(10))]);
        rooms.rejoin("tea");
        assert_eq!(after(&mut rooms), [], "the join is not answered yet");
        let gap = Joined {
            gap: true,
            ..joined(900, [900])
        };
        assert!(rooms.joined(&mut gap.clone()), "away for too long");
    }

    #[test]
    fn a_new_room_of_the_same_name_starts_over() {
        let mut rooms = RoomCursors::default();
        rooms.join("tea");
        rooms.joins();
        rooms.joined(&mut joined(57, [57]));
        rooms.disconnected();
        assert_eq!(after(&mut rooms), [("tea".to_owned(), Some(57))]);
        let mut new = Joined {
            gap: true,
            ..joined(2, [1, 2])
        };
        assert!(rooms.joined(&mut new));
        let seqs: Vec<_> = new.messages.iter().map(|it| it.seq).collect();
        assert_eq!(seqs, [1, 2]);
        assert_eq!(rooms.receive(&message(3)), Received::Next);
        rooms.removed("tea");
        rooms.disconnected();
        assert_eq!(after(&mut rooms), [], "a removed room is not joined again");
    }

    #[test]
    fn a_room_has_the_name_that_the_server_gives_it() {
        let mut rooms = RoomCursors::default();
        rooms.join("TEA");
        assert_eq!(after(&mut rooms), [("TEA".to_owned(), None)]);
        let mut answer = Joined {
            asked: Some("TEA".into()),
            ..joined(1, [1])
        };
        rooms.joined(&mut answer);
        rooms.disconnected();
        assert_eq!(after(&mut rooms), [("tea".to_owned(), Some(1))]);
    }

    #[test]
    fn a_refused_room_is_not_joined_again() {
        let mut rooms = RoomCursors::default();
        rooms.join("tea");
        assert!(!rooms.join_refused("tea"), "no join was sent");
        rooms.joins();
        assert!(rooms.join_refused("tea"));
        rooms.disconnected();
        assert_eq!(after(&mut rooms), []);
    }

    #[test]
    fn rooms_that_are_put_off_are_joined_one_after_the_other() {
        let mut rooms = RoomCursors::default();
        for room in ["cake", "tea"] {
            rooms.join(room);
        }
        assert!(!rooms.put_off("tea"), "no join was sent");
        rooms.joins();
        assert!(rooms.put_off("cake") && rooms.put_off("tea"));
        assert_eq!(after(&mut rooms), []);
        assert!(rooms.resume_one());
        assert_eq!(after(&mut rooms), [("cake".to_owned(), None)]);
        assert!(!rooms.resume_one());
        assert_eq!(after(&mut rooms), [("tea".to_owned(), None)]);
        assert!(rooms.put_off("tea"));
        assert_eq!(rooms.leave("tea"), None, "it was never entered");
        rooms.put_off("cake");
        rooms.disconnected();
        assert_eq!(after(&mut rooms), [("cake".to_owned(), None)]);
    }

    #[test]
    fn a_private_conversation_needs_no_join_and_resumes() {
        let mut rooms = RoomCursors::default();
        let direct = |seq| Message {
            room: "@1".into(),
            ..message(seq)
        };
        assert_eq!(rooms.receive(&direct(4)), Received::Next);
        assert_eq!(rooms.receive(&direct(5)), Received::Next);
        assert_eq!(after(&mut rooms), []);
        rooms.disconnected();
        assert_eq!(after(&mut rooms), [("@1".to_owned(), Some(5))]);
    }
}
