//! The users who are typing in a room.

use client::To;
use protocol::ClientFrame;
use protocol::limits::TYPING_EVERY;

use super::{ChatState, Output};

/// A user who is typing in a room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct TypingUser {
    room: String,
    name: String,
    /// Changes with each `typing` frame, so that only the latest one expires.
    id: u32,
}

impl ChatState {
    /// The user typed something for a room at this time of their clock. A frame is sent at most
    /// once in [`TYPING_EVERY`].
    pub fn user_typed(&mut self, to: &To, now: i64) -> Vec<Output> {
        let To::Room(room) = to else {
            return Vec::new();
        };
        let every = TYPING_EVERY.as_millis() as i64;
        let sent = self.last_typing_sent.as_ref();
        if sent.is_some_and(|(sent, at)| sent == room && (0..every).contains(&(now - at))) {
            return Vec::new();
        }
        self.last_typing_sent = Some((room.clone(), now));
        let room = room.clone();
        vec![Output::Send(ClientFrame::Typing { room })]
    }

    /// The names of the users who are typing in a room.
    pub fn typing_in(&self, to: &To) -> Vec<String> {
        let To::Room(room) = to else {
            return Vec::new();
        };
        let here = self.typing_users.iter().filter(|it| it.room == *room);
        here.map(|it| it.name.clone()).collect()
    }

    /// The `typing` frame with this id is too old. A newer one of the same user has another id.
    pub fn expire_typing(&mut self, id: u32) {
        self.typing_users.retain(|it| it.id != id);
    }

    pub(super) fn apply_typing(&mut self, room: &str, names: Vec<String>) -> Vec<Output> {
        let mut outputs = Vec::new();
        for name in names {
            if name == self.nickname {
                continue;
            }
            self.clear_typing(room, &name);
            self.last_id += 1;
            self.typing_users.push(TypingUser {
                room: room.to_owned(),
                name,
                id: self.last_id,
            });
            outputs.push(Output::ExpireTyping(self.last_id));
        }
        outputs
    }

    pub(super) fn clear_typing(&mut self, room: &str, name: &str) {
        let is_other = |it: &TypingUser| it.room != room || it.name != name;
        self.typing_users.retain(is_other);
    }
}
