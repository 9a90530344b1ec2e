//! Everything that a page knows: rooms, private conversations, their messages, what is unread, and
//! what is not confirmed yet. It is a pure value; effects on the outside are returned as
//! [`Output`]s. This file contains what the user does with conversations. [`apply_frame`] is the
//! reducer of the server's frames; [`sidebar`] holds the lists, [`read_state`] what is read,
//! [`send`] the messages on their way, [`games`] and [`game_actions`] the games, [`typing`] and
//! [`toasts`] what is shown beside the messages.

mod apply_frame;
mod game_actions;
pub mod games;
mod read_state;
mod refused;
mod send;
mod sidebar;
mod toasts;
mod typing;

use client::{Content, PendingMessage, PendingMessages, To};
use protocol::{ClientFrame, Close, DirectLine, LogPosition, Seq, UserId, is_direct};

use self::games::Games;
pub use self::sidebar::{DirectEntry, RoomEntry};
pub use self::toasts::{Toast, ToastKind};
use self::typing::TypingUser;
use crate::datetime::Zone;
use crate::initial_data::Chat;
use crate::sorted_map::{Rooms, SortedMap};
use crate::timeline::items::Viewer;
use crate::timeline::{PageRequest, Timeline, TimelineItem};

/// Messages that an open room keeps in memory. Beyond this, it forgets those far from what is
/// drawn.
const MAX_LOADED: usize = 1_000;

/// An effect on the outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Send a frame. Without a connection it is lost, and the next `welcome` makes up for it.
    Send(ClientFrame),
    /// Open a conversation, or the start page.
    Navigate(Option<String>),
    /// A conversation turned out to have another name or id: move what is typed there, and go
    /// there if it is open.
    MoveDraft { from: To, to: To },
    /// Scroll the message list to its end.
    ScrollToEnd,
    /// Scroll to [`ChatState::take_target`], which may be drawn already.
    ScrollToTarget,
    /// Call [`ChatState::sync_reads`] in a moment.
    SyncReadsSoon,
    /// Call [`ChatState::sync_watched`] in a moment.
    SyncWatchedSoon,
    /// Call [`ChatState::expire_typing`] with this when the time of a `typing` frame is over.
    ExpireTyping(u32),
    /// Show a notification: a user with a bell is online.
    Notify(String),
    /// Call [`ChatState::end_reconnect_grace`] with this when everybody has had the time to
    /// reconnect.
    EndReconnectGrace(u32),
    /// Call [`ChatState::resume_sending`] after this many milliseconds.
    ResumeSending(u64),
    /// Call [`ChatState::retry`] with this room after `wait` milliseconds.
    Retry { room: Option<String>, wait: u64 },
    /// Reload the page: it belongs to another user by now.
    Reload,
}

/// A room that is being joined by name, until the server answers with its exact name.
#[derive(Clone, Debug, Eq, PartialEq)]
struct PendingJoin {
    name: String,
    /// Is the field in which it was typed still visible, to show a problem there?
    is_beside: bool,
    problem: Option<String>,
}

/// See the module's documentation.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatState {
    pub account_slot: u8,
    pub user: UserId,
    pub nickname: String,
    pub pending_messages: PendingMessages,
    /// The public rooms in the server's order, and how many users it counted in each.
    public_rooms: Vec<String>,
    online_counts: SortedMap<usize>,
    /// The public rooms that this user has joined.
    joined_rooms: Rooms,
    directs: Vec<DirectLine>,
    /// The users whose nicknames are known, by nickname.
    users: SortedMap<UserId>,
    timelines: SortedMap<Timeline>,
    /// Up to where each room is read, if that is known.
    read: SortedMap<LogPosition>,
    /// The rooms whose read marker the server does not know yet.
    unsynced_reads: Rooms,
    /// The newest message in each room that mentions the user.
    last_mention: SortedMap<Seq>,
    open: Option<String>,
    /// The first unread event of the open room, as of when it was opened.
    unread: Option<Seq>,
    visible: bool,
    /// How many connections were established.
    connected: u32,
    pending_join: Option<PendingJoin>,
    /// The rooms whose requests wait; an empty name stands for the lists.
    put_off: Rooms,
    /// The open conversation is not this user's any more.
    is_gone: bool,
    games: Games,
    toasts: Vec<Toast>,
    last_id: u32,
    typing_users: Vec<TypingUser>,
    last_typing_sent: Option<(String, i64)>,
    /// The nicknames of users with a bell.
    bells: Rooms,
}

