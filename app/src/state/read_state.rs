//! Where the user reads, and what is read. The server keeps the read markers of a user, so that all
//! tabs and devices agree.

use client::To;
use protocol::limits::ANNOUNCEMENTS;
use protocol::{ClientFrame, LogPosition, Seq};

use super::{ChatState, MAX_LOADED, Output, history};
use crate::timeline::{PageRequest, ScrollAnchor, Timeline};

impl ChatState {
    /// Draws the messages before those that the open room shows.
    pub fn older(&mut self) -> Vec<Output> {
        self.update_open(Timeline::show_older)
    }

    /// Draws the messages after those that the open room shows.
    pub fn newer(&mut self) -> Vec<Output> {
        self.update_open(Timeline::show_newer)
    }

    /// Goes to a message of the open room.
    pub fn go_to(&mut self, seq: Seq) -> Vec<Output> {
        let mut outputs = self.update_open(|timeline| timeline.go_to(seq));
        outputs.push(Output::ScrollToTarget);
        outputs
    }

    /// Goes to the end of the open room.
    pub fn go_to_end(&mut self) -> Vec<Output> {
        let mut outputs = self.update_open(|timeline| {
            timeline.go_to_end();
            None
        });
        outputs.push(Output::ScrollToEnd);
        outputs
    }

    /// The user has reached the end of the open room, or has scrolled away from it.
    pub fn reads_at_end(&mut self, at_end: bool) -> Vec<Output> {
        self.update_open(|timeline| {
            match at_end {
                true => timeline.follow(),
                false => timeline.unfollow(),
            }
            None
        })
    }

    /// Draws fewer messages of the open room, which is at its end.
    pub fn shorten(&mut self) {
        if let Some(timeline) = self.open_timeline() {
            timeline.shorten();
            if timeline.len() > MAX_LOADED {
                timeline.forget_far();
            }
        }
    }

    /// Saves the scroll position of a room, for when the user returns.
    pub fn save_anchor(&mut self, room: &str, place: ScrollAnchor) {
        if let Some(timeline) = self.timelines.get_mut(room) {
            timeline.save_anchor(place);
        }
    }

    /// Removes the mark of the unread messages, and goes to the end.
    pub fn mark_read(&mut self) -> Vec<Output> {
        self.unread = None;
        self.go_to_end()
    }

    /// The first unread event of the open room, as of when it was opened.
    pub fn unread_from(&self) -> Option<Seq> {
        self.unread
    }

    /// The message to scroll to, once it is drawn. It is returned only once.
    pub fn take_target(&mut self) -> Option<Seq> {
        self.open_timeline()?.take_target()
    }

    /// The open room with its newest event.
    pub fn open_newest(&self) -> Option<(String, Seq)> {
        let room = self.open.as_ref()?;
        let newest = self.timelines.get(room)?.newest()?;
        Some((room.clone(), newest.seq))
    }

    /// How many events of the open room are unread: those that came while the user was scrolled up.
    pub fn open_unread(&self) -> u64 {
        self.open.as_ref().map_or(0, |room| self.unread_in(room))
    }

    /// The messages of others in the open room after an event: author and text.
    pub fn messages_from_others(&self, after: Seq) -> Vec<(String, String)> {
        let open = self.open.as_ref().and_then(|room| self.timelines.get(room));
        let news = open.map_or(&[][..], |timeline| timeline.after(after));
        news.iter()
            .filter(|message| message.author != self.user && !message.text().is_empty())
            .map(|message| (message.from.clone(), message.text().to_owned()))
            .collect()
    }

    /// The last text that this user sent to a conversation, if it is loaded.
    pub fn last_own(&self, to: &To) -> Option<String> {
        let said = self.timeline(to)?.after(0).iter();
        let mut own = said.filter(|it| it.author == self.user && !it.text().is_empty());
        own.next_back().map(|message| message.text().to_owned())
    }

    /// Applies a read marker of the server. If this page is further, its marker was lost with a
    /// connection, or is on its way.
    pub(super) fn apply_read_mark(&mut self, room: &str, upto: LogPosition) -> Option<Output> {
        if self.read.get(room).is_some_and(|read| *read > upto) {
            return self.schedule_read_sync(room);
        }
        self.set_read(room, upto);
        self.unsynced_reads.remove(room);
        None
    }

    /// Sends the read markers that the server does not know.
    pub fn sync_reads(&mut self) -> Vec<Output> {
        let unsynced_reads = std::mem::take(&mut self.unsynced_reads);
        let reads = unsynced_reads.names().filter_map(|room| {
            let seq = self.read.get(room)?.seq;
            let room = room.clone();
            Some(Output::Send(ClientFrame::Read { room, seq }))
        });
        reads.collect()
    }

    /// Marks a room as read up to an event, and schedules the read marker for the server.
    pub(super) fn advance_read(&mut self, room: &str, upto: LogPosition) -> Option<Output> {
        // Hidden events alone are not worth a frame.
        let is_known = |read: &LogPosition| read.nth() >= upto.nth();
        if self.read.get(room).is_some_and(is_known) {
            return None;
        }
        self.set_read(room, upto);
        self.schedule_read_sync(room)
    }

    fn schedule_read_sync(&mut self, room: &str) -> Option<Output> {
        let is_first = self.unsynced_reads.is_empty();
        self.unsynced_reads.insert(room, ());
        is_first.then_some(Output::SyncReadsSoon)
    }

    /// Marks a room as read up to an event; never goes back.
    pub(super) fn set_read(&mut self, room: &str, upto: LogPosition) {
        let read = self.read.get_or_insert(room, LogPosition::default);
        *read = upto.max(*read);
        if room == ANNOUNCEMENTS {
            self.retire_announcements(upto.seq);
        }
    }

    /// The tab was shown or hidden.
    pub fn set_visible(&mut self, visible: bool) -> Vec<Output> {
        self.visible = visible;
        self.update_visible()
    }

    /// Marks what is visible as read, and its games as watched.
    pub(super) fn update_visible(&mut self) -> Vec<Output> {
        let mut outputs: Vec<_> = self.watched_changed().into_iter().collect();
        outputs.extend(self.mark_visible_read());
        outputs
    }

    /// Marks a visible conversation as read, if its end is drawn.
    fn mark_visible_read(&mut self) -> Option<Output> {
        let room = self.open.clone()?;
        let timeline = self.timelines.get(&room)?;
        let newest = timeline.newest()?;
        if self.visible && timeline.is_followed() && !timeline.has_target() {
            return self.advance_read(&room, newest);
        }
        // Otherwise, the next events are the first unread ones.
        let read = self.read.get(&room).copied().unwrap_or_default();
        if newest.nth() > read.nth() && self.unread.is_none_or(|unread| unread <= read.seq) {
            self.unread = Some(read.seq + 1);
        }
        None
    }

    /// The first unread event of a room; none if all is read, or nothing is known.
    pub(super) fn first_unread(&self, room: &str) -> Option<Seq> {
        let read = self.read.get(room)?;
        (self.unread_in(room) > 0).then_some(read.seq + 1)
    }

    fn update_open(
        &mut self,
        update: impl FnOnce(&mut Timeline) -> Option<PageRequest>,
    ) -> Vec<Output> {
        let Some(room) = self.open.clone() else {
            return Vec::new();
        };
        let request = self.timelines.get_mut(&room).and_then(update);
        let mut outputs = history(room, request);
        outputs.extend(self.update_visible());
        outputs
    }
}
