//! What each frame of the server changes: one arm a frame, so that a new one cannot be forgotten.

use client::To;
use protocol::limits::{ANNOUNCEMENTS, NEWEST};
use protocol::{
    ClientFrame, Code, DirectLine, Mark, Message, ServerFrame, UserId, frame, is_direct,
};

use super::aside::What;
use super::{ChatState, Errand, KEPT, history, join};
use crate::prose;
use crate::timeline::Timeline;

/// Private conversations that are caught up on after each connecting: the most recently used.
const DIRECTS_RESUMED: usize = 50;
/// After so long what the server could not take goes again, if it did not say when.
const RETRY_MS: u64 = 2_000;

impl ChatState {
    /// Takes in what came together, by this time of the page's clock. Of very much of it only the end
    /// is drawn at once.
    pub fn hear_all(&mut self, frames: Vec<ServerFrame>, now: i64) -> Vec<Errand> {
        self.games.tell_time(now);
        let last = self.open_timeline().and_then(|it| it.resume_after());
        let mut errands = Vec::new();
        for frame in frames {
            errands.extend(self.hear(frame));
        }
        if let (Some(last), Some(timeline)) = (last, self.open_timeline()) {
            timeline.leap(last);
        }
        errands
    }

    /// Takes in a frame and says what is to be done about it.
    pub fn hear(&mut self, frame: ServerFrame) -> Vec<Errand> {
        let mut errands = match frame {
            ServerFrame::Welcome(frame::Welcome { nickname, user, .. }) => {
                self.welcome(nickname, user)
            }
            ServerFrame::Joined(frame::Joined {
                room,
                asked,
                seq,
                hidden,
                members,
                online,
                messages,
                gap,
                read,
                read_hidden,
                missing: _,
                kind: _,
            }) => {
                let asked = asked.unwrap_or_else(|| room.clone());
                let mut errands = self.spell(&asked, &room);
                if let Some(seq) = read {
                    let hidden = read_hidden;
                    errands.extend(self.told_read(&room, Mark { seq, hidden }));
                }
                if gap {
                    errands.extend(self.missed(&room, &messages));
                }
                let newest = Mark { seq, hidden };
                errands.extend(self.joined(room.clone(), newest, members, online, messages));
                errands.extend(self.entered(&asked, room));
                errands
            }
            ServerFrame::Left(frame::Left { room }) => {
                self.mine.remove(&room);
                Vec::new()
            }
            ServerFrame::Message(message) => self.message(message),
            ServerFrame::Presence(frame::Presence {
                room,
                joined,
                left,
                online,
            }) => self.presence(&room, joined, left, online),
            ServerFrame::History(frame::History {
                room,
                messages,
                more,
            }) => {
                if self.is_card(&room, &messages) {
                    return Vec::new();
                }
                self.hear_cards(&messages);
                let timeline = self.timelines.get_or_insert(&room, Timeline::default);
                timeline.history(messages, more);
                if timeline.len() > KEPT {
                    timeline.forget_far();
                }
                history(room, timeline.ask_for_hole())
            }
            ServerFrame::Rooms(frame::Rooms { rooms, directs }) => {
                self.list(rooms);
                self.list_directs(directs)
            }
            ServerFrame::Read(frame::Read { room, seq, hidden }) => {
                let told = self.told_read(&room, Mark { seq, hidden });
                told.into_iter().collect()
            }
            ServerFrame::Games(frame::Games { games }) => self.hear_games(&games),
            ServerFrame::Scores(frame::Scores { room, scores }) => {
                self.hear_scores(room, scores);
                Vec::new()
            }
            ServerFrame::Watchers(frame::Watchers { room, games }) => {
                self.hear_watchers(&room, &games);
                Vec::new()
            }
            ServerFrame::Typing(frame::Typing { room, names }) => self.hear_typing(&room, names),
            ServerFrame::Error(frame::Error {
                code,
                message,
                id,
                room,
                retry_after_ms,
            }) => self.refused(code, message, id, room, retry_after_ms),
            // `connection` answers these before they come here.
            ServerFrame::Ping | ServerFrame::Pong => Vec::new(),
            // The socket closes right after it, and the banner says so.
            ServerFrame::Bye(frame::Bye { .. }) => Vec::new(),
        };
        errands.extend(self.settle());
        errands
    }