impl ChatState {
    /// The state of a page as it was first drawn, at this time.
    pub fn new(initial: Chat, now: i64) -> Self {
        let read = initial
            .directs
            .iter()
            .map(|line| (line.room.clone(), read_of(line)));
        let mut chat = Self {
            account_slot: initial.account_slot,
            user: initial.user,
            nickname: initial.nickname,
            pending_messages: PendingMessages::default(),
            public_rooms: Vec::new(),
            online_counts: SortedMap::default(),
            joined_rooms: Rooms::default(),
            timelines: SortedMap::default(),
            read: read.collect(),
            unsynced_reads: Rooms::default(),
            last_mention: SortedMap::default(),
            open: None,
            unread: None,
            visible: false,
            connected: 0,
            pending_join: None,
            put_off: Rooms::default(),
            is_gone: false,
            games: Games::default(),
            toasts: Vec::new(),
            last_id: 0,
            typing_users: Vec::new(),
            last_typing_sent: None,
            bells: Rooms::default(),
            directs: initial.directs,
            users: SortedMap::default(),
        };
        chat.set_public_rooms(initial.rooms);
        chat.games.user = chat.user;
        chat.games.set_now(now);
        chat.apply_game_messages(&initial.games);
        if let Some(conversation) = &initial.room {
            chat.name_users(&conversation.members, &conversation.users);
            let room = conversation.room.clone();
            if let Some(read) = conversation.read {
                chat.read.insert(&room, read);
            }
            // A room is read up to the user's own last message; the server may not know that yet.
            chat.apply_game_messages(&conversation.messages);
            for message in &conversation.messages {
                if message.author == chat.user {
                    chat.set_read(&room, message.position());
                }
            }
            if !is_direct(&room) {
                chat.joined_rooms.insert(&room, ());
            }
            let timeline = Timeline::from_initial_data(conversation);
            chat.timelines.insert(&room, timeline);
            chat.unread = chat.first_unread(&room);
            chat.open = Some(room);
        }
        chat
    }

    /// Adds what an earlier visit of this browser stored: rooms and bells.
    pub fn restore(&mut self, joined_rooms: &[String], bells: &[String]) {
        for room in joined_rooms {
            self.joined_rooms.insert(room, ());
        }
        for name in bells {
            self.bells.insert(name, ());
        }
    }

    /// Opens another conversation, or the start page.
    pub fn open(&mut self, room: Option<String>) -> Vec<Output> {
        self.open_at(room, None)
    }

    /// Opens a conversation at one of its messages.
    pub fn open_at(&mut self, room: Option<String>, seq: Option<Seq>) -> Vec<Output> {
        if self.open == room {
            return seq.map_or_else(Vec::new, |seq| self.go_to(seq));
        }
        self.close();
        self.open = room;
        let Some(room) = self.open.clone() else {
            return Vec::new();
        };
        let is_new = !is_direct(&room) && self.joined_rooms.insert(&room, ());
        self.unread = self.first_unread(&room);
        let timeline = self.timelines.get_or_insert(&room, Timeline::default);
        let request = seq.and_then(|seq| timeline.go_to(seq));
        let mut outputs = Vec::new();
        // Of a conversation, perhaps only the latest message is known, and not who is in it.
        if is_new || timeline.members().is_empty() {
            outputs.push(join(room.clone(), timeline.resume_after()));
        }
        outputs.extend(history(room, request));
        if timeline.len() < protocol::limits::NEWEST {
            outputs.extend(self.older());
        }
        outputs.extend(self.update_visible());
        outputs
    }

    /// Closes the open conversation.
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

    /// Joins a room by its name, and creates it if it is new. It opens when the server has answered
    /// with its exact name.
    pub fn join_by_name(&mut self, name: String) -> Vec<Output> {
        self.join_by_name_from(name, true)
    }

    /// The same, from where a problem could not be shown: it becomes a toast.
    pub fn join_from_switcher(&mut self, name: String) -> Vec<Output> {
        self.join_by_name_from(name, false)
    }

