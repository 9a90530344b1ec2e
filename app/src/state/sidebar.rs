//! The lists in the sidebar, and what is unread in them.

use client::{To, normal_form::search_key};
use protocol::{DirectLine, LogPosition, Message, RoomLine, UserId, is_direct};

use super::{ChatState, Output, read_of};
use crate::sorted_map::{Rooms, sort_names};
use crate::timeline::Timeline;

/// What the list shows of a public room.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RoomEntry {
    /// How many users are in it, if that is known.
    pub online: Option<usize>,
    pub is_joined: bool,
    pub is_open: bool,
    pub unread: u64,
    /// An unread message mentions the user.
    pub has_mention: bool,
}

/// What the list shows of a private conversation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DirectEntry {
    pub with: String,
    pub user: UserId,
    /// Whether the other user still has that nickname.
    pub holds: bool,
    pub is_open: bool,
    pub unread: u64,
}

impl ChatState {
    /// The names of the public rooms that this user has joined.
    pub fn joined_room_names(&self) -> Vec<String> {
        self.joined_rooms.names().cloned().collect()
    }

    /// The other public rooms, in the server's order.
    pub fn other_rooms(&self) -> Vec<String> {
        let others = self
            .public_rooms
            .iter()
            .filter(|room| !self.joined_rooms.contains(room));
        others.cloned().collect()
    }

    /// Is there any public room?
    pub fn has_rooms(&self) -> bool {
        !self.public_rooms.is_empty() || !self.joined_rooms.is_empty()
    }

    /// Is there a public room of this name, ignoring case and normal form?
    pub fn has_room(&self, name: &str) -> bool {
        let wanted = search_key(name);
        let mut known = self.public_rooms.iter().chain(self.joined_rooms.names());
        known.any(|room| search_key(room) == wanted)
    }

    /// The users of known public rooms with whom there is no private conversation.
    pub fn known_people(&self) -> Vec<String> {
        let timelines = self.timelines.pairs().iter();
        let mut people: Vec<String> = timelines
            .filter(|(room, _)| !is_direct(room))
            .flat_map(|(_, timeline)| timeline.members())
            .filter(|name| **name != self.nickname && self.direct_with(name).is_none())
            .cloned()
            .collect();
        sort_names(&mut people);
        people.dedup();
        people
    }

    /// What the list shows of a public room.
    pub fn room_entry(&self, room: &str) -> RoomEntry {
        let is_joined = self.joined_rooms.contains(room);
        let timeline = self.timelines.get(room).filter(|_| is_joined);
        let here = timeline.filter(|timeline| timeline.newest().is_some());
        RoomEntry {
            // A joined room reports each change at once, the list only some time later.
            online: here
                .map(Timeline::online)
                .or(self.online_counts.get(room).copied()),
            is_joined,
            is_open: self.open.as_deref() == Some(room),
            unread: if is_joined { self.unread_in(room) } else { 0 },
            has_mention: is_joined && self.has_unread_mention(room),
        }
    }

    /// The private conversations, the most recently used first.
    pub fn direct_rooms(&self) -> Vec<String> {
        self.directs.iter().map(|line| line.room.clone()).collect()
    }

    /// What the list shows of a private conversation.
    pub fn direct_entry(&self, room: &str) -> DirectEntry {
        let line = self.direct_line(room);
        DirectEntry {
            with: line.map(|line| line.with.clone()).unwrap_or_default(),
            user: line.map(|line| line.user).unwrap_or_default(),
            holds: line.is_some_and(|line| line.holds),
            is_open: self.open.as_deref() == Some(room),
            unread: self.unread_in(room),
        }
    }

    /// The user who has this nickname now, as far as that is known.
    pub fn user_named(&self, nickname: &str) -> UserId {
        self.users.get(nickname).copied().unwrap_or_default()
    }

    /// Records that these nicknames belong to these users, in the same order.
    pub(super) fn name_users(&mut self, nicknames: &[String], users: &[UserId]) {
        for (nickname, user) in nicknames.iter().zip(users) {
            self.users.insert(nickname, *user);
        }
    }

    /// The other user of a private conversation.
    pub fn with(&self, room: &str) -> Option<&str> {
        let line = self.direct_line(room)?;
        Some(&line.with)
    }

    /// The private conversation with the user who has a nickname now, if there is one.
    pub fn direct_with(&self, nickname: &str) -> Option<&str> {
        let with = |line: &&DirectLine| line.holds && line.with == nickname;
        let line = self.directs.iter().find(with)?;
        Some(&line.room)
    }

