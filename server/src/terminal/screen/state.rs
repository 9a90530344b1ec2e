//! All that the screen shows; [`keys`] change it.

mod keys;

use protocol::{ClientFrame, Message, Seq, ServerFrame, UserId, frame, games::Act, is_direct};

use super::composer::Composer;
use crate::client::{Body, Event};

/// Messages of a place that are kept; the oldest go first, and come again when they are asked for.
const KEPT: usize = 2_000;

/// Something to be done outside.
#[derive(Debug)]
pub enum Errand {
    Join(String),
    Leave(String),
    Say { to: String, text: String },
    Whisper { to: String, text: String },
    Play { room: String, act: Act },
    Ask(ClientFrame),
    Quit,
}

/// Something in a log.
#[derive(Debug)]
pub enum Line {
    Said(Message),
    /// Of this screen alone.
    Told(String),
}

/// A room, or a private conversation.
#[derive(Debug)]
pub struct Place {
    /// The room as it is written, or the conversation's id.
    pub room: String,
    /// What it is called here.
    pub name: String,
    pub lines: Vec<Line>,
    pub unread: u64,
    pub members: Vec<String>,
    pub online: usize,
    /// Is there more before the first of its messages?
    has_more: bool,
    is_asking: bool,
    /// So many lines of the screen one has gone up.
    pub up: usize,
    pub drawn: Drawn,
}

/// A place as it was drawn last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drawn {
    /// Rows that were made of its end: as many as are seen and lie below, or all there are.
    pub rows: usize,
    /// How many are seen.
    pub seen: usize,
}

impl Place {
    fn new(room: &str, name: &str) -> Self {
        Self {
            room: room.to_owned(),
            name: name.to_owned(),
            lines: Vec::new(),
            unread: 0,
            members: Vec::new(),
            online: 0,
            has_more: true,
            is_asking: false,
            up: 0,
            drawn: Drawn::default(),
        }
    }

    fn tell(&mut self, line: impl Into<String>) {
        self.lines.push(Line::Told(line.into()));
        self.up = 0;
    }

    fn first(&self) -> Option<Seq> {
        self.lines.iter().find_map(|line| match line {
            Line::Said(message) => Some(message.seq),
            Line::Told(_) => None,
        })
    }

    fn last(&self) -> Seq {
        let said = self.lines.iter().rev().find_map(|line| match line {
            Line::Said(message) => Some(message.seq),
            Line::Told(_) => None,
        });
        said.unwrap_or(0)
    }
}

/// See the module's documentation.
#[derive(Debug)]
pub struct State {
    pub nickname: String,
    user: UserId,
    pub places: Vec<Place>,
    pub here: usize,
    pub composer: Composer,
    pub is_online: bool,
    /// How much is on its way.
    pub sending: usize,
    /// What went wrong last, until the next key.
    pub problem: Option<String>,
}

impl State {
    pub fn new(nickname: String, user: UserId) -> Self {
        Self {
            nickname,
            user,
            places: Vec::new(),
            here: 0,
            composer: Composer::default(),
            is_online: true,
            sending: 0,
            problem: None,
        }
    }

    /// The place that is seen.
    pub fn place(&self) -> Option<&Place> {
        self.places.get(self.here)
    }

    /// A room that is to be joined.
    pub fn enter(&mut self, room: &str) {
        let is_it = |place: &Place| place.room == room;
        if !self.places.iter().any(is_it) {
            self.places.push(Place::new(room, &format!("#{room}")));
        }
    }

    fn find(&mut self, room: &str) -> Option<&mut Place> {
        self.places.iter_mut().find(|place| place.room == room)
    }

