//! Everything that this page knows: rooms, private conversations, what is in them, what is unread,
//! what is not confirmed yet. A pure value; what has to be done in the world outside comes back as
//! [`Errand`]s. [`hear`] says what each frame changes, this file what each act of the reader does,
//! [`reading`] what is read and where, [`sending`] what is on its way, [`games`] how games stand,
//! [`playing`] what is done and heard in them, [`aside`] who is typing and whose coming is told.

mod aside;
pub mod games;
mod hear;
mod lists;
mod playing;
mod reading;
mod sending;

use client::{Content, PendingMessage, PendingMessages, To};
use protocol::{ClientFrame, Close, DirectLine, Mark, Seq, UserId, is_direct};

use self::aside::Typist;
pub use self::aside::{Notice, What};
use self::games::Games;
pub use self::lists::{DirectEntry, RoomEntry};
use crate::by_room::{ByRoom, Rooms};
use crate::clock::Zone;
use crate::first_paint::Chat;
use crate::timeline::lines::Reader;
use crate::timeline::{Ask, Line, Timeline};

/// Messages that an open room keeps in memory before it forgets those far from what is drawn.
const KEPT: usize = 1_000;

/// Something to do in the world outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Errand {
    /// Send a frame; without a connection it is lost, and `welcome` makes up for it.
    Send(ClientFrame),
    /// Show a conversation, or the start page.
    Open(Option<String>),
    /// What was thought of as one place turned out to be another: bring along what is typed there
    /// and whoever reads there.
    Move { from: To, to: To },
    /// Scroll to the end of what is open.
    ShowEnd,
    /// Scroll to [`ChatState::take_target`], which may be drawn already.
    ShowTarget,
    /// Call [`ChatState::tell_read`] in a moment.
    TellRead,
    /// Call [`ChatState::tell_watched`] in a moment.
    TellWatched,
    /// Call [`ChatState::forget_typist`] if nothing is heard of this one for a while.
    ForgetTypist(u32),
    /// Somebody is here whose coming the reader wants to know of.
    Ring(String),
    /// Call [`ChatState::settle_down`] with this when everybody has had the time to come back.
    SettleDown(u32),
    /// Call [`ChatState::resume_sending`] after so many milliseconds.
    ResumeSending(u64),
    /// Load the page anew: it belongs to somebody else by now.
    Reload,
}

/// A room that was asked for by name, until the server says what it is called exactly.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Entering {
    name: String,
    /// Stands the field in which it was typed beside the lists still, to show a problem there?
    is_beside: bool,
    problem: Option<String>,
}

/// See the module's documentation.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatState {
    pub seat: u8,
    pub user: UserId,
    pub nickname: String,
    pub outbox: PendingMessages,
    /// The public rooms in the server's order, and how many people it counted in each.
    listed: Vec<String>,
    counted: ByRoom<usize>,
    /// Public rooms that this user is in.
    mine: Rooms,
    directs: Vec<DirectLine>,
    timelines: ByRoom<Timeline>,
    /// Up to where each room was read, where that is known.
    read: ByRoom<Mark>,
    /// Rooms of which the server has still to be told what was read.
    untold: Rooms,
    /// The newest message in each room that addresses the reader.
    addressed: ByRoom<Seq>,
    open: Option<String>,
    /// The first unread event of the open room, as of when the reader came to it.
    unread: Option<Seq>,
    visible: bool,
    /// How often a connection came to stand.
    connected: u32,
    entering: Option<Entering>,
    /// The open conversation is none of this user's any more.
    is_gone: bool,
    games: Games,
    notices: Vec<Notice>,
    noticed: u32,
    typists: Vec<Typist>,
    typed: Option<(String, i64)>,
    /// Nicknames whose coming is told.
    bells: Rooms,
}

