//! What one room shows: a pure reducer of what the server reports about it. Messages are ordered by
//! `seq`, each once, in whatever order and however often they arrive. Hidden messages are counted,
//! and change the message that they target. There may be gaps between messages: a small gap at the
//! end is requested at once, any other when the user scrolls there. [`window`] decides which
//! messages are drawn, [`items`] as what; [`membership_lines`] holds who joined and left.

pub mod items;
pub mod membership_lines;
pub mod window;

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::limits::{HISTORY_PAGE, NAMES, NEWEST};
use protocol::{EventBody, LogPosition, Message, Seq, UserId};

pub use self::items::TimelineItem;
use self::membership_lines::MembershipLines;
pub use self::window::ScrollAnchor;
use self::window::Window;
use crate::initial_data::Conversation;
use crate::sorted_map::SortedMap;

/// Deletions of messages that are not loaded, at most; then the oldest message's is forgotten.
const EARLY_DELETIONS: usize = 200;

/// A request for a page of history: `limit` messages before `before`, which is exclusive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PageRequest {
    pub before: Seq,
    pub limit: usize,
}

/// The messages of one room that are loaded, and who is in the room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    messages: Vec<Arc<Message>>,
    membership_lines: MembershipLines,
    window: Window,
    newest: Option<LogPosition>,
    /// After the first of these there are only hidden events, up to the second.
    known_hidden: Option<[Seq; 2]>,
    /// There is nothing before the first message, whatever its number.
    beginning: bool,
    /// The page that was requested.
    requested: Option<Seq>,
    /// Deletions of messages that are not loaded, by the message. A page of history that was read
    /// before the deletion may still be on its way.
    early_deletions: BTreeMap<Seq, Message>,
    /// A page that contained nothing new is not requested again on this connection.
    empty_page: Option<Seq>,
    /// Whether the server has answered `join` on this connection.
    is_live: bool,
    members: Vec<String>,
    /// The authors of the loaded messages by name, the oldest user first. A name may be another
    /// user's after its reservation has ended.
    authors: SortedMap<Vec<UserId>>,
    online: usize,
    /// The users who were here when the connection was lost, and have not reconnected yet. If the
    /// server was down, they were disconnected, too: their return is not shown.
    reconnecting: Vec<String>,
}

impl Timeline {
    /// A room as the page first showed it.
    pub fn from_initial_data(conversation: &Conversation) -> Self {
        let mut timeline = Self::default();
        timeline.joined(
            conversation.newest,
            conversation.members.clone(),
            conversation.online,
            conversation.messages.clone(),
        );
        timeline
    }

    /// Applies the answer to a `join`: who is here, and the newest messages or those that were
    /// missed.
    pub fn joined(
        &mut self,
        newest: LogPosition,
        members: Vec<String>,
        online: usize,
        messages: Vec<Message>,
    ) {
        self.reconnecting.retain(|name| !members.contains(name));
        self.members = members;
        self.online = online;
        self.is_live = true;
        self.note_newest(newest);
        self.insert(messages);
    }

    /// Applies one event.
    pub fn message(&mut self, message: Message) {
        if !message.is_hidden() {
            self.pin_first();
        }
        self.insert(vec![message]);
    }

    /// Applies a page of history.
    pub fn history(&mut self, messages: Vec<Message>, more: bool) {
        let requested = self.requested.take();
        let known = self.messages.len();
        let first_of_page = messages.first().map(|message| message.seq).or(requested);
        let last_of_page = messages.last().map(|message| message.seq);
        self.known_hidden = last_of_page
            .zip(requested)
            .map(|(last, before)| [last, before - 1]);
        self.insert(messages);
        // A message that came in another way meanwhile may be forgotten one day, and requested
        // then.
        let is_here = |before: Seq| self.index_of(before.saturating_sub(1)).is_ok();
        if self.messages.len() == known && !requested.is_some_and(is_here) {
            self.empty_page = requested;
        }
        if !more && first_of_page <= self.first() {
            self.beginning = true;
        }
        self.arrive(requested);
    }

