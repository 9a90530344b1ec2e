//! Everything that this page knows: rooms, private conversations, what is in them, what is unread,
//! what is not confirmed yet. A pure value; what has to be done in the world outside comes back as
//! [`Errand`]s. [`hear`] says what each frame changes, this file what each act of the reader does.

mod hear;
mod lists;

use protocol::{ClientFrame, DirectLine, PersonId, Seq, is_direct};

pub use self::lists::{DirectEntry, RoomEntry};
use crate::by_room::{ByRoom, Rooms};
use crate::first_paint::Chat;
use crate::outbox::{Outbox, To};
use crate::timeline::{Ask, Line, Timeline};

/// Messages that an open room keeps while its reader is at its end.
pub const KEPT: usize = 1_000;
/// Notices on the screen at once; the oldest goes first.
const NOTICES: usize = 3;

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
    /// Call [`House::settle_down`] when everybody has had the time to come back.
    SettleDown,
    /// Call [`House::resume_sending`] after so many milliseconds.
    ResumeSending(u64),
    /// Load the page anew: it belongs to somebody else by now.
    Reload,
}

/// A sentence for the reader that belongs to no message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Notice {
    pub nth: u32,
    pub sentence: String,
}

/// A room that was asked for by name, until the server says what it is called exactly.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Entering {
    name: String,
    problem: Option<String>,
}

/// See the module's documentation.
#[derive(Clone, Debug, PartialEq)]
pub struct House {
    pub seat: u8,
    pub person: PersonId,
    pub nickname: String,
    pub outbox: Outbox,
    /// The public rooms in the server's order, and how many people it counted in each.
    listed: Vec<String>,
    counted: ByRoom<usize>,
    /// Public rooms that this person is in.
    mine: Rooms,
    directs: Vec<DirectLine>,
    timelines: ByRoom<Timeline>,
    /// Up to where each room was read. Nothing counts as unread before it is `remembered`.
    read: ByRoom<Seq>,
    remembered: bool,
    /// Names as addresses spell them, where the room is spelled differently.
    aliases: ByRoom<String>,
    open: Option<String>,
    visible: bool,
    entering: Option<Entering>,
    notices: Vec<Notice>,
    noticed: u32,
}

impl House {
    /// The house as the page showed it at first; `asked` is the room as the address spells it.
    pub fn new(chat: Chat, asked: Option<&str>) -> Self {
        let mut house = Self {
            seat: chat.seat,
            person: chat.person,
            nickname: chat.nickname,
            outbox: Outbox::default(),
            listed: Vec::new(),
            counted: ByRoom::default(),
            mine: Rooms::default(),
            directs: chat.directs,
            timelines: ByRoom::default(),
            read: ByRoom::default(),
            remembered: false,
            aliases: ByRoom::default(),
            open: None,
            visible: true,
            entering: None,
            notices: Vec::new(),
            noticed: 0,
        };
        house.list(chat.rooms);
        if let Some(conversation) = &chat.room {
            let room = conversation.room.clone();
            if let Some(asked) = asked.filter(|asked| *asked != room) {
                house.aliases.insert(asked, room.clone());
            }
            if !is_direct(&room) {
                house.mine.insert(&room, ());
            }
            let timeline = Timeline::first_painted(conversation);
            house.timelines.insert(&room, timeline);
            house.open = Some(room);
        }
        house
    }

    /// Adds what an earlier visit of this browser left: rooms, and up to where each was read.
    pub fn remember(&mut self, mine: &[String], read: &ByRoom<Seq>) {
        for room in mine {
            self.mine.insert(room, ());
        }
        self.also_read(read);
        self.remembered = true;
        self.settle();
    }

    /// Takes over what another tab has read.
    pub fn also_read(&mut self, read: &ByRoom<Seq>) {
        for (room, seq) in read.pairs() {
            self.read_up_to(room, *seq);
        }
    }

    /// The room that an address means.
    pub fn spelled<'a>(&'a self, asked: &'a str) -> &'a str {
        self.aliases.get(asked).map_or(asked, String::as_str)
    }