    fn join_by_name_from(&mut self, name: String, is_beside: bool) -> Vec<Output> {
        self.pending_join = Some(PendingJoin {
            name: name.clone(),
            is_beside,
            problem: None,
        });
        vec![join(name, None)]
    }

    /// Leaves a public room.
    pub fn leave(&mut self, room: &str) -> Vec<Output> {
        self.joined_rooms.remove(room);
        self.timelines.remove(room);
        let leave = ClientFrame::Leave {
            room: room.to_owned(),
        };
        // After the user has left, read markers for the room are refused.
        let mut outputs = self.sync_reads();
        outputs.extend([Output::Send(leave), Output::Send(ClientFrame::Rooms)]);
        if self.open.as_deref() == Some(room) {
            self.open = None;
            outputs.push(Output::Navigate(None));
        }
        outputs
    }

    /// Another tab has joined and left rooms: all tabs of a user are in the same rooms.
    pub fn sync_rooms(&mut self, entered: &[String], left: &[String]) -> Vec<Output> {
        let mut outputs = Vec::new();
        for room in entered {
            if self.joined_rooms.insert(room, ()) {
                outputs.push(join(room.clone(), None));
            }
        }
        for room in left {
            if self.joined_rooms.contains(room) {
                outputs.extend(self.leave(room));
            }
        }
        outputs
    }

    /// Sends a message under a fresh id; `at` is the time of the user's clock in milliseconds since
    /// 1970.
    pub fn send_message(&mut self, to: To, id: String, text: String, at: i64) -> Vec<Output> {
        self.unread = None;
        self.last_typing_sent = None;
        self.pending_messages
            .push(PendingMessage::new(id, to, Content::Text(text), at));
        // The user wants to see the message, at the end.
        let mut outputs = self.go_to_end();
        outputs.extend(self.send_pending());
        outputs
    }

    /// The connection was closed with this code.
    pub fn connection_closed(&mut self, code: u16) {
        if code == Close::TooLarge.code() {
            // Sent again, the message would close the next connection.
            self.pending_messages
                .too_large(Close::TooLarge.reason().to_owned());
        }
        self.disconnected();
    }

    /// The connection was lost.
    fn disconnected(&mut self) {
        self.pending_messages.disconnected();
        self.games_disconnected();
        self.typing_users.clear();
        for timeline in self.timelines.values_mut() {
            timeline.disconnected();
        }
    }

    /// Users who have not reconnected by now have left: their next arrival is shown.
    pub fn end_reconnect_grace(&mut self, connected: u32) {
        // The connection was lost again since then, and everybody has the full time again.
        if connected != self.connected {
            return;
        }
        for timeline in self.timelines.values_mut() {
            timeline.end_reconnect_grace();
        }
    }

    /// Is the open conversation not this user's any more?
    pub fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// Is a room being joined by name?
    pub fn is_join_pending(&self) -> bool {
        self.pending_join.is_some()
    }

    /// Why the room cannot be joined by that name.
    pub fn join_problem(&self) -> Option<&str> {
        self.pending_join.as_ref()?.problem.as_deref()
    }

    /// What a conversation shows: its messages, and those on their way.
    pub fn items(&self, to: &To, zone: Zone) -> Vec<TimelineItem> {
        let drafts = self.pending_messages.to(to);
        let reader = Viewer {
            user: self.user,
            zone,
            unread: self.unread,
        };
        match self.timeline(to) {
            Some(timeline) => timeline.items(drafts, reader),
            None => Timeline::default().items(drafts, reader),
        }
    }

    /// The timeline of a conversation, if anything is known of it.
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

/// Up to where a private conversation is read, as the list has it.
fn read_of(line: &DirectLine) -> LogPosition {
    LogPosition {
        seq: line.read,
        hidden: line.read_hidden,
    }
}

fn join(room: String, after: Option<Seq>) -> Output {
    Output::Send(ClientFrame::Join { room, after })
}

fn history(room: String, request: Option<PageRequest>) -> Vec<Output> {
    let frame = request.map(|request| ClientFrame::History {
        room,
        before: Some(request.before),
        limit: Some(request.limit as u64),
        all: false,
    });
    frame.map(Output::Send).into_iter().collect()
}

#[cfg(test)]
mod tests;