    /// Users joined and left. Those that `is_shown` excludes (in private conversations, and the
    /// user of the page) get no line. Returns the users who were not here before.
    pub fn presence(
        &mut self,
        joined: Vec<String>,
        left: Vec<String>,
        online: usize,
        is_shown: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        // In a large room, only some users are known by name.
        let known_all = self.members.len() >= self.online;
        self.online = online;
        let is_news = |name: &String, came: bool| {
            is_shown(name) && !(known_all && self.members.contains(name) == came)
        };
        let reconnecting = |name: &String| !self.reconnecting.contains(name);
        let came = joined.iter().filter(|name| is_news(name, true));
        let came: Vec<String> = came.filter(|name| reconnecting(name)).cloned().collect();
        let went = left.iter().filter(|name| is_news(name, false));
        let went: Vec<String> = went.cloned().collect();
        self.reconnecting.retain(|name| !joined.contains(name));
        self.members
            .retain(|name| !left.contains(name) && !joined.contains(name));
        self.members.extend(joined);
        self.members.truncate(NAMES);
        let newest = self.newest.unwrap_or_default();
        self.membership_lines.note(newest.seq, &came, &went);
        came
    }

    /// Requests the messages that the user waits for, or those in a small gap at the end, unless a
    /// request is on its way.
    pub fn request_gap(&mut self) -> Option<PageRequest> {
        let gap = self.gap_at_target().or_else(|| self.gap())?;
        self.request_page(gap.before, gap.limit)
    }

    /// The connection was lost: requests will not be answered.
    pub fn disconnected(&mut self) {
        self.requested = None;
        self.empty_page = None;
        self.is_live = false;
        self.reconnecting.clone_from(&self.members);
    }

    /// The users who have not reconnected have left.
    pub fn end_reconnect_grace(&mut self) {
        self.reconnecting.clear();
    }

    /// Whether the server has answered `join` on this connection.
    pub fn is_live(&self) -> bool {
        self.is_live
    }

    /// Requests the page again that was requested and is not here, if there is one.
    pub fn request_again(&mut self) -> Option<PageRequest> {
        let before = self.requested.take()?;
        self.request_page(before, NEWEST)
    }

    /// A request was refused. On this connection, the page is not requested again automatically.
    pub fn refused(&mut self) {
        self.empty_page = self.requested.take();
        self.arrive(self.empty_page);
    }

    /// How many messages are loaded.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Is this message loaded?
    pub fn has(&self, seq: Seq) -> bool {
        self.index_of(seq).is_ok()
    }

    /// Is no message loaded? (The room may have some.)
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Is it known that the room never had a message?
    pub fn is_untouched(&self) -> bool {
        self.newest == Some(LogPosition::default())
    }

    /// The room's newest event; none before the server reported it.
    pub fn newest(&self) -> Option<LogPosition> {
        self.newest
    }

    /// Records that the room has come this far, whether or not the events are loaded.
    pub fn note_newest(&mut self, mark: LogPosition) {
        self.newest = self.newest.max(Some(mark));
    }

    /// The event after which the room is joined again; none to load it afresh.
    pub fn resume_after(&self) -> Option<Seq> {
        let newest = self.newest?;
        match self.messages.last() {
            Some(last) if last.nth() < newest.nth() => Some(last.seq),
            _ => Some(newest.seq),
        }
    }

    /// The nicknames of the users who are here, at most [`NAMES`].
    pub fn members(&self) -> &[String] {
        &self.members
    }

    /// How many users are here, including the user of the page.
    pub fn online(&self) -> usize {
        self.online
    }

    /// The loaded messages that are newer than `seq`, ascending.
    pub fn after(&self, seq: Seq) -> &[Arc<Message>] {
        let from = self.messages.partition_point(|message| message.seq <= seq);
        &self.messages[from..]
    }

