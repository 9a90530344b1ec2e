//! The reducer of the server's frames: one arm for each frame, so that a new one cannot be
//! forgotten.

use client::To;
use protocol::limits::{ANNOUNCEMENTS, NEWEST};
use protocol::{
    ClientFrame, DirectLine, LogPosition, Message, ServerFrame, UserId, frame, is_direct,
};

use super::{ChatState, MAX_LOADED, Output, history, join};
use crate::markdown;
use crate::timeline::Timeline;

/// How many private conversations catch up after each connection: the most recently used ones.
const DIRECTS_RESUMED: usize = 50;

impl ChatState {
    /// Applies frames that arrived together, at this time of the page's clock. Of a large number of
    /// messages, only the end is drawn at once.
    pub fn apply_frames(&mut self, frames: Vec<ServerFrame>, now: i64) -> Vec<Output> {
        self.games.set_now(now);
        let last = self.open_timeline().and_then(|it| it.resume_after());
        let mut outputs = Vec::new();
        for frame in frames {
            outputs.extend(self.apply_frame(frame));
        }
        if let (Some(last), Some(timeline)) = (last, self.open_timeline()) {
            timeline.skip_ahead(last);
        }
        outputs
    }

    /// Applies a frame, and returns what is to be done.
    pub fn apply_frame(&mut self, frame: ServerFrame) -> Vec<Output> {
        let mut outputs = match frame {
            ServerFrame::Welcome(frame::Welcome { nickname, user, .. }) => {
                self.welcome(nickname, user)
            }
            ServerFrame::Joined(frame::Joined {
                room,
                asked,
                seq,
                hidden,
                members,
                users,
                online,
                messages,
                gap,
                read,
                read_hidden,
                missing: _,
                kind: _,
            }) => {
                let asked = asked.unwrap_or_else(|| room.clone());
                let mut outputs = self.canonicalize_room(&asked, &room);
                if gap && self.read.get(&room).is_some_and(|read| read.seq > seq) {
                    // The room that was read was removed, and this is another one of its name.
                    self.forget_room(&room);
                }
                if let Some(seq) = read {
                    let hidden = read_hidden;
                    outputs.extend(self.apply_read_mark(&room, LogPosition { seq, hidden }));
                }
                if gap {
                    // What was loaded may have changed meanwhile, and the hidden events that say so
                    // were left out.
                    self.timelines.remove(&room);
                    outputs.extend(self.refetch_games(&room, &messages));
                }
                self.name_users(&members, &users);
                let newest = LogPosition { seq, hidden };
                outputs.extend(self.joined(room.clone(), newest, members, online, messages));
                outputs.extend(self.complete_join(&asked, room));
                outputs
            }
            ServerFrame::Left(frame::Left { room, removed }) => {
                self.joined_rooms.remove(&room);
                if removed {
                    self.forget_room(&room);
                    self.is_gone |= self.open.as_ref() == Some(&room);
                }
                Vec::new()
            }
            ServerFrame::Message(message) => self.message(message),
            ServerFrame::Presence(frame::Presence {
                room,
                joined,
                users,
                left,
                online,
            }) => {
                self.name_users(&joined, &users);
                self.presence(&room, joined, left, online)
            }
            ServerFrame::History(frame::History {
                room,
                messages,
                more,
            }) => {
                if self.is_requested_game_message(&room, &messages) {
                    return Vec::new();
                }
                self.apply_game_messages(&messages);
                let timeline = self.timelines.get_or_insert(&room, Timeline::default);
                timeline.history(messages, more);
                if timeline.len() > MAX_LOADED {
                    timeline.forget_far();
                }
                history(room, timeline.request_gap())
            }
            ServerFrame::Rooms(frame::Rooms { rooms, directs }) => {
                self.set_public_rooms(rooms);
                self.apply_directs(directs)
            }
            ServerFrame::RoomsChanged(frame::RoomsChanged { rooms, gone }) => {
                self.update_public_rooms(rooms, &gone);
                Vec::new()
            }
            ServerFrame::Read(frame::Read { room, seq, hidden }) => {
                let sync = self.apply_read_mark(&room, LogPosition { seq, hidden });
                sync.into_iter().collect()
            }
            ServerFrame::Games(frame::Games { games }) => self.apply_games(&games),
            ServerFrame::Scores(frame::Scores { room, scores }) => {
                self.apply_scores(room, scores);
                Vec::new()
            }
            ServerFrame::Watchers(frame::Watchers { room, games }) => {
                self.apply_watchers(&room, &games);
                Vec::new()
            }
            ServerFrame::Typing(frame::Typing { room, names }) => self.apply_typing(&room, names),
            ServerFrame::Error(frame::Error {
                code,
                message,
                id,
                room,
                retry_after_ms,
            }) => self.refused(code, message, id, room, retry_after_ms),
            // `connection` handles these.
            ServerFrame::Ping | ServerFrame::Pong => Vec::new(),
            // The server closes the connection right after it, and the banner says so.
            ServerFrame::Bye(frame::Bye { .. }) => Vec::new(),
        };
        outputs.extend(self.update_visible());
        outputs
    }

