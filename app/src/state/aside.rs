//! What is said beside the messages: who is typing, whose coming is told, and sentences for the
//! reader that belong to no message.

use client::To;
use protocol::limits::{ANNOUNCEMENTS, TYPING_EVERY};
use protocol::{ClientFrame, Message, Seq};

use super::{ChatState, Errand};
use crate::by_room::Rooms;

/// Notices on the screen at once; the oldest goes first.
const NOTICES: usize = 3;

/// A sentence for the reader that belongs to no message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Notice {
    pub nth: u32,
    pub what: What,
}

/// What a notice is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum What {
    /// The server refused something, in its words.
    Refused(String),
    /// Somebody whose coming is told has come into a room.
    Here { name: String, room: String },
    /// Something was announced to everybody, under this number.
    Announced { text: String, seq: Seq },
}

/// Somebody who is typing in a room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Typist {
    room: String,
    name: String,
    /// Counts what was heard, so that the last time is known.
    heard: u32,
}

impl ChatState {
    /// Something is being typed for a room, at this time of the reader's clock. Says so, now and
    /// then.
    pub fn types(&mut self, to: &To, now: i64) -> Vec<Errand> {
        let To::Room(room) = to else {
            return Vec::new();
        };
        let every = TYPING_EVERY.as_millis() as i64;
        let told = self.typed.as_ref();
        if told.is_some_and(|(told, at)| told == room && (0..every).contains(&(now - at))) {
            return Vec::new();
        }
        self.typed = Some((room.clone(), now));
        let room = room.clone();
        vec![Errand::Send(ClientFrame::Typing { room })]
    }

    /// Who is typing in a room.
    pub fn typing(&self, to: &To) -> Vec<String> {
        let To::Room(place) = to else {
            return Vec::new();
        };
        let here = self.typists.iter().filter(|typist| typist.room == *place);
        here.map(|typist| typist.name.clone()).collect()
    }

    /// Nothing more was heard of somebody's typing.
    pub fn forget_typist(&mut self, heard: u32) {
        self.typists.retain(|typist| typist.heard != heard);
    }

    pub(super) fn hear_typing(&mut self, room: &str, names: Vec<String>) -> Vec<Errand> {
        let mut errands = Vec::new();
        for name in names {
            if name == self.nickname {
                continue;
            }
            self.stops_typing(room, &name);
            self.noticed += 1;
            self.typists.push(Typist {
                room: room.to_owned(),
                name,
                heard: self.noticed,
            });
            errands.push(Errand::ForgetTypist(self.noticed));
        }
        errands
    }

    pub(super) fn stops_typing(&mut self, room: &str, name: &str) {
        let other = |typist: &Typist| typist.room != room || typist.name != name;
        self.typists.retain(other);
    }

    /// Is somebody's coming told?
    pub fn has_bell(&self, name: &str) -> bool {
        self.bells.contains(name)
    }

    /// Tells somebody's coming from now on, or no more.
    pub fn turn_bell(&mut self, name: &str) {
        if self.bells.remove(name).is_none() {
            self.bells.insert(name, ());
        }
    }

    /// The nicknames whose coming is told.
    pub fn bells(&self) -> &Rooms {
        &self.bells
    }

    /// These have come into a room: rings for those whose coming is told.
    pub(super) fn ring(&mut self, room: &str, came: Vec<String>) -> Vec<Errand> {
        let mut errands = Vec::new();
        for name in came {
            if self.has_bell(&name) {
                self.notice(What::Here {
                    name: name.clone(),
                    room: room.to_owned(),
                });
                errands.push(Errand::Ring(name));
            }
        }
        errands
    }

    /// Takes a notice off the screen. An announcement is read then, on every device.
    pub fn dismiss(&mut self, nth: u32) -> Vec<Errand> {
        let place = self.notices.iter().position(|notice| notice.nth == nth);
        match place.map(|place| self.notices.remove(place).what) {
            Some(What::Announced { seq, .. }) => {
                let told = self.reads(ANNOUNCEMENTS, seq.into());
                told.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Shows what was announced, unless it is read or before the reader's eyes. It may come twice.
    pub(super) fn announced(&mut self, message: &Message) {
        let read = self.read.get(ANNOUNCEMENTS).map_or(0, |read| read.seq);
        let is_known = |notice: &Notice| matches!(notice.what, What::Announced { seq, .. } if seq >= message.seq);
        let is_open = self.open.as_deref() == Some(ANNOUNCEMENTS);
        if message.seq > read && !is_open && !self.notices.iter().any(is_known) {
            let text = [&message.from, ": ", &message.text].concat();
            let seq = message.seq;
            self.notice(What::Announced { text, seq });
        }
    }

    /// What is read elsewhere need not be shown any more.
    pub(super) fn retire_announcements(&mut self, upto: Seq) {
        self.notices
            .retain(|notice| !matches!(notice.what, What::Announced { seq, .. } if seq <= upto));
    }

    /// The notices on the screen, the newest last.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Tells the reader something beside the conversation.
    pub fn notice(&mut self, what: What) {
        self.noticed += 1;
        if self.notices.len() == NOTICES {
            self.notices.remove(0);
        }
        self.notices.push(Notice {
            nth: self.noticed,
            what,
        });
    }
}
