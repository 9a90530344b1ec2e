//! Who is typing. In a public room gathered with presence, in private told at once; in neither more
//! often than every [`limits::TYPING_EVERY`], and nobody says when it stops.

use std::{collections::HashMap, time::Instant};

use protocol::{RoomName, ServerFrame, UserId, frame, limits};

use super::{ConnectionHandle, Hub, cursor::EPHEMERAL};

/// Who typed in a public room since that was last told: at most [`limits::TYPERS`], for more are
/// not told in one frame.
#[derive(Default)]
pub struct TypingUsers(Vec<UserId>);

impl TypingUsers {
    pub fn add(&mut self, user: UserId) {
        if self.0.len() < limits::TYPERS && !self.0.contains(&user) {
            self.0.push(user);
        }
    }

    /// The user has said it: to tell now that it is being typed would come too late.
    pub fn remove(&mut self, user: UserId) {
        self.0.retain(|typist| *typist != user);
    }

    pub fn take(&mut self) -> Vec<UserId> {
        std::mem::take(&mut self.0)
    }
}

/// In which rooms a user's typing was passed on, and when.
#[derive(Default)]
pub struct TypingThrottle(HashMap<String, Instant>);

impl TypingThrottle {
    /// May it be passed on again?
    pub fn is_due(&self, room: &str, now: Instant) -> bool {
        self.0.get(room).is_none_or(|last| is_over(*last, now))
    }

    /// Notes that it is passed on; `false` if it may not be. Each note forgets what is over and has
    /// cost an aside, so there are never more than asides in that time.
    pub fn note(&mut self, room: &str, now: Instant) -> bool {
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
    /// Is this `typing` worth a look? Not if the last one for the room was passed on a moment ago.
    /// Else it uses one of the user's asides, and is not if there are none left.
    pub fn should_broadcast_typing(&self, user: UserId, room: &str) -> bool {
        let now = Instant::now();
        match self.state().users.get_mut(&user) {
            Some(user) => user.typing.is_due(room, now) && user.asides.take(now).is_ok(),
            None => false,
        }
    }

    /// Tells a public room, with its next presence, that the user is typing there.
    pub fn typing_in_room(&self, connection: &ConnectionHandle, room: &RoomName) {
        let key = super::key_of(room);
        let mut state = self.state();
        let state = &mut *state;
        if let Some(user) = state.users.get_mut(&connection.user)
            && let Some(room) = state.rooms.get_mut(&key)
            && user.typing.note(room.name.as_str(), Instant::now())
        {
            room.typing_users.add(connection.user);
            state.presence.changed(key);
            self.presence_changed.notify_one();
        }
    }

    /// Tells the other one of a private conversation, on every socket, that the user is typing.
    pub fn typing_to_user(&self, connection: &ConnectionHandle, room: &str, other: UserId) {
        let mut state = self.state();
        let is_due = state
            .users
            .get_mut(&connection.user)
            .is_some_and(|user| user.typing.note(room, Instant::now()));
        if is_due && let Some(other) = state.users.get_mut(&other) {
            let typing = ServerFrame::Typing(frame::Typing {
                room: room.to_owned(),
                names: vec![connection.nickname.clone()],
            });
            other.deliver_direct(room, &[(EPHEMERAL, (&typing).into())]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_is_passed_on_once_and_again_when_that_is_over() {
        let start = Instant::now();
        let mut passed_on = TypingThrottle::default();
        assert!(passed_on.note("tea", start));
        let soon = start + limits::TYPING_EVERY - Duration::from_millis(1);
        assert!(!passed_on.note("tea", soon));
        assert!(passed_on.note("coffee", soon), "each room has its own time");
        assert!(passed_on.note("tea", start + limits::TYPING_EVERY));
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let start = Instant::now();
        let mut passed_on = TypingThrottle::default();
        for n in 0..1_000 {
            assert!(passed_on.note(&n.to_string(), start + limits::TYPING_EVERY * n));
        }
        assert_eq!(passed_on.0.len(), 1);
    }

    #[test]
    fn at_most_three_are_told_and_not_who_has_said_it_meanwhile() {
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
        assert_eq!(typing_users.take().len(), limits::TYPERS);
        assert_eq!(typing_users.take(), []);
    }
}
