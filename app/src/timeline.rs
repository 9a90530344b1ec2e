//! What one room shows: a pure reducer over what the server says of it. Messages stand in the order
//! of their `seq`, each once, whatever the order and however often they arrive; a hole in the
//! numbers is noticed and asked for.

use std::sync::Arc;

use protocol::limits::{HISTORY_PAGE, NAMES, NEWEST};
use protocol::{Message, Seq};

use crate::first_paint::Conversation;
use crate::outbox::Draft;

/// Presence lines that are kept; older ones are nobody's news any more.
const PASSINGS: usize = 100;

/// Some people came into a room or went out of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Passing {
    /// The room's newest event when it happened: the line stands behind that one.
    pub after: Seq,
    /// Tells the lines of one room apart.
    pub nth: u32,
    pub came: bool,
    pub names: Vec<String>,
}

/// One entry of the log on the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    Said(Arc<Message>),
    Passed(Arc<Passing>),
    Draft(Arc<Draft>),
}

/// What makes a line the same line when the log is drawn again. A draft that was refused is another
/// line than the one that was on its way.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Key {
    Said(Seq),
    Passed(u32),
    Draft { id: String, refused: bool },
}

impl Line {
    /// See [`Key`].
    pub fn key(&self) -> Key {
        match self {
            Self::Said(message) => Key::Said(message.seq),
            Self::Passed(passing) => Key::Passed(passing.nth),
            Self::Draft(draft) => Key::Draft {
                id: draft.id.clone(),
                refused: draft.refused.is_some(),
            },
        }
    }
}

/// A page of the past to be asked for: `limit` messages before `before`, which is exclusive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ask {
    pub before: Seq,
    pub limit: usize,
}

/// The log of one room as far as it is known here, and who is in the room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    messages: Vec<Arc<Message>>,
    passings: Vec<Arc<Passing>>,
    passed: u32,
    newest: Option<Seq>,
    /// There is nothing before the first message, whatever its number.
    beginning: bool,
    /// The page that is on its way.
    asked: Option<Seq>,
    /// A page that brought nothing new is not asked for again on this connection.
    fruitless: Option<Seq>,
    members: Vec<String>,
    online: usize,
    /// Those who were here when the connection was lost and are not back yet: when the server was
    /// away they were, too, and their coming back is no news.
    absent: Vec<String>,
}

impl Timeline {
    /// A room as the page showed it at first.
    pub fn first_painted(conversation: &Conversation) -> Self {
        let mut timeline = Self::default();
        timeline.joined(
            conversation.seq,
            conversation.members.clone(),
            conversation.online,
            conversation.messages.clone(),
        );
        timeline
    }

    /// The answer to a `join`: who is here, and the newest messages or those that were missed.
    pub fn joined(
        &mut self,
        seq: Seq,
        members: Vec<String>,
        online: usize,
        messages: Vec<Message>,
    ) {
        self.absent.retain(|name| !members.contains(name));
        self.members = members;
        self.online = online;
        self.heard_of(seq);
        self.insert(messages);
    }

    /// One event of the log.
    pub fn message(&mut self, message: Message) {
        self.insert(vec![message]);
    }

    /// A page of the past.
    pub fn history(&mut self, messages: Vec<Message>, more: bool) {
        let asked = self.asked.take();
        let known = self.messages.len();
        let first_of_page = messages.first().map(|message| message.seq).or(asked);
        self.insert(messages);
        if self.messages.len() == known {
            self.fruitless = asked;
        }
        if !more && first_of_page <= self.first() {
            self.beginning = true;
        }
    }

    /// People came and went. In a private conversation, and of oneself, no line is made.
    pub fn presence(
        &mut self,
        joined: Vec<String>,
        left: Vec<String>,
        online: usize,
        told: impl Fn(&str) -> bool,
    ) {
        self.online = online;
        // Of a crowd only a part is known by name.
        let known_all = self.members.len() < NAMES;
        let is_news = |name: &String, came: bool| {
            told(name) && !(known_all && self.members.contains(name) == came)
        };
        let (mut gone, mut come) = (left.clone(), joined.clone());
        gone.retain(|name| is_news(name, false));
        come.retain(|name| is_news(name, true) && !self.absent.contains(name));
        self.absent.retain(|name| !joined.contains(name));
        self.members.retain(|member| !left.contains(member));
        for name in joined {
            if self.members.len() < NAMES && !self.members.contains(&name) {
                self.members.push(name);
            }
        }
        for (came, names) in [(false, gone), (true, come)] {
            if !names.is_empty() {
                self.pass(came, names);
            }
        }
    }

    /// Asks for what is missing between the messages that are here, if nothing is asked for yet.
    pub fn ask_for_hole(&mut self) -> Option<Ask> {
        let hole = self.hole()?;
        if self.asked.is_some() || self.fruitless == Some(hole.before) {
            return None;
        }
        self.asked = Some(hole.before);
        Some(hole)
    }