    /// What the server tells.
    pub fn hear(&mut self, event: Event) -> Vec<Errand> {
        match event {
            Event::Welcome(welcome) => {
                self.is_online = true;
                self.nickname = welcome.nickname;
                vec![Errand::Ask(ClientFrame::Rooms)]
            }
            Event::Lost => {
                self.is_online = false;
                Vec::new()
            }
            Event::Joined { joined, is_afresh } => {
                self.joined(joined, is_afresh);
                Vec::new()
            }
            Event::NotJoined { room, refusal } => {
                self.places.retain(|place| place.room != room);
                self.here = self.here.min(self.places.len().saturating_sub(1));
                self.problem = Some(refusal.message);
                Vec::new()
            }
            Event::Message(message) => self.message(message),
            Event::Stored { .. } => {
                self.sending = self.sending.saturating_sub(1);
                Vec::new()
            }
            Event::Refused { draft, refusal } => {
                self.sending = self.sending.saturating_sub(1);
                self.problem = Some(refusal.message);
                // Nothing that was typed is lost.
                let line = match draft.body {
                    Body::Text(text) => Some(text),
                    Body::Whisper(text) => Some(format!("/msg {} {text}", draft.to)),
                    Body::Act(_) => None,
                };
                match (line, self.places.get_mut(self.here)) {
                    (Some(line), _) if self.composer.text().is_empty() => {
                        self.composer.put_back(line);
                    }
                    (Some(line), Some(place)) => place.tell(format!("Not sent: {line}")),
                    _ => {}
                }
                Vec::new()
            }
            Event::Other(frame) => {
                self.other(frame);
                Vec::new()
            }
        }
    }

    fn joined(&mut self, joined: frame::Joined, is_afresh: bool) {
        let asked = joined.asked.as_deref().unwrap_or(&joined.room);
        let is_it = |place: &Place| place.room == asked || place.room == joined.room;
        let place = match self.places.iter().position(is_it) {
            Some(place) => place,
            None => {
                self.places.push(Place::new(&joined.room, &joined.room));
                self.places.len() - 1
            }
        };
        let place = &mut self.places[place];
        place.room.clone_from(&joined.room);
        if !is_direct(&joined.room) {
            place.name = format!("#{}", joined.room);
        }
        place.members = joined.members;
        place.online = joined.online;
        if is_afresh {
            place.lines.clear();
            place.has_more = joined.seq > 0;
        }
    }

    fn message(&mut self, message: Message) -> Vec<Errand> {
        let mut errands = Vec::new();
        let is_own = message.author == self.user;
        if self.find(&message.room).is_none() {
            let name = match &message.to {
                _ if !is_direct(&message.room) => format!("#{}", message.room),
                Some(to) if is_own => to.clone(),
                _ => message.from.clone(),
            };
            self.places.push(Place::new(&message.room, &name));
            // It is followed from now on, and what was said before can be had.
            if is_direct(&message.room) {
                errands.push(Errand::Join(message.room.clone()));
            }
            if is_own {
                self.here = self.places.len() - 1;
            }
        }
        let here = self.here;
        let Some(nth) = self.places.iter().position(|it| it.room == message.room) else {
            return errands;
        };
        let place = &mut self.places[nth];
        if message.seq <= place.last() {
            return errands;
        }
        if nth != here && !is_own && !message.is_hidden() {
            place.unread += 1;
        }
        if nth == here {
            let (room, seq) = (message.room.clone(), message.seq);
            errands.push(Errand::Ask(ClientFrame::Read { room, seq }));
        }
        place.lines.push(Line::Said(message));
        if place.lines.len() > KEPT && place.up == 0 {
            place.lines.drain(..KEPT / 2);
            place.has_more = true;
        }
        errands
    }

    fn other(&mut self, frame: ServerFrame) {
        match frame {
            ServerFrame::Presence(frame::Presence {
                room,
                joined,
                left,
                online,
            }) => {
                if let Some(place) = self.find(&room) {
                    place.members.retain(|name| !left.contains(name));
                    for name in joined {
                        if !place.members.contains(&name) {
                            place.members.push(name);
                        }
                    }
                    place.online = online;
                }
            }
            ServerFrame::History(frame::History {
                room,
                messages,
                more,
            }) => {
                if let Some(place) = self.find(&room) {
                    let first = place.first().unwrap_or(Seq::MAX);
                    let older = messages.into_iter().filter(|message| message.seq < first);
                    place.lines.splice(..0, older.map(Line::Said));
                    (place.has_more, place.is_asking) = (more, false);
                }
            }
            ServerFrame::Rooms(frame::Rooms { directs, .. }) => {
                for line in directs {
                    if self.find(&line.room).is_none() && line.seq > line.read {
                        let mut place = Place::new(&line.room, &line.with);
                        let (newest, read) = (line.seq - line.hidden, line.read - line.read_hidden);
                        place.unread = newest.saturating_sub(read);
                        self.places.push(place);
                    }
                }
            }
            ServerFrame::Error(refusal) => self.problem = Some(refusal.message),
            _ => {}
        }
    }
}
