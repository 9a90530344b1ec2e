//! What each frame of the server changes: one arm a frame, so that a new one cannot be forgotten.

use protocol::limits::NEWEST;
use protocol::{ClientFrame, Code, Message, PersonId, Seq, ServerFrame, is_direct};

use super::{Entering, Errand, House, history};
use crate::outbox::To;
use crate::timeline::Timeline;

/// Private conversations that are caught up on after each connecting: the most recently used.
const DIRECTS_RESUMED: usize = 50;

impl House {
    /// Takes in a frame and says what is to be done about it.
    pub fn hear(&mut self, frame: ServerFrame) -> Vec<Errand> {
        let errands = match frame {
            ServerFrame::Welcome {
                nickname, person, ..
            } => self.welcome(nickname, person),
            ServerFrame::Joined {
                room,
                seq,
                members,
                online,
                messages,
                ..
            } => self.joined(room, seq, members, online, messages),
            ServerFrame::Left { room } => {
                self.mine.remove(&room);
                Vec::new()
            }
            ServerFrame::Message(message) => self.message(message),
            ServerFrame::Presence {
                room,
                joined,
                left,
                online,
            } => {
                let told = |name: &str| !is_direct(&room) && name != self.nickname;
                if let Some(timeline) = self.timelines.get_mut(&room) {
                    timeline.presence(joined, left, online, told);
                }
                Vec::new()
            }
            ServerFrame::History {
                room,
                messages,
                more,
            } => {
                let timeline = self.timelines.get_or_insert(&room, Timeline::default);
                timeline.history(messages, more);
                history(room, timeline.ask_for_hole())
            }
            ServerFrame::Rooms { rooms, directs } => {
                self.list(rooms);
                // Somebody may have opened one while this page was not connected.
                for line in directs.iter().rev() {
                    self.raise_direct(&line.room, &line.with, line.seq);
                }
                Vec::new()
            }
            ServerFrame::Error {
                code,
                message,
                id,
                retry_after_ms,
            } => self.refused(code, message, id, retry_after_ms),
            // `connection` answers these before they come here.
            ServerFrame::Ping | ServerFrame::Pong => Vec::new(),
            // The socket closes right after it, and the banner says so.
            ServerFrame::Bye { .. } => Vec::new(),
        };
        self.settle();
        errands
    }

    /// The connection stands: back into the rooms, each from where it was left, then out with what
    /// was typed meanwhile. The frames of a socket take effect in order, so nothing has to wait.
    fn welcome(&mut self, nickname: String, person: PersonId) -> Vec<Errand> {
        if person != self.person {
            return vec![Errand::Reload];
        }
        self.nickname = nickname;
        self.outbox.connected();
        // What was asked for while there was no connection went nowhere.
        for timeline in self.timelines.values_mut() {
            timeline.disconnected();
        }
        let open = self.open.as_ref().filter(|room| is_direct(room));
        let directs = self.directs.iter().map(|line| &line.room);
        let directs = directs.filter(|room| Some(*room) != open);
        let rooms: Vec<String> = self
            .mine
            .names()
            .chain(open)
            .chain(directs.take(DIRECTS_RESUMED))
            .cloned()
            .collect();
        let mut errands: Vec<Errand> = rooms.into_iter().map(|room| self.rejoin(room)).collect();
        if let Some(entering) = &self.entering
            && entering.problem.is_none()
        {
            errands.push(Errand::Send(ClientFrame::Join {
                room: entering.name.clone(),
                after: None,
            }));
        }
        errands.push(Errand::Send(ClientFrame::Rooms));
        errands.extend(self.sending());
        errands
    }

    fn rejoin(&mut self, room: String) -> Errand {
        let is_open = self.open.as_ref() == Some(&room);
        let timeline = self.timelines.get(&room);
        let timeline = timeline.filter(|timeline| !is_open || !timeline.is_empty());
        let here = timeline.and_then(Timeline::resume_after);
        let line = self.directs.iter().find(|line| line.room == room);
        // Of a conversation that nobody looks at, what is new is enough.
        let listed = line.filter(|_| !is_open).map(|line| line.seq);
        self.join(room, here.or(listed))
    }

    fn joined(
        &mut self,
        room: String,
        seq: Seq,
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
            self.read.get_or_insert(&room, || seq);
        }
        let is_open = self.open.as_ref() == Some(&room);
        let timeline = self.timelines.get_or_insert(&room, Timeline::default);
        timeline.joined(seq, members, online, messages);
        if !is_open {
            timeline.trim(NEWEST);
        }
        errands.extend(history(room.clone(), timeline.ask_for_hole()));
        // Asked for by its exact name by a link or after a lost connection? Else it is the answer
        // to a name that was typed, which the server may spell differently.
        let expected = self.joining.remove(&room).is_some();
        let typed = |entering: &mut Entering| {
            entering.problem.is_none() && (!expected || entering.name == room)
        };
        if let Some(entering) = self.entering.take_if(typed) {
            if entering.name != room {
                self.aliases.insert(&entering.name, room.clone());
            }
            errands.push(Errand::Send(ClientFrame::Rooms));
            errands.push(Errand::Open(Some(room)));
        }
        errands
    }

    fn message(&mut self, message: Message) -> Vec<Errand> {
        let mut errands = self.seen_coming(&message);
        let room = message.room.clone();
        let is_open = self.open.as_ref() == Some(&room);
        let timeline = self.timelines.get_or_insert(&room, Timeline::default);
        timeline.message(message);
        if !is_open {
            timeline.trim(NEWEST);
        }
        errands.extend(history(room, timeline.ask_for_hole()));
        errands
    }

    /// What a message means outside its room's log, however it comes: its draft is confirmed, its
    /// private conversation rises to the top of the list.
    fn seen_coming(&mut self, message: &Message) -> Vec<Errand> {
        let mine = message.author == self.person;
        if is_direct(&message.room) {
            let to = message.to.as_deref().filter(|_| mine);
            let with = to.unwrap_or(&message.from);
            self.raise_direct(&message.room, with, message.seq);
        }
        if !mine {
            return Vec::new();
        }
        // Who says something in a room has seen it, be it in another tab.
        self.read_up_to(&message.room, message.seq);
        let draft = self.outbox.confirm(&message.id);
        let mut errands = self.sending();
        if draft.is_some_and(|draft| matches!(draft.to, To::Person(_))) {
            errands.push(Errand::Open(Some(message.room.clone())));
        }
        errands
    }

    fn refused(
        &mut self,
        code: Code,
        sentence: String,
        id: Option<String>,
        retry_after_ms: Option<u64>,
    ) -> Vec<Errand> {
        let about_a_room = matches!(
            code,
            Code::BadRoomName
                | Code::RoomNameTaken
                | Code::NoSuchRoom
                | Code::TooManyRooms
                | Code::TooManyNewRooms
        );
        match (id, retry_after_ms) {
            (Some(id), Some(wait)) if code == Code::TooFast => {
                if self.outbox.too_fast(&id) {
                    return vec![Errand::ResumeSending(wait)];
                }
            }
            (Some(id), _) => {
                if self.outbox.refuse(&id, sentence) {
                    // The others need not wait behind it.
                    return self.sending();
                }
            }
            (None, _) if about_a_room && self.entering.is_some() => {
                if let Some(entering) = &mut self.entering {
                    entering.problem = Some(sentence);
                }
            }
            (None, _) => self.notice(sentence),
        }
        Vec::new()
    }
}
