//! The lists beside the conversation, and what is unread in them.

use client::To;
use protocol::{DirectLine, Mark, Message, RoomLine, is_direct};

use super::{ChatState, Errand, read_of};
use crate::by_room::{Rooms, put_in_order};
use crate::timeline::Timeline;

/// What the list says of a public room.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RoomEntry {
    /// How many people are in it, where that is known.
    pub online: Option<usize>,
    pub is_mine: bool,
    pub is_open: bool,
    pub unread: u64,
    /// Something unread mentions the reader.
    pub is_addressed: bool,
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

impl ChatState {
    /// The public rooms that this user is in, by name.
    pub fn my_rooms(&self) -> Vec<String> {
        self.mine.names().cloned().collect()
    }

    /// The other public rooms, in the server's order.
    pub fn other_rooms(&self) -> Vec<String> {
        let others = self.listed.iter().filter(|room| !self.mine.contains(room));
        others.cloned().collect()
    }

    /// Is there any public room?
    pub fn has_rooms(&self) -> bool {
        !self.listed.is_empty() || !self.mine.is_empty()
    }

    /// Is there a public room of this name, in whatever case?
    pub fn has_room(&self, name: &str) -> bool {
        let wanted = name.to_lowercase();
        let mut known = self.listed.iter().chain(self.mine.names());
        known.any(|room| room.to_lowercase() == wanted)
    }

    /// People of the rooms that are open or were, with whom there is no private conversation.
    pub fn known_people(&self) -> Vec<String> {
        let timelines = self.timelines.pairs().iter();
        let mut people: Vec<String> = timelines
            .filter(|(room, _)| !is_direct(room))
            .flat_map(|(_, timeline)| timeline.members())
            .filter(|name| **name != self.nickname && self.direct_with(name).is_none())
            .cloned()
            .collect();
        put_in_order(&mut people);
        people.dedup();
        people
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
            unread: if is_mine { self.unread_in(room) } else { 0 },
            is_addressed: is_mine && self.addresses(room),
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
            unread: self.unread_in(room),
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

    /// Conversations in the order of the lists: rooms that this user is in, then private ones.
    pub fn conversations(&self) -> Vec<String> {
        let directs = self.directs.iter().map(|line| &line.room);
        self.mine.names().chain(directs).cloned().collect()
    }

    /// Unread events that address this user: all of private conversations, and mentions.
    pub fn is_addressed(&self) -> bool {
        let mut directs = self.directs.iter().map(|line| &line.room);
        let mut mine = self.mine.names();
        mine.any(|room| self.addresses(room)) || directs.any(|room| self.unread_in(room) > 0)
    }

    /// Does something unread of a room mention the reader?
    fn addresses(&self, room: &str) -> bool {
        let read = self.read.get(room).map(|read| read.seq);
        self.addressed.get(room).copied() > read
    }

    /// All unread events of this user.
    pub fn all_unread(&self) -> u64 {
        let directs = self.directs.iter().map(|line| &line.room);
        let rooms = self.mine.names().chain(directs);
        rooms.map(|room| self.unread_in(room)).sum()
    }

    /// The public rooms that this user is in.
    pub fn mine(&self) -> &Rooms {
        &self.mine
    }

    /// Takes over the server's list of rooms.
    pub(super) fn list(&mut self, rooms: Vec<RoomLine>) {
        self.listed = rooms.iter().map(|line| line.room.clone()).collect();
        let counted = rooms.into_iter().map(|line| (line.room, line.online));
        self.counted = counted.collect();
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
        self.read.get_or_insert(&room, || read_of(&line));
        let has_begun = place.is_none() && line.holds;
        self.directs.insert(0, line);
        has_begun.then(|| self.moves(To::User(with), To::Room(room)))
    }

    /// The server itself has said something in a private conversation: that is nobody's turn to speak.
    pub(super) fn note_newest(&mut self, message: &Message) {
        let mut lines = self.directs.iter_mut();
        if let Some(line) = lines.find(|line| line.room == message.room)
            && line.seq < message.seq
        {
            (line.seq, line.hidden) = (message.seq, message.hidden);
        }
    }

    /// Takes over the server's list of private conversations: there may be new ones, and people
    /// may be called otherwise by now.
    pub(super) fn list_directs(&mut self, lines: Vec<DirectLine>) -> Vec<Errand> {
        let mut errands = Vec::new();
        for line in lines.into_iter().rev() {
            errands.extend(self.told_read(&line.room, read_of(&line)));
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

    /// How many unread events a room has. Of a room whose state of reading is not known yet, none.
    pub(super) fn unread_in(&self, room: &str) -> u64 {
        let Some(read) = self.read.get(room) else {
            return 0;
        };
        let newest = self.newest(room).unwrap_or_default();
        newest.nth().saturating_sub(read.nth())
    }

    fn newest(&self, room: &str) -> Option<Mark> {
        let here = self.timelines.get(room).and_then(Timeline::newest);
        let listed = self.direct_line(room).map(|line| Mark {
            seq: line.seq,
            hidden: line.hidden,
        });
        here.max(listed)
    }
}
