//! Where the reader reads, and what is read: kept per user by the server, so that every tab and
//! device agrees.

use client::To;
use protocol::limits::ANNOUNCEMENTS;
use protocol::{ClientFrame, Mark, Seq};

use super::{ChatState, Errand, KEPT, history};
use crate::timeline::{Ask, Place, Timeline};

impl ChatState {
    /// Draws the messages before those that the open room shows.
    pub fn older(&mut self) -> Vec<Errand> {
        self.turn(Timeline::show_older)
    }

    /// Draws the messages behind those that the open room shows.
    pub fn newer(&mut self) -> Vec<Errand> {
        self.turn(Timeline::show_newer)
    }

    /// Goes to a message of the open room.
    pub fn go_to(&mut self, seq: Seq) -> Vec<Errand> {
        let mut errands = self.turn(|timeline| timeline.go_to(seq));
        errands.push(Errand::ShowTarget);
        errands
    }

    /// Goes to the end of the open room.
    pub fn to_the_end(&mut self) -> Vec<Errand> {
        let mut errands = self.turn(|timeline| {
            timeline.go_to_end();
            None
        });
        errands.push(Errand::ShowEnd);
        errands
    }

    /// The reader is at the end of the open room, or has gone away from it.
    pub fn reads_at_end(&mut self, at_end: bool) -> Vec<Errand> {
        self.turn(|timeline| {
            match at_end {
                true => timeline.follow(),
                false => timeline.stay(),
            }
            None
        })
    }

    /// Draws fewer messages of the open room, which is read at its end.
    pub fn shorten(&mut self) {
        if let Some(timeline) = self.open_timeline() {
            timeline.shorten();
            if timeline.len() > KEPT {
                timeline.forget_far();
            }
        }
    }

    /// Remembers where the reader is in a room, for when they come back.
    pub fn keep_place(&mut self, room: &str, place: Place) {
        if let Some(timeline) = self.timelines.get_mut(room) {
            timeline.keep_place(place);
        }
    }

    /// The reader has had enough of what is marked as unread, and of reading up.
    pub fn mark_read(&mut self) -> Vec<Errand> {
        self.unread = None;
        self.to_the_end()
    }

    /// The first unread event of the open room, as of when the reader came to it.
    pub fn unread_from(&self) -> Option<Seq> {
        self.unread
    }

    /// The message that the reader wants to see, once it is drawn; only once.
    pub fn take_target(&mut self) -> Option<Seq> {
        self.open_timeline()?.take_target()
    }

    /// The open room with its newest event.
    pub fn open_newest(&self) -> Option<(String, Seq)> {
        let room = self.open.as_ref()?;
        let newest = self.timelines.get(room)?.newest()?;
        Some((room.clone(), newest.seq))
    }

    /// How many events of the open room are unread: those that came while the reader reads up.
    pub fn open_unread(&self) -> u64 {
        self.open.as_ref().map_or(0, |room| self.unread_in(room))
    }

    /// What others have said in the open room after an event: who, and what.
    pub fn news(&self, after: Seq) -> Vec<(String, String)> {
        let open = self.open.as_ref().and_then(|room| self.timelines.get(room));
        let news = open.map_or(&[][..], |timeline| timeline.after(after));
        news.iter()
            .filter(|message| message.author != self.user)
            .map(|message| (message.from.clone(), message.text.clone()))
            .collect()
    }

    /// The last text that this user said in a place, as far as it is here.
    pub fn last_own(&self, to: &To) -> Option<String> {
        let said = self.timeline(to)?.after(0).iter();
        let mut own = said.filter(|message| message.author == self.user);
        own.next_back().map(|message| message.text.clone())
    }

    /// The server says up to where a room is read. If this page is further, what it said was lost
    /// with a connection, or is on its way.
    pub(super) fn told_read(&mut self, room: &str, upto: Mark) -> Option<Errand> {
        if self.read.get(room).is_some_and(|read| *read > upto) {
            return self.will_tell(room);
        }
        self.read_up_to(room, upto);
        self.untold.remove(room);
        None
    }

    /// Says what was read and is not told yet.
    pub fn tell_read(&mut self) -> Vec<Errand> {
        let untold = std::mem::take(&mut self.untold);
        let reads = untold.names().filter_map(|room| {
            let seq = self.read.get(room)?.seq;
            let room = room.clone();
            Some(Errand::Send(ClientFrame::Read { room, seq }))
        });
        reads.collect()
    }

    /// Notes that a room is read up to an event, and that the server is to be told.
    pub(super) fn reads(&mut self, room: &str, upto: Mark) -> Option<Errand> {
        // Hidden events alone are not worth telling.
        let is_known = |read: &Mark| read.nth() >= upto.nth();
        if self.read.get(room).is_some_and(is_known) {
            return None;
        }
        self.read_up_to(room, upto);
        self.will_tell(room)
    }

    fn will_tell(&mut self, room: &str) -> Option<Errand> {
        let is_first = self.untold.is_empty();
        self.untold.insert(room, ());
        is_first.then_some(Errand::TellRead)
    }

    /// Notes that a room is read up to an event; never takes anything back.
    pub(super) fn read_up_to(&mut self, room: &str, upto: Mark) {
        let read = self.read.get_or_insert(room, Mark::default);
        *read = upto.max(*read);
        if room == ANNOUNCEMENTS {
            self.retire_announcements(upto.seq);
        }
    }

    /// What is before somebody's eyes is read, and its games are watched.
    pub(super) fn settle(&mut self) -> Vec<Errand> {
        let mut errands: Vec<_> = self.watching().into_iter().collect();
        errands.extend(self.settle_read());
        errands
    }

    /// A conversation before somebody's eyes is read, as far as its end is drawn.
    fn settle_read(&mut self) -> Option<Errand> {
        let room = self.open.clone()?;
        let timeline = self.timelines.get(&room)?;
        let newest = timeline.newest()?;
        if self.visible && timeline.is_followed() && !timeline.has_target() {
            return self.reads(&room, newest);
        }
        // What comes meanwhile is where the unread begin.
        let read = self.read.get(&room).copied().unwrap_or_default();
        if newest.nth() > read.nth() && self.unread.is_none_or(|unread| unread <= read.seq) {
            self.unread = Some(read.seq + 1);
        }
        None
    }

    /// The first unread event of a room; none where all is read, or nothing is known.
    pub(super) fn first_unread(&self, room: &str) -> Option<Seq> {
        let read = self.read.get(room)?;
        (self.unread_in(room) > 0).then_some(read.seq + 1)
    }

    fn turn(&mut self, turn: impl FnOnce(&mut Timeline) -> Option<Ask>) -> Vec<Errand> {
        let Some(room) = self.open.clone() else {
            return Vec::new();
        };
        let ask = self.timelines.get_mut(&room).and_then(turn);
        let mut errands = history(room, ask);
        errands.extend(self.settle());
        errands
    }
}