    /// The conversations in the order of the lists: joined rooms, then private conversations.
    pub fn conversations(&self) -> Vec<String> {
        let directs = self.directs.iter().map(|line| &line.room);
        self.joined_rooms.names().chain(directs).cloned().collect()
    }

    /// Does anything unread address the user: a private message or a mention?
    pub fn has_mention(&self) -> bool {
        let mut directs = self.directs.iter().map(|line| &line.room);
        let mut mine = self.joined_rooms.names();
        mine.any(|room| self.has_unread_mention(room))
            || directs.any(|room| self.unread_in(room) > 0)
    }

    /// Does an unread message of a room mention the user?
    fn has_unread_mention(&self, room: &str) -> bool {
        let read = self.read.get(room).map(|read| read.seq);
        self.last_mention.get(room).copied() > read
    }

    /// All unread events of this user.
    pub fn all_unread(&self) -> u64 {
        let directs = self.directs.iter().map(|line| &line.room);
        let rooms = self.joined_rooms.names().chain(directs);
        rooms.map(|room| self.unread_in(room)).sum()
    }

    /// The public rooms that this user has joined.
    pub fn joined_rooms(&self) -> &Rooms {
        &self.joined_rooms
    }

    /// Applies the server's list of rooms.
    pub(super) fn set_public_rooms(&mut self, rooms: Vec<RoomLine>) {
        self.public_rooms = rooms.iter().map(|line| line.room.clone()).collect();
        let online_counts = rooms.into_iter().map(|line| (line.room, line.online));
        self.online_counts = online_counts.collect();
    }

    /// Applies what has changed in the server's list. Rooms stay where they are, so that they do
    /// not move under the pointer; a new one comes before the first with fewer users.
    pub(super) fn update_public_rooms(&mut self, changed: Vec<RoomLine>, gone: &[String]) {
        for name in gone {
            self.public_rooms.retain(|room| room != name);
            self.online_counts.remove(name);
        }
        for RoomLine { room, online } in changed {
            if !self.public_rooms.contains(&room) {
                let online_in = |room: &String| self.online_counts.get(room).copied();
                let mut rooms = self.public_rooms.iter();
                let place = rooms.position(|room| online_in(room) < Some(online));
                let place = place.unwrap_or(self.public_rooms.len());
                self.public_rooms.insert(place, room.clone());
            }
            self.online_counts.insert(&room, online);
        }
    }

    /// Moves a private conversation with a new message to the top of the list. If it has just
    /// begun, its id is its address from now on.
    pub(super) fn bump_direct(&mut self, line: DirectLine) -> Option<Output> {
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
        has_begun.then(|| self.move_pending(To::User(with), To::Room(room)))
    }

    /// A message of the server itself in a private conversation is not unread, and does not move
    /// it.
    pub(super) fn advance_direct(&mut self, message: &Message) {
        let mut lines = self.directs.iter_mut();
        if let Some(line) = lines.find(|line| line.room == message.room)
            && line.seq < message.seq
        {
            (line.seq, line.hidden) = (message.seq, message.hidden);
        }
    }

    /// Applies the server's list of private conversations: there may be new ones, and users may
    /// have other nicknames by now.
    pub(super) fn apply_directs(&mut self, lines: Vec<DirectLine>) -> Vec<Output> {
        let mut outputs = Vec::new();
        for line in lines.into_iter().rev() {
            outputs.extend(self.apply_read_mark(&line.room, read_of(&line)));
            let known = self
                .directs
                .iter_mut()
                .find(|known| known.room == line.room);
            match known {
                Some(known) if line.seq <= known.seq => {
                    known.with = line.with;
                    known.user = line.user;
                    known.holds = line.holds;
                }
                _ => outputs.extend(self.bump_direct(line)),
            }
        }
        outputs
    }

    /// The server's list entry of a private conversation.
    pub(super) fn direct_line(&self, room: &str) -> Option<&DirectLine> {
        self.directs.iter().find(|line| line.room == room)
    }

    /// How many unread events a room has; none if its read marker is not known yet.
    pub(super) fn unread_in(&self, room: &str) -> u64 {
        let Some(read) = self.read.get(room) else {
            return 0;
        };
        let newest = self.newest(room).unwrap_or_default();
        newest.nth().saturating_sub(read.nth())
    }

    fn newest(&self, room: &str) -> Option<LogPosition> {
        let here = self.timelines.get(room).and_then(Timeline::newest);
        let listed = self.direct_line(room).map(|line| LogPosition {
            seq: line.seq,
            hidden: line.hidden,
        });
        here.max(listed)
    }
}
