//! A user as this node knows them: the open connections.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use protocol::Seq;

use super::{cursor::DeliveryCursor, shared_room::SharedRoom, typing::TypingThrottle};
use crate::{send_queue::SendQueue, send_queue::ws_frame::Frame};

/// A user who is connected, or was until a moment ago.
#[derive(Default)]
pub struct UserState {
    pub connections: Vec<UserConnection>,
    /// As of the newest connection.
    pub nickname: String,
    pub typing: TypingThrottle,
    /// The public rooms in which the user is still present though the last connection there has
    /// closed, and when it closed.
    pub away: HashMap<SharedRoom, Instant>,
}

/// An open connection of a user.
pub struct UserConnection {
    pub send_queue: Arc<SendQueue>,
    /// The public rooms that it has subscribed to.
    pub rooms: HashSet<SharedRoom>,
    /// The private conversations that it has joined. It receives the events of all others, too.
    pub direct_cursors: HashMap<String, DeliveryCursor>,
}

impl UserState {
    /// Whether the user is not connected and not present anywhere.
    pub fn is_unused(&self) -> bool {
        self.connections.is_empty() && self.away.is_empty()
    }

    /// Removes the connection with this id. Returns the public rooms that it was in.
    pub fn remove_connection(&mut self, id: u64, now: Instant) -> HashSet<SharedRoom> {
        let mut connections = self.connections.iter();
        let Some(index) = connections.position(|it| it.send_queue.id() == id) else {
            return HashSet::new();
        };
        let rooms = self.connections.swap_remove(index).rooms;
        for room in &rooms {
            if !self.connections.iter().any(|it| it.rooms.contains(room)) {
                self.away.insert(room.clone(), now);
            }
        }
        rooms
    }

    /// The user's connection with this send queue, if it is still registered.
    pub fn connection(&mut self, send_queue: &SendQueue) -> Option<&mut UserConnection> {
        let id = send_queue.id();
        self.connections
            .iter_mut()
            .find(|connection| connection.send_queue.id() == id)
    }

    /// Delivers frames of a private conversation to every connection of the user.
    pub fn deliver_direct(&mut self, room: &str, frames: &[(Seq, Frame)]) {
        for connection in &mut self.connections {
            let send_queue = &connection.send_queue;
            let mut cursor = connection.direct_cursors.get_mut(room);
            for (seq, frame) in frames {
                match &mut cursor {
                    Some(cursor) => cursor.deliver(*seq, frame, send_queue, Duration::ZERO),
                    None => send_queue.push(frame.clone()),
                }
            }
        }
    }
}

impl UserConnection {
    pub fn new(send_queue: Arc<SendQueue>) -> Self {
        Self {
            send_queue,
            rooms: HashSet::new(),
            direct_cursors: HashMap::new(),
        }
    }

    /// Buffers a private conversation's events until [`UserConnection::complete_direct_join`].
    pub fn begin_direct_join(&mut self, room: &str) {
        self.direct_cursors
            .insert(room.to_owned(), DeliveryCursor::joining());
    }

    /// Sends the buffered events without a page.
    pub fn abort_direct_join(&mut self, room: &str) {
        if let Some(cursor) = self.direct_cursors.remove(room) {
            cursor.send_buffered(&self.send_queue);
        }
    }

    /// Sends a private conversation's `joined`, which reaches up to `seq`. If `is_all` is set, live
    /// events follow.
    pub fn complete_direct_join(&mut self, room: &str, seq: Seq, joined: Frame, is_all: bool) {
        if let Some(cursor) = self.direct_cursors.get_mut(room) {
            self.send_queue.push(joined);
            cursor.end_page(seq, is_all, &self.send_queue);
        }
    }
}