    /// The reader looks at another conversation, or at the start page.
    pub fn open(&mut self, room: Option<String>) -> Vec<Errand> {
        if self.open != room
            && let Some(left) = &self.open
            && let Some(timeline) = self.timelines.get_mut(left)
        {
            timeline.trim(protocol::limits::NEWEST);
        }
        self.open = room;
        self.settle();
        let Some(room) = self.open.clone() else {
            return Vec::new();
        };
        let is_new = !is_direct(&room) && self.mine.insert(&room, ());
        let timeline = self.timelines.get_or_insert(&room, Timeline::default);
        let mut errands = Vec::new();
        // A conversation may be known by its latest message only, and not who is in it.
        if is_new || timeline.members().is_empty() {
            errands.push(join(room, timeline.resume_after()));
        }
        if timeline.len() < protocol::limits::NEWEST {
            errands.extend(self.older());
        }
        errands
    }

    /// The tab came into view or went out of it.
    pub fn look(&mut self, visible: bool) {
        self.visible = visible;
        self.settle();
    }

    /// Asks for the messages before those that the open room shows.
    pub fn older(&mut self) -> Vec<Errand> {
        let Some(room) = self.open.clone() else {
            return Vec::new();
        };
        let timeline = self.timelines.get_mut(&room);
        let ask = timeline.and_then(Timeline::ask_for_older);
        history(room, ask)
    }

    /// The reader is at the end of the open room: what lies far behind need not be kept.
    pub fn trim(&mut self) {
        let timeline = self.open.as_ref().and_then(|r| self.timelines.get_mut(r));
        if let Some(timeline) = timeline.filter(|timeline| timeline.len() > KEPT) {
            timeline.trim(KEPT / 2);
        }
    }

    /// Goes into a room by its name, making it if it is new. It opens when the server has said
    /// what it is called exactly.
    pub fn enter(&mut self, name: String) -> Vec<Errand> {
        self.entering = Some(Entering {
            name: name.clone(),
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
        let mut errands = vec![Errand::Send(leave), Errand::Send(ClientFrame::Rooms)];
        if self.open.as_deref() == Some(room) {
            self.open = None;
            errands.push(Errand::Open(None));
        }
        errands
    }

    /// Another tab has entered rooms and left others: the tabs of a person go together.
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

    /// Says something under a fresh id.
    pub fn say(&mut self, to: To, id: String, text: String) -> Vec<Errand> {
        self.outbox.push(id, to, text);
        self.sending()
    }

    /// Tries a refused draft once more.
    pub fn try_again(&mut self, id: &str) -> Vec<Errand> {
        self.outbox.try_again(id);
        self.sending()
    }

    /// The wait that the server asked for is over.
    pub fn resume_sending(&mut self) -> Vec<Errand> {
        self.outbox.resume();
        self.sending()
    }

    /// The connection is gone.
    pub fn disconnected(&mut self) {
        self.outbox.disconnected();
        for timeline in self.timelines.values_mut() {
            timeline.disconnected();
        }
    }

    /// Whoever is not back by now has gone, and will be news when they come.
    pub fn settle_down(&mut self) {
        for timeline in self.timelines.values_mut() {
            timeline.settle_down();
        }
    }

    /// Takes a notice off the screen.
    pub fn dismiss(&mut self, nth: u32) {
        self.notices.retain(|notice| notice.nth != nth);
    }

    /// The notices on the screen, the newest last.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
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
    pub fn lines(&self, to: &To) -> Vec<Line> {
        let drafts = self.outbox.to(to);
        match self.timeline(to) {
            Some(timeline) => timeline.lines(drafts),
            None => Timeline::default().lines(drafts),
        }
    }

    /// The log of a place, if anything is known of it.
    pub fn timeline(&self, to: &To) -> Option<&Timeline> {
        match to {
            To::Room(room) => self.timelines.get(room),
            To::Person(_) => None,
        }
    }

    fn sending(&mut self) -> Vec<Errand> {
        let frames = self.outbox.release().into_iter();
        frames.map(Errand::Send).collect()
    }

    fn notice(&mut self, sentence: String) {
        self.noticed += 1;
        if self.notices.len() == NOTICES {
            self.notices.remove(0);
        }
        self.notices.push(Notice {
            nth: self.noticed,
            sentence,
        });
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
    });
    frame.map(Errand::Send).into_iter().collect()
}

#[cfg(test)]
mod tests;