    /// The connection is established: rejoins the rooms, each from where it was, then sends what
    /// was typed meanwhile. The server handles the frames of a connection in order, so nothing has
    /// to wait.
    fn welcome(&mut self, nickname: String, user: UserId) -> Vec<Output> {
        if user != self.user {
            return vec![Output::Reload];
        }
        self.nickname = nickname;
        // What was requested without a connection was lost.
        self.disconnected();
        self.pending_messages.connected();
        // The open room comes first: the number of rooms per connection is limited.
        let open = self.open.as_ref();
        let directs = self.directs.iter().map(|line| &line.room);
        let others = self
            .joined_rooms
            .names()
            .chain(directs.take(DIRECTS_RESUMED));
        let others = others.filter(|room| Some(*room) != open);
        let rooms = open.into_iter().chain(others);
        let mut outputs: Vec<Output> = rooms.map(|room| self.rejoin(room)).collect();
        if let Some(pending_join) = &self.pending_join
            && pending_join.problem.is_none()
        {
            outputs.push(join(pending_join.name.clone(), None));
        }
        outputs.push(Output::Send(ClientFrame::Rooms));
        outputs.extend(self.games_welcome());
        outputs.extend(self.send_pending());
        self.connected += 1;
        outputs.push(Output::EndReconnectGrace(self.connected));
        outputs
    }

    /// Forgets a room that was removed.
    fn forget_room(&mut self, room: &str) {
        self.timelines.remove(room);
        self.read.remove(room);
        self.unsynced_reads.remove(room);
        self.last_mention.remove(room);
        if self.open.as_deref() == Some(room) {
            self.unread = None;
        }
    }

    pub(super) fn rejoin(&self, room: &str) -> Output {
        let is_open = self.open.as_deref() == Some(room);
        let timeline = self.timelines.get(room);
        let timeline = timeline.filter(|timeline| !is_open || !timeline.is_empty());
        let here = timeline.and_then(Timeline::resume_after);
        let line = self.direct_line(room);
        // Of a conversation that is not open, only new messages are needed.
        let listed = line.filter(|_| !is_open).map(|line| line.seq);
        join(room.to_owned(), here.or(listed))
    }

    /// The room has another spelling than the one it was joined by: what was stored under that
    /// spelling belongs to it.
    fn canonicalize_room(&mut self, asked: &str, room: &str) -> Vec<Output> {
        if asked == room {
            return Vec::new();
        }
        self.joined_rooms.remove(asked);
        self.timelines.remove(asked);
        if self.open.as_deref() == Some(asked) {
            self.open = Some(room.to_owned());
        }
        let place = |room: &str| To::Room(room.to_owned());
        vec![self.move_pending(place(asked), place(room))]
    }

    /// Moves the pending messages of one conversation to another.
    pub(super) fn move_pending(&mut self, from: To, to: To) -> Output {
        self.pending_messages.readdress(&from, &to);
        Output::MoveDraft { from, to }
    }

