//! Frames other than events that a room sends to all of its subscribers: presence, typing, and the
//! watchers of games.

use std::time::Duration;

use protocol::{ServerFrame, frame, limits};

use super::Room;
use crate::limits::PRESENCE_COPIES;

impl Room {
    /// Sends `presence` with the users who joined and left since the last time, if there are any.
    /// Returns whether some are left for the next time.
    pub fn broadcast_presence(&mut self, flush_delay: Duration) -> bool {
        let is_crowd = self.online() > limits::NAMES;
        let copies = self.subscribers.len().max(1);
        let most = limits::PRESENCE_NAMES.min(PRESENCE_COPIES / copies).max(1);
        let members = &self.members;
        let is_here = |user| members.contains_key(&user);
        let changes = self.changes.take(most, is_crowd, is_here);
        if changes.has_changed {
            let (joined, users) = changes.joined.into_iter().unzip();
            let presence = ServerFrame::Presence(frame::Presence {
                room: self.name.as_str().to_owned(),
                joined,
                users,
                left: changes.left,
                online: self.online(),
            });
            self.broadcast(&presence, flush_delay);
        }
        !self.changes.is_empty()
    }

    /// Sends `typing` with the users who have typed since the last time and are still present, if
    /// there are any. They receive it as well, so that all subscribers get the same bytes.
    pub fn broadcast_typing(&mut self, flush_delay: Duration) {
        let typing_users = self.typing_users.take();
        let nickname = |user| Some(self.members.get(&user)?.nickname.clone());
        let names: Vec<String> = typing_users.into_iter().filter_map(nickname).collect();
        if names.is_empty() {
            return;
        }
        let typing = ServerFrame::Typing(frame::Typing {
            room: self.name.as_str().to_owned(),
            names,
        });
        self.broadcast(&typing, flush_delay);
    }

    /// Sends `watchers` with the games whose number of watchers has changed. Returns whether some
    /// are left for the next time.
    pub fn broadcast_watchers(&mut self, flush_delay: Duration) -> bool {
        let games = self.watching.take_changed();
        if !games.is_empty() {
            let room = self.name.as_str().to_owned();
            let watchers = ServerFrame::Watchers(frame::Watchers { room, games });
            self.broadcast(&watchers, flush_delay);
        }
        self.watching.has_changed()
    }
}
