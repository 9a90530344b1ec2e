//! Frames other than events that a room sends to all of its subscribers: presence, typing, and the
//! watchers of games.

use std::time::Duration;

use protocol::{ServerFrame, frame, limits};

use super::Room;
use crate::limits::PRESENCE_COPIES;

impl Room {
    /// Sends `presence` with the users who joined and left since the last time, if there are any.
    /// Returns whether some are left for the next time.
    ///
    /// In a room with more than [`limits::NAMES`] users, joins beyond the first few are only
    /// counted: no client knows all members there.
    pub fn broadcast_presence(&mut self, flush_delay: Duration) -> bool {
        let is_crowd = self.online() > limits::NAMES;
        let copies = self.subscribers.len().max(1);
        let most = limits::PRESENCE_NAMES.min(PRESENCE_COPIES / copies);
        let (mut joined, mut left) = (Vec::new(), Vec::new());
        let mut has_changed = false;
        for (user, change) in std::mem::take(&mut self.changed) {
            let is_here = self.members.contains_key(&user);
            // A join and a leave cancel out, unless a list of members was sent in between.
            if is_here == change.was_here && !change.was_listed {
                continue;
            }
            has_changed = true;
            if joined.len() + left.len() < most {
                let names = if is_here { &mut joined } else { &mut left };
                names.push(change.nickname);
            } else if !is_crowd || !is_here {
                // A leave is sent even in a crowd, because clients may know the name.
                self.changed.insert(user, change);
            }
        }
        if has_changed {
            joined.sort_unstable();
            left.sort_unstable();
            let presence = ServerFrame::Presence(frame::Presence {
                room: self.name.as_str().to_owned(),
                joined,
                left,
                online: self.online(),
            });
            self.broadcast(&presence, flush_delay);
        }
        !self.changed.is_empty()
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