    /// The connection stands: back into the rooms, each from where it was left, then out with what
    /// was typed meanwhile. The frames of a socket take effect in order, so nothing has to wait.
    fn welcome(&mut self, nickname: String, user: UserId) -> Vec<Errand> {
        if user != self.user {
            return vec![Errand::Reload];
        }
        self.nickname = nickname;
        // What was asked for while there was no connection went nowhere.
        self.disconnected();
        self.outbox.connected();
        // First what the reader looks at: a socket is in so many rooms at most.
        let open = self.open.as_ref();
        let directs = self.directs.iter().map(|line| &line.room);
        let others = self.mine.names().chain(directs.take(DIRECTS_RESUMED));
        let others = others.filter(|room| Some(*room) != open);
        let rooms = open.into_iter().chain(others);
        let mut errands: Vec<Errand> = rooms.map(|room| self.rejoin(room)).collect();
        if let Some(entering) = &self.entering
            && entering.problem.is_none()
        {
            errands.push(join(entering.name.clone(), None));
        }
        errands.push(Errand::Send(ClientFrame::Rooms));
        errands.extend(self.games_welcome());
        errands.extend(self.sending());
        self.connected += 1;
        errands.push(Errand::SettleDown(self.connected));
        errands
    }

    fn rejoin(&self, room: &str) -> Errand {
        let is_open = self.open.as_deref() == Some(room);
        let timeline = self.timelines.get(room);
        let timeline = timeline.filter(|timeline| !is_open || !timeline.is_empty());
        let here = timeline.and_then(Timeline::resume_after);
        let line = self.direct_line(room);
        // Of a conversation that nobody looks at, what is new is enough.
        let listed = line.filter(|_| !is_open).map(|line| line.seq);
        join(room.to_owned(), here.or(listed))
    }

    /// A room is written differently from how it was asked for: what was kept under the other
    /// spelling is its.
    fn spell(&mut self, asked: &str, room: &str) -> Vec<Errand> {
        if asked == room {
            return Vec::new();
        }
        self.mine.remove(asked);
        self.timelines.remove(asked);
        if self.open.as_deref() == Some(asked) {
            self.open = Some(room.to_owned());
        }
        let place = |room: &str| To::Room(room.to_owned());
        vec![self.moves(place(asked), place(room))]
    }

    /// Brings the drafts for one place to another.
    pub(super) fn moves(&mut self, from: To, to: To) -> Errand {
        self.outbox.readdress(&from, &to);
        Errand::Move { from, to }
    }

    fn joined(
        &mut self,
        room: String,
        newest: Mark,
        members: Vec<String>,
        online: usize,
        messages: Vec<Message>,
    ) -> Vec<Errand> {
        let mut errands = Vec::new();
        for message in &messages {
            errands.extend(self.seen_coming(message));
        }
        if !is_direct(&room) {
            self.mine.insert(&room, ());
            // What was said before one first came is not unread.
            if !self.read.contains(&room) {
                errands.extend(self.reads(&room, newest));
            }
        }
        let is_open = self.open.as_ref() == Some(&room);
        let timeline = self.timelines.get_or_insert(&room, Timeline::default);
        timeline.joined(newest, members, online, messages);
        if !is_open {
            timeline.forget_far();
        }
        errands.extend(history(room.clone(), timeline.ask_for_hole()));
        errands
    }

    /// Is this the room whose name was typed? Then it opens.
    fn entered(&mut self, asked: &str, room: String) -> Vec<Errand> {
        let awaited = self.entering.take_if(|entering| entering.name == asked);
        match awaited {
            Some(_) => vec![Errand::Send(ClientFrame::Rooms), Errand::Open(Some(room))],
            None => Vec::new(),
        }
    }

    fn message(&mut self, message: Message) -> Vec<Errand> {
        if message.room == ANNOUNCEMENTS {
            self.announced(&message);
            if !self.mine.contains(ANNOUNCEMENTS) {
                return Vec::new();
            }
        }
        let mut errands = self.seen_coming(&message);
        let room = message.room.clone();
        let is_open = self.open.as_ref() == Some(&room);
        let timeline = self.timelines.get_or_insert(&room, Timeline::default);
        timeline.message(message);
        let most = if is_open { KEPT } else { 2 * NEWEST };
        if timeline.len() > most {
            timeline.forget_far();
        }
        errands.extend(history(room, timeline.ask_for_hole()));
        errands
    }

