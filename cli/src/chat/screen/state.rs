//! The state of the screen. Events and [`keys`] change it.

mod keys;

use protocol::{
    ClientFrame, EventBody, Message, Seq, ServerFrame, UserId, frame, games::Act, is_direct,
};

use super::composer::Composer;
use crate::async_client::{Content, Event, PendingMessage, To};

/// The most lines of a conversation. The oldest are dropped first, and can be requested again.
const MAX_LINES: usize = 2_000;

/// What the driver of the screen has to do.
#[derive(Debug)]
pub enum Output {
    Join(String),
    Leave(String),
    Send { to: String, text: String },
    SendDirect { to: String, text: String },
    Play { room: String, act: Act },
    Request(ClientFrame),
    Quit,
}

/// A line of a conversation.
#[derive(Debug)]
pub enum Line {
    Message(Message),
    /// A line that this client shows and the server does not know.
    Notice(String),
}

/// A room, or a private conversation.
#[derive(Debug)]
pub struct Conversation {
    /// The room's name, or the private conversation's id.
    pub room: String,
    /// Its title on this screen.
    pub name: String,
    pub lines: Vec<Line>,
    pub unread: u64,
    pub members: Vec<String>,
    pub online: usize,
    /// Whether there are messages before the first one.
    has_more: bool,
    /// Whether a page of older messages was requested.
    is_loading: bool,
    /// Rows between the end of the conversation and the end of the view.
    pub scrolled: usize,
    pub drawn: Drawn,
    /// Deletions of messages that are not loaded.
    deletions: Vec<Message>,
}

/// How a conversation was drawn last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drawn {
    /// Rows that were laid out, from the end: those in view and below it, or all rows.
    pub rows: usize,
    /// Rows in view.
    pub visible: usize,
}

impl Conversation {
    fn new(room: &str, name: &str) -> Self {
        Self {
            room: room.to_owned(),
            name: name.to_owned(),
            lines: Vec::new(),
            unread: 0,
            members: Vec::new(),
            online: 0,
            has_more: true,
            is_loading: false,
            scrolled: 0,
            drawn: Drawn::default(),
            deletions: Vec::new(),
        }
    }

    fn add_notice(&mut self, line: impl Into<String>) {
        self.lines.push(Line::Notice(line.into()));
        self.scrolled = 0;
    }

    fn first(&self) -> Option<Seq> {
        self.lines.iter().find_map(|line| match line {
            Line::Message(message) => Some(message.seq),
            Line::Notice(_) => None,
        })
    }

    fn last(&self) -> Seq {
        let last = self.lines.iter().rev().find_map(|line| match line {
            Line::Message(message) => Some(message.seq),
            Line::Notice(_) => None,
        });
        last.unwrap_or(0)
    }
}

/// The whole screen.
#[derive(Debug)]
pub struct State {
    pub nickname: String,
    user: UserId,
    pub conversations: Vec<Conversation>,
    /// The index of the conversation in view.
    pub current: usize,
    pub composer: Composer,
    pub is_online: bool,
    /// How many messages are sent and not confirmed.
    pub sending: usize,
    /// The last error, until the next key.
    pub problem: Option<String>,
}

impl State {
    pub fn new(nickname: String, user: UserId) -> Self {
        Self {
            nickname,
            user,
            conversations: Vec::new(),
            current: 0,
            composer: Composer::default(),
            is_online: true,
            sending: 0,
            problem: None,
        }
    }

    /// The conversation in view.
    pub fn current(&self) -> Option<&Conversation> {
        self.conversations.get(self.current)
    }

    /// Adds a room that is joined.
    pub fn add_room(&mut self, room: &str) {
        let is_it = |conversation: &Conversation| conversation.room == room;
        if !self.conversations.iter().any(is_it) {
            self.conversations
                .push(Conversation::new(room, &format!("#{room}")));
        }
    }

    fn find(&mut self, room: &str) -> Option<&mut Conversation> {
        self.conversations
            .iter_mut()
            .find(|conversation| conversation.room == room)
    }

    /// Applies an event of the client.
    pub fn apply(&mut self, event: Event) -> Vec<Output> {
        match event {
            Event::Welcome(welcome) => {
                self.is_online = true;
                self.nickname = welcome.nickname;
                vec![Output::Request(ClientFrame::Rooms)]
            }
            Event::Disconnected => {
                self.is_online = false;
                Vec::new()
            }
            Event::Joined {
                joined,
                starts_over,
            } => {
                self.joined(joined, starts_over);
                Vec::new()
            }
            Event::JoinRefused { room, refusal } => {
                self.conversations
                    .retain(|conversation| conversation.room != room);
                self.current = self.current.min(self.conversations.len().saturating_sub(1));
                self.problem = Some(refusal.message);
                Vec::new()
            }
            Event::Message(message) => self.message(message),
            Event::Stored { .. } => {
                self.sending = self.sending.saturating_sub(1);
                Vec::new()
            }
            Event::Refused { message, refusal } => {
                self.sending = self.sending.saturating_sub(1);
                self.problem = Some(refusal.message);
                self.restore(&message);
                Vec::new()
            }
            Event::Other(frame) => {
                self.other(frame);
                Vec::new()
            }
        }
    }

