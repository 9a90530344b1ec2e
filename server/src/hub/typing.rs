//! Typing users. In a public room typing is batched with presence; in a private conversation it is
//! sent at once. For each user and room it is broadcast at most once every
//! [`limits::TYPING_EVERY`]. No frame says that a user has stopped.

use std::{collections::HashMap, time::Instant};

use protocol::{RoomName, ServerFrame, UserId, frame, limits};

use super::{ConnectionHandle, Hub, cursor::EPHEMERAL};

/// The users who have typed in a public room since the last broadcast: at most
/// [`limits::TYPING_NAMES`], because one frame names no more.
#[derive(Default)]
pub struct TypingUsers(Vec<UserId>);

impl TypingUsers {
    pub fn add(&mut self, user: UserId) {
        if self.0.len() < limits::TYPING_NAMES && !self.0.contains(&user) {
            self.0.push(user);
        }
    }

    /// Removes a user whose message was published: it was what the user was typing.
    pub fn remove(&mut self, user: UserId) {
        self.0.retain(|it| *it != user);
    }

    pub fn take(&mut self) -> Vec<UserId> {
        std::mem::take(&mut self.0)
    }
}

/// When a user's typing was last broadcast, by room.
#[derive(Default)]
pub struct TypingThrottle(HashMap<String, Instant>);

impl TypingThrottle {
    /// Whether typing in this room may be broadcast again.
    pub fn is_due(&self, room: &str, now: Instant) -> bool {
        self.0.get(room).is_none_or(|last| is_over(*last, now))
    }

    /// Records a broadcast, unless it is too early for one. Returns whether it may be sent.
    ///
    /// Each record removes expired ones and has taken a token of the user's `ephemeral` bucket. So
    /// there are never more records than the bucket allows within [`limits::TYPING_EVERY`].
    pub fn record(&mut self, room: &str, now: Instant) -> bool {
        if !self.is_due(room, now) {
            return false;
        }
        self.0.retain(|_, last| !is_over(*last, now));
        self.0.insert(room.to_owned(), now);
        true
    }
}

fn is_over(last: Instant, now: Instant) -> bool {
    now.saturating_duration_since(last) >= limits::TYPING_EVERY
}

impl Hub {
    /// Whether typing in this room may be broadcast again. It may not if it was a moment ago.
    pub fn is_typing_due(&self, user: UserId, room: &str) -> bool {
        let now = Instant::now();
        self.users.with(user, |user| user.typing.is_due(room, now)) == Some(true)
    }

    /// Records that the user is typing in a public room. The next presence broadcast says so.
    pub fn typing_in_room(&self, connection: &ConnectionHandle, room: &RoomName) {
        if let Some(room) = self.rooms.get(&super::key_of(room))
            && self.record_typing(connection.user, room.name().as_str())
        {
            room.lock().typing_users.add(connection.user);
            self.presence_changed([&room]);
        }
    }

    /// Sends `typing` to all connections of the other member of a private conversation.
    pub fn typing_to_user(&self, connection: &ConnectionHandle, room: &str, other: UserId) {
        if self.record_typing(connection.user, room) {
            let typing = ServerFrame::Typing(frame::Typing {
                room: room.to_owned(),
                names: vec![connection.nickname.clone()],
            });
            let frames = [(EPHEMERAL, (&typing).into())];
            self.users
                .with(other, |other| other.deliver_direct(room, &frames));
        }
    }

    fn record_typing(&self, user: UserId, room: &str) -> bool {
        let now = Instant::now();
        self.users.with(user, |user| user.typing.record(room, now)) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn typing_in_a_room_is_broadcast_once_per_interval() {
        let start = Instant::now();
        let mut throttle = TypingThrottle::default();
        assert!(throttle.record("tea", start));
        let soon = start + limits::TYPING_EVERY - Duration::from_millis(1);
        assert!(!throttle.record("tea", soon));
        assert!(
            throttle.record("coffee", soon),
            "each room has its own interval"
        );
        assert!(throttle.record("tea", start + limits::TYPING_EVERY));
    }

    #[test]
    fn expired_records_are_removed() {
        let start = Instant::now();
        let mut throttle = TypingThrottle::default();
        for n in 0..1_000 {
            assert!(throttle.record(&n.to_string(), start + limits::TYPING_EVERY * n));
        }
        assert_eq!(throttle.0.len(), 1);
    }

    #[test]
    fn at_most_three_typing_users_are_named_and_none_whose_message_was_published() {
        let [anna, ben] = [UserId(1), UserId(2)];
        let mut typing_users = TypingUsers::default();
        for user in [anna, ben, anna] {
            typing_users.add(user);
        }
        typing_users.remove(ben);
        assert_eq!(typing_users.take(), [anna]);
        for user in 1..=5 {
            typing_users.add(UserId(user));
        }
        assert_eq!(typing_users.take().len(), limits::TYPING_NAMES);
        assert_eq!(typing_users.take(), []);
    }
}
