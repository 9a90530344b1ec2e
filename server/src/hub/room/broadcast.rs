//! What a room sends to all of its subscribers besides events: who joined and left, who is typing,
//! who watches which game.

use std::time::Duration;

use protocol::{ServerFrame, frame, limits};

use super::Room;
use crate::limits::PRESENCE_COPIES;

impl Room {
    /// Tells everyone who came and who went since the last time, if anybody did. `true` if some are
    /// left to be told of next time; of a crowd nobody knows all who came, and the number is enough.
    pub fn broadcast_presence(&mut self, flush_delay: Duration) -> bool {
        let is_crowd = self.online() > limits::NAMES;
        let copies = self.subscribers.len().max(1);
        let most = limits::PRESENCE_NAMES.min(PRESENCE_COPIES / copies);
        let (mut joined, mut left) = (Vec::new(), Vec::new());
        let mut is_news = false;
        for (user, change) in std::mem::take(&mut self.changed) {
            let is_here = self.members.contains_key(&user);
            // Came and went, or went and came back, while nobody was told: no line at all.
            if is_here == change.was_here && !change.seen {
                continue;
            }
            is_news = true;
            if joined.len() + left.len() < most {
                let told = if is_here { &mut joined } else { &mut left };
                told.push(change.nickname);
            } else if !is_crowd || !is_here {
                // A name that is told once has to be taken back one day.
                self.changed.insert(user, change);
            }
        }
        if is_news {
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

    /// Tells everyone who has typed since the last time, if anybody did and is still here. Who
    /// typed is told as well: so everybody gets the same bytes.
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

    /// Tells everyone how many people watch the games of which that has changed. `true` if some are left
    /// to be told of next time.
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
