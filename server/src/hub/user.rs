//! A user as this node knows them: the open connections and the token buckets.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use protocol::{Seq, limits};

use super::{RoomKey, cursor::DeliveryCursor, typing::TypingThrottle};
use crate::{rate_limit::TokenBucket, send_queue::SendQueue, send_queue::ws_frame::Frame};

/// A user who is connected, or who was connected or posted over HTTP a moment ago.
pub struct UserState {
    pub connections: Vec<UserConnection>,
    /// As of the newest connection; empty if there never was one.
    pub nickname: String,
    pub messages: TokenBucket,
    pub new_rooms: TokenBucket,
    /// For `read`, `typing`, `watch` and `games` together.
    pub ephemeral: TokenBucket,
    pub typing: TypingThrottle,
}

/// An open connection of a user.
pub struct UserConnection {
    pub send_queue: Arc<SendQueue>,
    /// The public rooms that it has subscribed to.
    pub rooms: HashSet<RoomKey>,
    /// The private conversations that it has joined. It receives the events of all others, too.
    pub direct_cursors: HashMap<String, DeliveryCursor>,
}

impl UserState {
    pub fn new(messages_per_second: u32, now: Instant) -> Self {
        let burst = messages_per_second * limits::BURST_SECONDS;
        Self {
            // Most users have one connection.
            connections: Vec::with_capacity(1),
            nickname: String::new(),
            messages: TokenBucket::new(burst, f64::from(messages_per_second), now),
            new_rooms: TokenBucket::per_minute(limits::NEW_ROOMS_PER_MINUTE, now),
            ephemeral: TokenBucket::new(
                limits::EPHEMERAL_BURST,
                f64::from(limits::EPHEMERAL_PER_SECOND),
                now,
            ),
            typing: TypingThrottle::default(),
        }
    }

    /// Whether all token buckets are full. Then a user without connections need not be remembered.
    pub fn has_full_buckets(&mut self, now: Instant) -> bool {
        let Self {
            connections: _,
            nickname: _,
            messages,
            new_rooms,
            ephemeral,
            typing: _,
        } = self;
        [messages, new_rooms, ephemeral]
            .into_iter()
            .all(|bucket| bucket.is_full(now))
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
