//! How much of each room was heard: so that each event is handed on once and in order, over however
//! many lines it took.

use std::collections::BTreeMap;

use protocol::{ClientFrame, Message, Seq, frame::Joined, is_direct, limits};

/// The rooms that a client is in, or wants to be in; and private conversations that it has heard.
#[derive(Debug, Default)]
pub struct Rooms(BTreeMap<String, Room>);

#[derive(Debug, Default)]
struct Room {
    /// The highest number that was heard; none before the first `joined`.
    reached: Option<Seq>,
    standing: Standing,
}

/// Where one is with a room, on this line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Standing {
    #[default]
    Outside,
    /// A `join` is on its way.
    Asked,
    Inside,
}

/// What a message is to who has heard all before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Heard {
    News,
    /// It was heard before: the answer to something that was sent again.
    Known,
    /// Something before it was not heard, so this is not handed on either: it comes again.
    Early,
}

impl Rooms {
    /// Wants to be in a room.
    pub fn join(&mut self, room: &str) {
        self.0.entry(room.to_owned()).or_default();
    }

    /// Wants to be in a room no more; what is to be sent for that. A private conversation is heard all
    /// the same.
    pub fn leave(&mut self, room: &str) -> Option<ClientFrame> {
        if is_direct(room) {
            return None;
        }
        let left = self.0.remove(room)?;
        let room = room.to_owned();
        (left.standing != Standing::Outside).then_some(ClientFrame::Leave { room })
    }

    /// What is to be sent so that one is in each room; on a new line that is all of them.
    pub fn joins(&mut self) -> Vec<ClientFrame> {
        let frame = |(name, room): (&String, &mut Room)| {
            let join = ClientFrame::Join {
                room: name.clone(),
                after: room.reached,
            };
            (room.standing == Standing::Outside).then(|| {
                room.standing = Standing::Asked;
                join
            })
        };
        self.0.iter_mut().filter_map(frame).collect()
    }

    /// The line is gone, and with it every place in a room.
    pub fn lost(&mut self) {
        for room in self.0.values_mut() {
            room.standing = Standing::Outside;
        }
    }

    /// Takes in the answer to a `join`, and out of it what was heard already. Says whether the room
    /// is told afresh, with a hole before what it holds.
    pub fn joined(&mut self, joined: &mut Joined) -> bool {
        let asked = joined.asked.as_ref().and_then(|asked| self.0.remove(asked));
        let room = self.0.entry(joined.room.clone()).or_default();
        room.standing = Standing::Inside;
        let reached = room.reached.max(asked.and_then(|asked| asked.reached));
        joined
            .messages
            .retain(|message| reached.is_none_or(|reached| message.seq > reached));
        room.reached = reached.max(Some(joined.seq));
        joined.gap || reached.is_none()
    }

    /// The answer to a `join` was no. Says whether one had been asked for, which is so no more.
    pub fn refused(&mut self, name: &str) -> bool {
        let is_waiting = |room: &Room| room.standing == Standing::Asked;
        self.0.get(name).is_some_and(is_waiting) && self.0.remove(name).is_some()
    }

    /// Takes in what was said live. After [`Heard::Early`] the room is to be joined again.
    pub fn hear(&mut self, message: &Message) -> Heard {
        if is_direct(&message.room) || message.room == limits::ANNOUNCEMENTS {
            // Nobody joins a private conversation to hear it, nor what is told to everybody: it begins
            // with what comes first, and goes on over further lines like a room.
            let reached = Some(message.seq.saturating_sub(1));
            let begins = || Room {
                reached,
                standing: Standing::Inside,
            };
            self.0.entry(message.room.clone()).or_insert_with(begins);
        }
        let Some(room) = self.0.get_mut(&message.room) else {
            return Heard::Known;
        };
        match room.reached {
            Some(reached) if message.seq <= reached => Heard::Known,
            Some(reached) if message.seq == reached + 1 => {
                room.reached = Some(message.seq);
                Heard::News
            }
            _ => Heard::Early,
        }
    }

    /// Something of this room is missing: it is joined once more with what [`Rooms::joins`] says next.
    pub fn ask_again(&mut self, name: &str) {
        if let Some(room) = self.0.get_mut(name)
            && room.standing == Standing::Inside
        {
            room.standing = Standing::Outside;
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
            online: 1,
            messages: messages.into_iter().map(message).collect(),
            gap: false,
            missing: None,
            read: None,
            read_hidden: 0,
        }
    }

    fn after(rooms: &mut Rooms) -> Vec<(String, Option<Seq>)> {
        let read = |frame| match frame {
            ClientFrame::Join { room, after } => (room, after),
            other => panic!("no join: {other:?}"),
        };
        rooms.joins().into_iter().map(read).collect()
    }

    #[test]
    fn a_room_is_told_from_where_it_was_left_and_nothing_twice() {
        let mut rooms = Rooms::default();
        rooms.join("tea");
        assert_eq!(after(&mut rooms), [("tea".to_owned(), None)]);
        assert_eq!(after(&mut rooms), [], "asked once a line");
        // Pages leave hidden events out.
        assert!(rooms.joined(&mut joined(7, [3, 5])), "the first time");
        assert_eq!(rooms.hear(&message(8)), Heard::News);
        assert_eq!(rooms.hear(&message(8)), Heard::Known);
        rooms.lost();
        assert_eq!(after(&mut rooms), [("tea".to_owned(), Some(8))]);
        let mut back = joined(10, [8, 9, 10]);
        assert!(!rooms.joined(&mut back));
        let seqs: Vec<_> = back.messages.iter().map(|it| it.seq).collect();
        assert_eq!(seqs, [9, 10]);
        assert_eq!(rooms.hear(&message(12)), Heard::Early);
        rooms.ask_again("tea");
        assert_eq!(after(&mut rooms), [("tea".to_owned(), Some(10))]);
        rooms.ask_again("tea");
        assert_eq!(after(&mut rooms), [], "that is on its way");
        let gap = Joined {
            gap: true,
            ..joined(900, [900])
        };
        assert!(rooms.joined(&mut gap.clone()), "too long away");
    }

    #[test]
    fn a_room_goes_by_the_name_that_the_server_has_for_it() {
        let mut rooms = Rooms::default();
        rooms.join("TEA");
        assert_eq!(after(&mut rooms), [("TEA".to_owned(), None)]);
        let mut answer = Joined {
            asked: Some("TEA".into()),
            ..joined(1, [1])
        };
        rooms.joined(&mut answer);
        rooms.lost();
        assert_eq!(after(&mut rooms), [("tea".to_owned(), Some(1))]);
    }

    #[test]
    fn a_refused_room_is_not_asked_for_again() {
        let mut rooms = Rooms::default();
        rooms.join("tea");
        assert!(!rooms.refused("tea"), "nobody has asked yet");
        rooms.joins();
        assert!(rooms.refused("tea"));
        rooms.lost();
        assert_eq!(after(&mut rooms), []);
    }

    #[test]
    fn a_private_conversation_is_heard_without_joining_and_resumed_all_the_same() {
        let mut rooms = Rooms::default();
        let direct = |seq| Message {
            room: "@1".into(),
            ..message(seq)
        };
        assert_eq!(rooms.hear(&direct(4)), Heard::News);
        assert_eq!(rooms.hear(&direct(5)), Heard::News);
        assert_eq!(after(&mut rooms), []);
        rooms.lost();
        assert_eq!(after(&mut rooms), [("@1".to_owned(), Some(5))]);
    }
}