impl ChatState {
    /// The state as the page showed it at first, at this time.
    pub fn new(initial: Chat, now: i64) -> Self {
        let read = initial
            .directs
            .iter()
            .map(|line| (line.room.clone(), read_of(line)));
        let mut chat = Self {
            seat: initial.seat,
            user: initial.user,
            nickname: initial.nickname,
            outbox: PendingMessages::default(),
            listed: Vec::new(),
            counted: ByRoom::default(),
            mine: Rooms::default(),
            timelines: ByRoom::default(),
            read: read.collect(),
            untold: Rooms::default(),
            addressed: ByRoom::default(),
            open: None,
            unread: None,
            visible: false,
            connected: 0,
            entering: None,
            is_gone: false,
            games: Games::default(),
            notices: Vec::new(),
            noticed: 0,
            typists: Vec::new(),
            typed: None,
            bells: Rooms::default(),
            directs: initial.directs,
        };
        chat.list(initial.rooms);
        chat.games.user = chat.user;
        chat.games.tell_time(now);
        chat.hear_cards(&initial.games);
        if let Some(conversation) = &initial.room {
            let room = conversation.room.clone();
            if let Some(read) = conversation.read {
                chat.read.insert(&room, read);
            }
            // Who said something has seen it; that may not have been told yet.
            chat.hear_cards(&conversation.messages);
            for message in &conversation.messages {
                if message.author == chat.user {
                    chat.read_up_to(&room, message.mark());
                }
            }
            if !is_direct(&room) {
                chat.mine.insert(&room, ());
            }
            let timeline = Timeline::first_painted(conversation);
            chat.timelines.insert(&room, timeline);
            chat.unread = chat.first_unread(&room);
            chat.open = Some(room);
        }
        chat
    }

    /// Adds what an earlier visit of this browser left: rooms, and whose coming is told.
    pub fn remember(&mut self, mine: &[String], bells: &[String]) {
        for room in mine {
            self.mine.insert(room, ());
        }
        for name in bells {
            self.bells.insert(name, ());
        }
    }

    /// The reader looks at another conversation, or at the start page.
    pub fn open(&mut self, room: Option<String>) -> Vec<Errand> {
        self.open_at(room, None)
    }

    /// The same, at a message of it.
    pub fn open_at(&mut self, room: Option<String>, seq: Option<Seq>) -> Vec<Errand> {
        if self.open == room {
            return seq.map_or_else(Vec::new, |seq| self.go_to(seq));
        }
        self.close();
        self.open = room;
        let Some(room) = self.open.clone() else {
            return Vec::new();
        };
        let is_new = !is_direct(&room) && self.mine.insert(&room, ());
        self.unread = self.first_unread(&room);
        let timeline = self.timelines.get_or_insert(&room, Timeline::default);
        let ask = seq.and_then(|seq| timeline.go_to(seq));
        let mut errands = Vec::new();
        // A conversation may be known by its latest message only, and not who is in it.
        if is_new || timeline.members().is_empty() {
            errands.push(join(room.clone(), timeline.resume_after()));
        }
        errands.extend(history(room, ask));
        if timeline.len() < protocol::limits::NEWEST {
            errands.extend(self.older());
        }
        errands.extend(self.settle());
        errands
    }

    /// The reader looks away from the open conversation.
    fn close(&mut self) {
        self.unread = None;
        self.is_gone = false;
        if let Some(timeline) = self.open_timeline() {
            if timeline.is_followed() {
                timeline.go_to_end();
            }
            timeline.forget_far();
        }
    }

    /// The tab came into view or went out of it.
    pub fn look(&mut self, visible: bool) -> Vec<Errand> {
        self.visible = visible;
        self.settle()
    }

    /// Goes into a room by its name, making it if it is new. It opens when the server has said
    /// what it is called exactly.
    pub fn enter(&mut self, name: String) -> Vec<Errand> {
        self.enter_from(name, true)
    }

    /// The same, asked for where a problem could not be shown: it becomes a notice.
    pub fn enter_from_afar(&mut self, name: String) -> Vec<Errand> {
        self.enter_from(name, false)
    }

    fn enter_from(&mut self, name: String, is_beside: bool) -> Vec<Errand> {
        self.entering = Some(Entering {
            name: name.clone(),
            is_beside,
            problem: None,
        });
        vec![join(name, None)]
    }