    /// The number of the first message; in an empty timeline, the number after the newest event.
    fn first(&self) -> Option<Seq> {
        let first = self.messages.first().map(|message| message.seq);
        first.or(self.newest.map(|newest| newest.seq.saturating_add(1)))
    }

    fn insert(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.note_newest(message.position());
            if let Some(target) = message.body.target() {
                self.apply(target, message);
                continue;
            }
            let mut message = message;
            if let Some(deletion) = self.early_deletions.remove(&message.seq) {
                message.apply(&deletion);
            }
            self.note_author(&message);
            match self.index_of(message.seq) {
                Err(place) => self.messages.insert(place, Arc::new(message)),
                Ok(place) if self.messages[place].revision < message.revision => {
                    self.messages[place] = Arc::new(message);
                }
                Ok(_) => {}
            }
        }
    }

    /// A name that a webhook chooses belongs to nobody.
    fn note_author(&mut self, message: &Message) {
        if !message.bot {
            let users = self.authors.get_or_insert(&message.from, Vec::new);
            if let Err(place) = users.binary_search(&message.author) {
                users.insert(place, message.author);
            }
        }
    }

    /// The author's place among the users who have written under this name: 0 for the first.
    fn namesake(&self, message: &Message) -> usize {
        let users = self.authors.get(&message.from);
        let place = users.and_then(|users| users.binary_search(&message.author).ok());
        place.unwrap_or(0)
    }

    /// Applies a hidden event to its target.
    fn apply(&mut self, target: Seq, change: Message) {
        match self.index_of(target) {
            Ok(place) => {
                // Most events are those of games, which their message draws by itself.
                let target = &mut self.messages[place];
                if target.is_changed_by(&change) {
                    Arc::make_mut(target).apply(&change);
                }
            }
            Err(_) if matches!(change.body, EventBody::Delete(_)) => {
                self.early_deletions.insert(target, change);
                if self.early_deletions.len() > EARLY_DELETIONS {
                    self.early_deletions.pop_first();
                }
            }
            Err(_) => {}
        }
    }

    fn index_of(&self, seq: Seq) -> Result<usize, usize> {
        self.messages.binary_search_by_key(&seq, |known| known.seq)
    }

    /// Requests a page, unless another request is on its way or the page is known to be empty.
    fn request_page(&mut self, before: Seq, limit: usize) -> Option<PageRequest> {
        if self.requested.is_some() || self.empty_page == Some(before) {
            return None;
        }
        self.requested = Some(before);
        Some(PageRequest { before, limit })
    }

    /// The gap after the last message, or else the last gap before it if one page fills it.
    fn gap(&self) -> Option<PageRequest> {
        let last = self.messages.last()?.nth();
        let newest = self.newest?;
        let (missing, before) = if newest.nth() > last {
            (newest.nth() - last, newest.seq.saturating_add(1))
        } else {
            let run = self.run_around(self.messages.len() - 1);
            let behind = self.messages[..run.start].last()?;
            let first = &self.messages[run.start];
            (first.nth().saturating_sub(behind.nth() + 1), first.seq)
        };
        let limit = usize::try_from(missing).ok()?;
        (newest.nth() > last || limit <= HISTORY_PAGE).then(|| PageRequest {
            before,
            limit: limit.min(HISTORY_PAGE),
        })
    }

    /// Forgets what is neither drawn nor among the newest; it can be requested again.
    pub fn forget_far(&mut self) {
        let drawn = self.drawn();
        let newest = self.messages.len().saturating_sub(NEWEST);
        let run = match self.is_empty() {
            true => 0..0,
            false => self.run_around(drawn.start),
        };
        let near = run.start.max(drawn.start.saturating_sub(NEWEST))..drawn.end + NEWEST;
        let mut nth = 0;
        let first = self.first();
        self.messages.retain(|_| {
            nth += 1;
            near.contains(&(nth - 1)) || nth > newest
        });
        if self.first() != first {
            self.beginning = false;
        }
        if let Some(first) = self.first() {
            self.membership_lines.forget_before(first);
        }
    }
}

#[cfg(test)]
mod tests;