    /// Asks for messages older than those that are here, if there are any and nothing is asked for.
    pub fn ask_for_older(&mut self) -> Option<Ask> {
        if self.asked.is_some() || !self.has_older() {
            return None;
        }
        let before = self.first()?;
        self.asked = Some(before);
        Some(Ask {
            before,
            limit: NEWEST,
        })
    }

    /// The connection is gone: what was asked for will not be answered.
    pub fn disconnected(&mut self) {
        self.asked = None;
        self.fruitless = None;
        self.absent.clone_from(&self.members);
    }

    /// Whoever is absent has gone.
    pub fn settle_down(&mut self) {
        self.absent.clear();
    }

    /// What was asked for is not to be had; on this connection it is not asked for again by itself.
    pub fn refused(&mut self) {
        self.fruitless = self.asked.take();
    }

    /// Forgets all but the newest messages; they can be asked for again.
    pub fn trim(&mut self, keep: usize) {
        if self.messages.len() > keep {
            self.forget_before(self.messages.len() - keep);
        }
    }

    /// Are there messages older than those that are here?
    pub fn has_older(&self) -> bool {
        !self.beginning && self.first().is_some_and(|first| first > 1)
    }

    /// How many messages are here.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Is no message here? (The room may have some all the same.)
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Is it known that nobody has ever said anything in this room?
    pub fn is_untouched(&self) -> bool {
        self.newest == Some(0)
    }

    /// The room's newest event; none before the server told.
    pub fn newest(&self) -> Option<Seq> {
        self.newest
    }

    /// Notes that the room has come this far, whether or not the events are here.
    pub fn heard_of(&mut self, seq: Seq) {
        self.newest = self.newest.max(Some(seq));
    }

    /// After which event the log goes on when the room is joined again; none to begin afresh.
    pub fn resume_after(&self) -> Option<Seq> {
        let last = self.messages.last().map(|message| message.seq);
        last.or(self.newest)
    }

    /// Nicknames of those who are here, at most [`NAMES`].
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// How many people are here, oneself included.
    pub fn online(&self) -> usize {
        self.online
    }

    /// The whole log with the drafts behind it. A draft whose echo is here is not shown twice.
    pub fn lines<'a>(&self, drafts: impl Iterator<Item = &'a Arc<Draft>>) -> Vec<Line> {
        let mut lines = Vec::with_capacity(self.messages.len() + self.passings.len());
        let mut passings = self.passings.iter().peekable();
        for message in &self.messages {
            while let Some(passing) = passings.next_if(|p| p.after < message.seq) {
                lines.push(Line::Passed(Arc::clone(passing)));
            }
            lines.push(Line::Said(Arc::clone(message)));
        }
        lines.extend(passings.map(|passing| Line::Passed(Arc::clone(passing))));
        lines.extend(drafts.map(|draft| Line::Draft(Arc::clone(draft))));
        lines
    }

    /// The first message's place; of an empty log the place behind its newest event.
    fn first(&self) -> Option<Seq> {
        let first = self.messages.first().map(|message| message.seq);
        first.or(self.newest.map(|newest| newest + 1))
    }

    fn insert(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.heard_of(message.seq);
            let place = self
                .messages
                .binary_search_by_key(&message.seq, |known| known.seq);
            if let Err(place) = place {
                self.messages.insert(place, Arc::new(message));
            }
        }
        self.forget_behind_wide_hole();
    }

    /// A hole wider than one page is not filled: what lies behind it is forgotten, and comes back
    /// with the older messages when somebody asks for them.
    fn forget_behind_wide_hole(&mut self) {
        let width = HISTORY_PAGE as Seq;
        let hole = self
            .messages
            .windows(2)
            .rposition(|pair| pair[1].seq - pair[0].seq - 1 > width);
        if let Some(place) = hole {
            self.forget_before(place + 1);
        }
    }

    fn forget_before(&mut self, count: usize) {
        self.messages.drain(..count);
        self.beginning = false;
        if let Some(first) = self.first() {
            self.passings.retain(|passing| passing.after + 1 >= first);
        }
    }

    /// The newest hole between the messages that are here, or behind them.
    fn hole(&self) -> Option<Ask> {
        let last = self.messages.last()?.seq;
        let newest = self.newest?;
        let (missing, before) = if newest > last {
            (newest - last, newest + 1)
        } else {
            let pair = self
                .messages
                .windows(2)
                .rfind(|pair| pair[1].seq - pair[0].seq > 1)?;
            (pair[1].seq - pair[0].seq - 1, pair[1].seq)
        };
        Some(Ask {
            before,
            limit: usize::try_from(missing).map_or(HISTORY_PAGE, |m| m.min(HISTORY_PAGE)),
        })
    }

    fn pass(&mut self, came: bool, names: Vec<String>) {
        self.passed += 1;
        if self.passings.len() == PASSINGS {
            self.passings.remove(0);
        }
        self.passings.push(Arc::new(Passing {
            after: self.newest.unwrap_or(0),
            nth: self.passed,
            came,
            names,
        }));
    }
}

#[cfg(test)]
mod tests;