    /// Puts a refused text back into the composer, or shows it as a notice if the composer is in
    /// use.
    fn restore(&mut self, message: &PendingMessage) {
        let line = match (&message.content, &message.to) {
            (Content::Text(text), To::Room(_)) => text.clone(),
            (Content::Text(text), To::User(nickname)) => format!("/msg {nickname} {text}"),
            (Content::Act(_), _) => return,
        };
        if self.composer.text().is_empty() {
            self.composer.restore(line);
        } else if let Some(conversation) = self.conversations.get_mut(self.current) {
            conversation.add_notice(format!("Not sent: {line}"));
        }
    }

    fn joined(&mut self, joined: frame::Joined, starts_over: bool) {
        let asked = joined.asked.as_deref().unwrap_or(&joined.room);
        let is_it = |conversation: &Conversation| {
            conversation.room == asked || conversation.room == joined.room
        };
        let conversation = match self.conversations.iter().position(is_it) {
            Some(conversation) => conversation,
            None => {
                self.conversations
                    .push(Conversation::new(&joined.room, &joined.room));
                self.conversations.len() - 1
            }
        };
        let conversation = &mut self.conversations[conversation];
        conversation.room.clone_from(&joined.room);
        if !is_direct(&joined.room) {
            conversation.name = format!("#{}", joined.room);
        }
        conversation.members = joined.members;
        conversation.online = joined.online;
        if starts_over {
            // What the user asked for while the room was being joined stays.
            conversation
                .lines
                .retain(|line| !matches!(line, Line::Message(_)));
            conversation.has_more = joined.seq > 0;
        }
    }

    fn message(&mut self, message: Message) -> Vec<Output> {
        let mut outputs = Vec::new();
        let is_own = message.author == self.user;
        if self.find(&message.room).is_none() {
            let name = match &message.to {
                _ if !is_direct(&message.room) => format!("#{}", message.room),
                Some(to) if is_own => to.clone(),
                _ => message.from.clone(),
            };
            self.conversations
                .push(Conversation::new(&message.room, &name));
            // Joining makes older messages available, and the client resumes the conversation after
            // a reconnect.
            if is_direct(&message.room) {
                outputs.push(Output::Join(message.room.clone()));
            }
            if is_own {
                self.current = self.conversations.len() - 1;
            }
        }
        let current = self.current;
        let Some(nth) = self
            .conversations
            .iter()
            .position(|it| it.room == message.room)
        else {
            return outputs;
        };
        let conversation = &mut self.conversations[nth];
        if message.seq <= conversation.last() {
            return outputs;
        }
        if nth != current && !is_own && !message.is_hidden() {
            conversation.unread += 1;
        }
        if nth == current {
            let (room, seq) = (message.room.clone(), message.seq);
            outputs.push(Output::Request(ClientFrame::Read { room, seq }));
        }
        if let EventBody::Delete(deletion) = &message.body {
            let changed = conversation.lines.iter_mut().find_map(|line| match line {
                Line::Message(known) if known.seq == deletion.of => Some(known),
                Line::Message(_) | Line::Notice(_) => None,
            });
            match changed {
                Some(known) => {
                    known.apply(&message);
                }
                None if conversation.deletions.len() < MAX_LINES => {
                    conversation.deletions.push(message);
                }
                None => {}
            }
            return outputs;
        }
        conversation.lines.push(Line::Message(message));
        if conversation.lines.len() > MAX_LINES && conversation.scrolled == 0 {
            conversation.lines.drain(..MAX_LINES / 2);
            conversation.has_more = true;
        }
        outputs
    }

    fn other(&mut self, frame: ServerFrame) {
        match frame {
            ServerFrame::Presence(frame::Presence {
                room,
                joined,
                users: _,
                left,
                online,
            }) => {
                if let Some(conversation) = self.find(&room) {
                    conversation.members.retain(|name| !left.contains(name));
                    for name in joined {
                        if !conversation.members.contains(&name) {
                            conversation.members.push(name);
                        }
                    }
                    conversation.online = online;
                }
            }
            ServerFrame::History(frame::History {
                room,
                messages,
                more,
            }) => {
                if let Some(conversation) = self.find(&room) {
                    let first = conversation.first().unwrap_or(Seq::MAX);
                    // The page may have been read before a message in it was deleted.
                    let deletions = &conversation.deletions;
                    let present = |mut message: Message| {
                        for deletion in deletions {
                            message.apply(deletion);
                        }
                        message
                    };
                    let older = messages.into_iter().filter(|message| message.seq < first);
                    let older: Vec<_> = older.map(present).collect();
                    conversation
                        .lines
                        .splice(..0, older.into_iter().map(Line::Message));
                    (conversation.has_more, conversation.is_loading) = (more, false);
                }
            }
            ServerFrame::Rooms(frame::Rooms { directs, .. }) => {
                for direct in directs {
                    if self.find(&direct.room).is_none() && direct.seq > direct.read {
                        let mut conversation = Conversation::new(&direct.room, &direct.with);
                        let newest = direct.seq - direct.hidden;
                        let read = direct.read - direct.read_hidden;
                        conversation.unread = newest.saturating_sub(read);
                        self.conversations.push(conversation);
                    }
                }
            }
            ServerFrame::Error(refusal) => {
                // A page that was refused may be requested again.
                if let Some(room) = &refusal.room
                    && let Some(conversation) = self.find(room)
                {
                    conversation.is_loading = false;
                }
                self.problem = Some(refusal.message);
            }
            _ => {}
        }
    }
}