    /// Goes out of a public room.
    pub fn leave(&mut self, room: &str) -> Vec<Errand> {
        self.mine.remove(room);
        self.timelines.remove(room);
        let leave = ClientFrame::Leave {
            room: room.to_owned(),
        };
        // Once out of it, nothing more can be said of it.
        let mut errands = self.tell_read();
        errands.extend([Errand::Send(leave), Errand::Send(ClientFrame::Rooms)]);
        if self.open.as_deref() == Some(room) {
            self.open = None;
            errands.push(Errand::Open(None));
        }
        errands
    }

    /// Another tab has entered rooms and left others: the tabs of a user go together.
    pub fn follow(&mut self, entered: &[String], left: &[String]) -> Vec<Errand> {
        let mut errands = Vec::new();
        for room in entered {
            if self.mine.insert(room, ()) {
                errands.push(join(room.clone(), None));
            }
        }
        for room in left {
            if self.mine.contains(room) {
                errands.extend(self.leave(room));
            }
        }
        errands
    }

    /// Says something under a fresh id; `at` is the reader's clock in milliseconds since 1970.
    pub fn say(&mut self, to: To, id: String, text: String, at: i64) -> Vec<Errand> {
        self.unread = None;
        self.typed = None;
        self.outbox
            .push(PendingMessage::new(id, to, Content::Text(text), at));
        // Who speaks wants to see it, at the end.
        let mut errands = self.to_the_end();
        errands.extend(self.sending());
        errands
    }

    /// The connection is gone, closed with this code.
    pub fn closed(&mut self, code: u16) {
        if code == Close::TooLarge.code() {
            // Sent again, it would close the next one.
            self.outbox.too_large(Close::TooLarge.reason().to_owned());
        }
        self.disconnected();
    }

    /// The connection is gone.
    fn disconnected(&mut self) {
        self.outbox.disconnected();
        self.games_disconnected();
        self.typists.clear();
        for timeline in self.timelines.values_mut() {
            timeline.disconnected();
        }
    }

    /// Whoever is not back by now has gone, and will be news when they come.
    pub fn settle_down(&mut self, connected: u32) {
        // Since then the connection was lost again, and everybody has their time anew.
        if connected != self.connected {
            return;
        }
        for timeline in self.timelines.values_mut() {
            timeline.settle_down();
        }
    }

    /// Is the open conversation none of this user's any more?
    pub fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// Is a room being asked for by name?
    pub fn is_entering(&self) -> bool {
        self.entering.is_some()
    }

    /// Why the room that was asked for by name cannot be entered.
    pub fn entering_problem(&self) -> Option<&str> {
        self.entering.as_ref()?.problem.as_deref()
    }

    /// What one place shows: its log and the drafts for it.
    pub fn lines(&self, to: &To, zone: Zone) -> Vec<Line> {
        let drafts = self.outbox.to(to);
        let reader = Reader {
            user: self.user,
            zone,
            unread: self.unread,
        };
        match self.timeline(to) {
            Some(timeline) => timeline.lines(drafts, reader),
            None => Timeline::default().lines(drafts, reader),
        }
    }

    /// The log of a place, if anything is known of it.
    pub fn timeline(&self, to: &To) -> Option<&Timeline> {
        match to {
            To::Room(room) => self.timelines.get(room),
            To::User(_) => None,
        }
    }

    fn open_timeline(&mut self) -> Option<&mut Timeline> {
        self.timelines.get_mut(self.open.as_ref()?)
    }
}

/// Up to where the list says that a private conversation is read.
fn read_of(line: &DirectLine) -> Mark {
    Mark {
        seq: line.read,
        hidden: line.read_hidden,
    }
}

fn join(room: String, after: Option<Seq>) -> Errand {
    Errand::Send(ClientFrame::Join { room, after })
}

fn history(room: String, ask: Option<Ask>) -> Vec<Errand> {
    let frame = ask.map(|ask| ClientFrame::History {
        room,
        before: Some(ask.before),
        limit: Some(ask.limit as u64),
        all: false,
    });
    frame.map(Errand::Send).into_iter().collect()
}

#[cfg(test)]
mod tests;
