//! The lists beside the conversation, and what is unread in them.

use protocol::{DirectLine, RoomLine, Seq};

use super::{Errand, House};
use crate::by_room::{ByRoom, Rooms};
use crate::outbox::To;
use crate::timeline::Timeline;

/// What the list says of a public room.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RoomEntry {
    /// How many people are in it, where that is known.
    pub online: Option<usize>,
    pub is_mine: bool,
    pub is_open: bool,
    pub unread: u64,
}

/// What the list says of a private conversation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DirectEntry {
    pub with: String,
    /// Whether the other one has that nickname still.
    pub holds: bool,
    pub is_open: bool,
    pub unread: u64,
}

impl House {
    /// The public rooms in the order of the list: one's own by name, then the others as the server
    /// gave them.
    pub fn room_names(&self) -> Vec<String> {
        let others = self.listed.iter().filter(|room| !self.mine.contains(room));
        self.mine.names().chain(others).cloned().collect()
    }

    /// What the list says of one public room.
    pub fn room_entry(&self, room: &str) -> RoomEntry {
        let is_mine = self.mine.contains(room);
        let timeline = self.timelines.get(room).filter(|_| is_mine);
        let here = timeline.filter(|timeline| timeline.newest().is_some());
        RoomEntry {
            // A room that one is in tells each change at once, the list only now and then.
            online: here
                .map(Timeline::online)
                .or(self.counted.get(room).copied()),
            is_mine,
            is_open: self.open.as_deref() == Some(room),
            unread: if is_mine { self.unread(room) } else { 0 },
        }
    }

    /// The private conversations, the most recently used first.
    pub fn direct_rooms(&self) -> Vec<String> {
        self.directs.iter().map(|line| line.room.clone()).collect()
    }

    /// What the list says of one private conversation.
    pub fn direct_entry(&self, room: &str) -> DirectEntry {
        let line = self.direct_line(room);
        DirectEntry {
            with: line.map(|line| line.with.clone()).unwrap_or_default(),
            holds: line.is_some_and(|line| line.holds),
            is_open: self.open.as_deref() == Some(room),
            unread: self.unread(room),
        }
    }

    /// The other one of a private conversation.
    pub fn with(&self, room: &str) -> Option<&str> {
        let line = self.direct_line(room)?;
        Some(&line.with)
    }

    /// The private conversation with whoever holds a nickname now, if there is one.
    pub fn direct_with(&self, nickname: &str) -> Option<&str> {
        let with = |line: &&DirectLine| line.holds && line.with == nickname;
        let line = self.directs.iter().find(with)?;
        Some(&line.room)
    }

    /// All unread events of this person.
    pub fn all_unread(&self) -> u64 {
        let directs = self.directs.iter().map(|line| &line.room);
        let rooms = self.mine.names().chain(directs);
        rooms.map(|room| self.unread(room)).sum()
    }

    /// The public rooms that this person is in.
    pub fn mine(&self) -> &Rooms {
        &self.mine
    }

    /// Up to where each room was read.
    pub fn read(&self) -> &ByRoom<Seq> {
        &self.read
    }

    /// Takes over the server's list of rooms.
    pub(super) fn list(&mut self, rooms: Vec<RoomLine>) {
        self.listed = rooms.iter().map(|line| line.room.clone()).collect();
        let counted = rooms.into_iter().map(|line| (line.room, line.online));
        self.counted = counted.collect();
    }

    /// Notes that a room is read up to an event; never takes anything back.
    pub(super) fn read_up_to(&mut self, room: &str, seq: Seq) {
        let read = self.read.get_or_insert(room, || 0);
        *read = seq.max(*read);
    }

    /// A conversation before somebody's eyes is read.
    pub(super) fn settle(&mut self) {
        if !self.visible || !self.remembered {
            return;
        }
        if let Some(room) = self.open.clone()
            && let Some(newest) = self.newest(&room)
        {
            self.read_up_to(&room, newest);
        }
    }

    /// Puts a private conversation with something new in it at the top of the list. If it has just
    /// begun, from now on its id is its address.
    pub(super) fn raise_direct(&mut self, line: DirectLine) -> Option<Errand> {
        let place = self
            .directs
            .iter()
            .position(|known| known.room == line.room);
        if let Some(place) = place {
            if line.seq <= self.directs[place].seq {
                return None;
            }
            self.directs.remove(place);
        }
        let (with, room) = (line.with.clone(), line.room.clone());
        let has_begun = place.is_none() && line.holds;
        self.directs.insert(0, line);
        has_begun.then(|| self.moves(To::Person(with), To::Room(room)))
    }

    /// Takes over the server's list of private conversations: there may be new ones, and people
    /// may be called otherwise by now.
    pub(super) fn list_directs(&mut self, lines: Vec<DirectLine>) -> Vec<Errand> {
        let mut errands = Vec::new();
        for line in lines.into_iter().rev() {
            let known = self
                .directs
                .iter_mut()
                .find(|known| known.room == line.room);
            match known {
                Some(known) if line.seq <= known.seq => {
                    known.with = line.with;
                    known.holds = line.holds;
                }
                _ => errands.extend(self.raise_direct(line)),
            }
        }
        errands
    }

    /// What the server's list says of a private conversation.
    pub(super) fn direct_line(&self, room: &str) -> Option<&DirectLine> {
        self.directs.iter().find(|line| line.room == room)
    }

    fn unread(&self, room: &str) -> u64 {
        if !self.remembered {
            return 0;
        }
        let read = self.read.get(room).copied().unwrap_or(0);
        self.newest(room).unwrap_or(0).saturating_sub(read)
    }

    fn newest(&self, room: &str) -> Option<Seq> {
        let here = self.timelines.get(room).and_then(Timeline::newest);
        let line = self.direct_line(room);
        here.max(line.map(|line| line.seq))
    }
}
