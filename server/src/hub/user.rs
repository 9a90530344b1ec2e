//! One user as this node knows it: the sockets that are open, and what is left to do with them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use protocol::{Seq, limits};

use super::{ConnectionHandle, RoomKey, cursor::Cursor, typing::TypingThrottle};
use crate::{rate_limit::TokenBucket, send_queue::SendQueue, send_queue::ws_frame::Frame};

/// Somebody who is connected, or was until a moment ago.
pub struct User {
    pub sockets: Vec<Socket>,
    /// As of the last socket; none of who never had one.
    pub nickname: String,
    pub messages: TokenBucket,
    pub new_rooms: TokenBucket,
    /// `read` and `typing`.
    pub asides: TokenBucket,
    /// Where the others were told a moment ago that this user is typing.
    pub typing: TypingThrottle,
}

/// One open socket of a user.
pub struct Socket {
    pub send_queue: Arc<SendQueue>,
    /// The public rooms it listens to.
    pub rooms: HashSet<RoomKey>,
    /// The private conversations it has joined. It hears the others all the same.
    pub directs: HashMap<String, Cursor>,
}

impl User {
    pub fn new(messages_per_second: u32, now: Instant) -> Self {
        let burst = messages_per_second * limits::BURST_SECONDS;
        Self {
            // Most have one.
            sockets: Vec::with_capacity(1),
            nickname: String::new(),
            messages: TokenBucket::new(burst, f64::from(messages_per_second), now),
            new_rooms: TokenBucket::per_minute(limits::NEW_ROOMS_PER_MINUTE, now),
            asides: TokenBucket::new(
                limits::ASIDES_BURST,
                f64::from(limits::ASIDES_PER_SECOND),
                now,
            ),
            typing: TypingThrottle::default(),
        }
    }

    /// Has all that was used up come back, so that nothing has to be remembered?
    pub fn is_forgettable(&mut self, now: Instant) -> bool {
        let Self {
            sockets: _,
            nickname: _,
            messages,
            new_rooms,
            asides,
            typing: _,
        } = self;
        [messages, new_rooms, asides]
            .into_iter()
            .all(|bucket| bucket.is_full(now))
    }

    /// The user's socket behind this connection, unless it is closed.
    pub fn socket(&mut self, connection: &ConnectionHandle) -> Option<&mut Socket> {
        let id = connection.send_queue.id();
        self.sockets.iter_mut().find(|s| s.send_queue.id() == id)
    }

    /// Delivers events of a private conversation to every socket of the user.
    pub fn deliver_direct(&mut self, room: &str, frames: &[(Seq, Frame)]) {
        for socket in &mut self.sockets {
            let mut cursor = socket.directs.get_mut(room);
            for (seq, frame) in frames {
                match &mut cursor {
                    Some(cursor) => cursor.deliver(*seq, frame, &socket.send_queue, Duration::ZERO),
                    None => socket.send_queue.push(frame.clone()),
                }
            }
        }
    }
}

impl Socket {
    pub fn new(send_queue: Arc<SendQueue>) -> Self {
        Self {
            send_queue,
            rooms: HashSet::new(),
            directs: HashMap::new(),
        }
    }

    /// Holds back a private conversation's events until [`Socket::complete_direct_join`].
    pub fn begin_direct_join(&mut self, room: &str) {
        self.directs.insert(room.to_owned(), Cursor::joining());
    }

    /// Delivers what was held back, without a page.
    pub fn abort_direct_join(&mut self, room: &str) {
        if let Some(cursor) = self.directs.remove(room) {
            cursor.release(&self.send_queue);
        }
    }

    /// Sends a private conversation's `joined`; if that is all, the live events flow.
    pub fn complete_direct_join(&mut self, room: &str, seq: Seq, joined: Frame, is_all: bool) {
        if let Some(cursor) = self.directs.get_mut(room) {
            self.send_queue.push(joined);
            cursor.complete_join(seq, is_all, &self.send_queue);
        }
    }
}
