//! When to broadcast presence, typing users and watchers. Changes are batched, so that N users who
//! join a room of M cost a few frames for each member and not N × M.

use std::{
    collections::{HashSet, VecDeque},
    sync::{MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use protocol::{UserId, limits};

use super::{Hub, shared_room::SharedRoom};

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
    changed: HashSet<SharedRoom>,
    leaving: VecDeque<(Instant, SharedRoom, UserId)>,
}

impl Hub {
    /// Marks rooms in which presence, typing users or watchers have changed.
    pub(super) fn presence_changed<'a>(&self, rooms: impl IntoIterator<Item = &'a SharedRoom>) {
        let mut rooms = rooms.into_iter().cloned().peekable();
        if rooms.peek().is_some() {
            self.presence().changed.extend(rooms);
            self.presence_notify.notify_one();
        }
    }

    /// Records that a connection of the user in these rooms has closed. The user leaves them at
    /// `due` where it was the last one, unless the user has returned by then.
    pub(super) fn schedule_leave(
        &self,
        user: UserId,
        rooms: impl IntoIterator<Item = SharedRoom>,
        due: Instant,
    ) {
        let mut rooms = rooms.into_iter().peekable();
        if rooms.peek().is_some() {
            let leaving = rooms.map(|room| (due, room, user));
            self.presence().leaving.extend(leaving);
            self.presence_notify.notify_one();
        }
    }

    fn presence(&self) -> MutexGuard<'_, PresenceQueue> {
        self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Broadcasts presence for as long as the server runs.
    ///
    /// The first change after a quiet time is broadcast at once, later ones at most once every
    /// [`limits::PRESENCE_EVERY`]. Broadcasts to many recipients are rarer, so that presence never
    /// takes much of the server's time.
    pub async fn run_presence(&self) {
        loop {
            let (copies, due) = self.broadcast_presence(Instant::now());
            tokio::time::sleep(pause_after(copies)).await;
            let presence_changed = self.presence_notify.notified();
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
    pub(super) fn broadcast_presence(&self, now: Instant) -> (usize, Option<Instant>) {
        self.leave_after_grace(now);
        let changed = std::mem::take(&mut self.presence().changed);
        let (mut copies, mut unfinished) = (0, Vec::new());
        for changed in &changed {
            let mut room = changed.lock();
            copies += room.subscribers();
            // Typing goes first: a client that receives a join has received all typing before it.
            room.broadcast_typing(self.flush_delay);
            let has_more_watchers = room.broadcast_watchers(self.flush_delay);
            if room.broadcast_presence(self.flush_delay) || has_more_watchers {
                unfinished.push(changed);
            }
            drop(room);
            self.remove_if_unused(changed);
        }
        self.presence_changed(unfinished);
        let next = self.presence().leaving.front().map(|(due, ..)| *due);
        (copies, next)
    }

    /// Removes the users whose last connection in a room closed before the grace period began.
    fn leave_after_grace(&self, now: Instant) {
        let mut presence = self.presence();
        let due = presence.leaving.partition_point(|(due, ..)| *due <= now);
        let leaving: Vec<_> = presence.leaving.drain(..due).collect();
        drop(presence);
        for (_, left, id) in leaving {
            let mut users = self.users.lock(id);
            if let Some(user) = users.get_mut(&id) {
                let is_over =
                    |since: &Instant| now.saturating_duration_since(*since) >= self.presence_grace;
                if user.away.get(&left).is_some_and(is_over) {
                    user.away.remove(&left);
                }
                if user.is_unused() {
                    users.remove(&id);
                }
            }
            drop(users);
            let has_left = left.lock().remove_if_away(id, now, self.presence_grace);
            if has_left {
                self.presence_changed([&left]);
            }
        }
    }
}
