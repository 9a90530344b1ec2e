//! When to broadcast presence, typing users and watchers. Changes are batched, so that N users who
//! join a room of M cost a few frames for each member and not N × M.

use std::{
    collections::{HashSet, VecDeque},
    time::{Duration, Instant},
};

use protocol::{UserId, limits};

use super::{Hub, RoomKey};

/// How much the pause before the next broadcast grows for each copy of a frame. Writing a copy
/// takes about a tenth of this, so presence takes about a tenth of a core.
const PAUSE_PER_COPY: Duration = Duration::from_micros(50);
/// The longest pause between two broadcasts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

fn pause_after(copies: usize) -> Duration {
    let longer = PAUSE_PER_COPY.saturating_mul(u32::try_from(copies).unwrap_or(u32::MAX));
    limits::PRESENCE_EVERY.max(longer).min(LONGEST_PAUSE)
}

/// The rooms to broadcast, and who leaves at which time. The delay is the same for all entries, so
/// they are always in order.
#[derive(Default)]
pub struct PresenceQueue {
    changed: HashSet<RoomKey>,
    leaving: VecDeque<(Instant, RoomKey, UserId)>,
}

impl PresenceQueue {
    /// Marks a room in which presence, typing users or watchers have changed.
    pub fn changed(&mut self, room: RoomKey) {
        self.changed.insert(room);
    }

    /// Records that the user's last connection in the room has closed. The user leaves the room at
    /// `due`, unless the user has returned by then.
    pub fn schedule_leave(&mut self, due: Instant, room: RoomKey, user: UserId) {
        self.leaving.push_back((due, room, user));
    }

    fn next_due(&self) -> Option<Instant> {
        self.leaving.front().map(|(due, ..)| *due)
    }
}

impl Hub {
    /// Broadcasts presence for as long as the server runs.
    ///
    /// The first change after a quiet time is broadcast at once, later ones at most once every
    /// [`limits::PRESENCE_EVERY`]. Broadcasts to many recipients are rarer, so that presence never
    /// takes much of the server's time.
    pub async fn run_presence(&self) {
        loop {
            let (copies, due) = self.broadcast_presence(Instant::now());
            tokio::time::sleep(pause_after(copies)).await;
            let presence_changed = self.presence_changed.notified();
            match due {
                None => presence_changed.await,
                Some(due) => {
                    // The loop checks for both, so it does not matter which of the two happened.
                    let _ = tokio::time::timeout_at(due.into(), presence_changed).await;
                }
            }
        }
    }

    /// Handles what is due at `now`, and broadcasts the rooms that have changed. Returns the number
    /// of frame copies that were sent, and when the next entry is due.
    fn broadcast_presence(&self, now: Instant) -> (usize, Option<Instant>) {
        let mut state = self.state();
        let state = &mut *state;
        while state
            .presence
            .leaving
            .front()
            .is_some_and(|(due, ..)| *due <= now)
        {
            if let Some((_, key, user)) = state.presence.leaving.pop_front()
                && let Some(room) = state.rooms.get_mut(&key)
                && room.remove_if_away(user, now, self.presence_grace)
            {
                state.presence.changed(key);
            }
        }
        let mut copies = 0;
        for key in std::mem::take(&mut state.presence.changed) {
            if let Some(room) = state.rooms.get_mut(&key) {
                copies += room.subscribers();
                // Typing goes first: a client that receives a join has received all typing before
                // it.
                room.broadcast_typing(self.flush_delay);
                let has_more_watchers = room.broadcast_watchers(self.flush_delay);
                if room.broadcast_presence(self.flush_delay) || has_more_watchers {
                    state.presence.changed(key.clone());
                    self.presence_changed.notify_one();
                }
            }
            state.remove_if_unused(&key);
        }
        (copies, state.presence.next_due())
    }
}