    /// What a message means outside its room's log, however it comes: its draft is confirmed, its
    /// private conversation rises to the top of the list.
    fn seen_coming(&mut self, message: &Message) -> Vec<Errand> {
        let mine = message.author == self.user;
        let mut errands: Vec<_> = self.seen_played(message).into_iter().collect();
        if message.author == UserId::SERVER {
            self.note_newest(message);
        } else if is_direct(&message.room) {
            let to = message.to.as_ref().filter(|_| mine);
            let known = self.direct_line(&message.room);
            let line = DirectLine {
                room: message.room.clone(),
                with: to.unwrap_or(&message.from).clone(),
                // Who speaks has a nickname; who is spoken to had one when this began.
                holds: !mine || known.is_none_or(|line| line.holds),
                seq: message.seq,
                hidden: message.hidden,
                read: 0,
                read_hidden: 0,
            };
            errands.extend(self.raise_direct(line));
        }
        if message.is_hidden() {
            return errands;
        }
        self.stops_typing(&message.room, &message.from);
        if !mine {
            if prose::mentions(&message.text, &self.nickname) {
                let newest = self.addressed.get_or_insert(&message.room, || 0);
                *newest = message.seq.max(*newest);
            }
            return errands;
        }
        // Who says something in a room has seen it, be it in another tab.
        self.reads(&message.room, message.mark());
        errands.extend(self.tell_read());
        self.outbox.remove(&message.id);
        errands.extend(self.sending());
        errands
    }

    fn presence(
        &mut self,
        room: &str,
        joined: Vec<String>,
        left: Vec<String>,
        online: usize,
    ) -> Vec<Errand> {
        let mut errands = Vec::new();
        // Somebody's nickname may be another's by now.
        let mut names = joined.iter().chain(&left);
        if names.any(|name| self.directs.iter().any(|line| line.with == *name)) {
            errands.push(Errand::Send(ClientFrame::Rooms));
        }
        let me = self.nickname.clone();
        let told = |name: &str| !is_direct(room) && name != me;
        for name in &left {
            self.stops_typing(room, name);
        }
        if let Some(timeline) = self.timelines.get_mut(room) {
            let came = timeline.presence(joined, left, online, told);
            errands.extend(self.ring(room, came));
        }
        errands
    }

    fn refused(
        &mut self,
        code: Code,
        sentence: String,
        id: Option<String>,
        room: Option<String>,
        retry_after_ms: Option<u64>,
    ) -> Vec<Errand> {
        let mut errands = Vec::new();
        if code == Code::TooFast {
            // Perhaps which games are watched: that is said again when it changes.
            self.games.watched = None;
        } else if let Some(room) = &room
            && let Some(timeline) = self.timelines.get_mut(room)
        {
            timeline.refused();
            errands = history(room.clone(), timeline.ask_for_hole());
        }
        match id {
            Some(id) if matches!(code, Code::TooFast | Code::StorageUnavailable) => {
                let is_play = self.play_refused(&id, true);
                if is_play {
                    self.outbox.pause();
                }
                if is_play || self.outbox.put_off(&id) {
                    let wait = retry_after_ms.unwrap_or(RETRY_MS);
                    return vec![Errand::ResumeSending(wait)];
                }
            }
            Some(id) if self.play_refused(&id, false) => self.notice(What::Refused(sentence)),
            Some(id) => {
                if self.outbox.refuse(&id, sentence) {
                    // The others need not wait behind it.
                    return self.sending();
                }
            }
            None => match self
                .entering
                .as_mut()
                .filter(|entering| Some(&entering.name) == room.as_ref())
            {
                Some(entering) if entering.is_beside => entering.problem = Some(sentence),
                Some(_) => {
                    self.entering = None;
                    self.notice(What::Refused(sentence));
                }
                // What was read or typed in a room is nobody's business any more, or is said again.
                None if matches!(code, Code::NotInRoom | Code::TooFast) => {}
                None if code == Code::NoSuchRoom && room.is_some() && room == self.open => {
                    self.is_gone = true;
                }
                None => self.notice(What::Refused(sentence)),
            },
        }
        errands
    }
}