    fn joined(
        &mut self,
        room: String,
        newest: LogPosition,
        members: Vec<String>,
        online: usize,
        messages: Vec<Message>,
    ) -> Vec<Output> {
        let mut outputs = Vec::new();
        for message in &messages {
            outputs.extend(self.apply_message_effects(message));
        }
        if !is_direct(&room) {
            self.joined_rooms.insert(&room, ());
            // What was sent before the user first joined is not unread.
            if !self.read.contains(&room) {
                outputs.extend(self.advance_read(&room, newest));
            }
        }
        let is_open = self.open.as_ref() == Some(&room);
        let timeline = self.timelines.get_or_insert(&room, Timeline::default);
        timeline.joined(newest, members, online, messages);
        if !is_open {
            timeline.forget_far();
        }
        outputs.extend(history(room.clone(), timeline.request_gap()));
        outputs
    }

    /// If this is the room that was joined by name, it opens.
    fn complete_join(&mut self, asked: &str, room: String) -> Vec<Output> {
        let awaited = self
            .pending_join
            .take_if(|pending_join| pending_join.name == asked);
        match awaited {
            Some(_) => vec![
                Output::Send(ClientFrame::Rooms),
                Output::Navigate(Some(room)),
            ],
            None => Vec::new(),
        }
    }

    fn message(&mut self, message: Message) -> Vec<Output> {
        if message.room == ANNOUNCEMENTS {
            self.show_announcement(&message);
            if !self.joined_rooms.contains(ANNOUNCEMENTS) {
                return Vec::new();
            }
        }
        let mut outputs = self.apply_message_effects(&message);
        let room = message.room.clone();
        let is_open = self.open.as_ref() == Some(&room);
        let timeline = self.timelines.get_or_insert(&room, Timeline::default);
        timeline.message(message);
        let most = if is_open { MAX_LOADED } else { 2 * NEWEST };
        if timeline.len() > most {
            timeline.forget_far();
        }
        outputs.extend(history(room, timeline.request_gap()));
        outputs
    }

    /// The effects of a message outside of its room's timeline, in whichever frame it came: it
    /// confirms a pending message, and moves its private conversation to the top of the list.
    fn apply_message_effects(&mut self, message: &Message) -> Vec<Output> {
        let mine = message.author == self.user;
        let mut outputs: Vec<_> = self.apply_game_event(message).into_iter().collect();
        if message.author == UserId::SERVER {
            self.advance_direct(message);
        } else if is_direct(&message.room) {
            let to = message.to.as_ref().filter(|_| mine);
            let known = self.direct_line(&message.room);
            let line = DirectLine {
                room: message.room.clone(),
                with: to.unwrap_or(&message.from).clone(),
                user: match (mine, known, to) {
                    (false, ..) => message.author,
                    (true, Some(line), _) => line.user,
                    (true, None, to) => self.user_named(to.map_or("", String::as_str)),
                },
                // An author has the nickname. The other user had it when this conversation began.
                holds: !mine || known.is_none_or(|line| line.holds),
                seq: message.seq,
                hidden: message.hidden,
                read: 0,
                read_hidden: 0,
            };
            outputs.extend(self.bump_direct(line));
        }
        if message.is_hidden() {
            return outputs;
        }
        self.clear_typing(&message.room, &message.from);
        if !mine {
            if markdown::mentions(message.text(), &self.nickname) {
                let newest = self.last_mention.get_or_insert(&message.room, || 0);
                *newest = message.seq.max(*newest);
            }
            return outputs;
        }
        // A room is read up to the user's own last message, also from another tab.
        self.advance_read(&message.room, message.position());
        outputs.extend(self.sync_reads());
        self.pending_messages.remove(&message.id);
        outputs.extend(self.send_pending());
        outputs
    }

    fn presence(
        &mut self,
        room: &str,
        joined: Vec<String>,
        left: Vec<String>,
        online: usize,
    ) -> Vec<Output> {
        let mut outputs = Vec::new();
        // One of the nicknames may belong to another user by now.
        let mut names = joined.iter().chain(&left);
        if names.any(|name| self.directs.iter().any(|line| line.with == *name)) {
            outputs.push(Output::Send(ClientFrame::Rooms));
        }
        let me = self.nickname.clone();
        let is_shown = |name: &str| !is_direct(room) && name != me;
        for name in &left {
            self.clear_typing(room, name);
        }
        if let Some(timeline) = self.timelines.get_mut(room) {
            let came = timeline.presence(joined, left, online, is_shown);
            outputs.extend(self.notify_arrivals(room, came));
        }
        outputs
    }
}
