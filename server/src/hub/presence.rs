//! When to tell who came, who went and who is typing. Changes are gathered, so that N people who
//! join a room of M cost a few frames each and not N x M.

use std::{
    collections::{HashSet, VecDeque},
    time::{Duration, Instant},
};

use protocol::{UserId, limits};

use super::{Hub, RoomKey};

/// How long a user without sockets is remembered, so that reconnecting renews no allowance: by
/// then every bucket is full again.
const REST: Duration = Duration::from_secs(60);

/// For each copy of a frame so much longer until the next time: some ten times what it costs to
/// write one, so presence takes a tenth of a core …
const PAUSE_PER_COPY: Duration = Duration::from_micros(50);
/// … and up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

fn pause_after(copies: usize) -> Duration {
    let longer = PAUSE_PER_COPY.saturating_mul(u32::try_from(copies).unwrap_or(u32::MAX));
    limits::PRESENCE_EVERY.max(longer).min(LONGEST_PAUSE)
}

/// What is to be done and when. Each delay is the same for all, so queues stay in order by
/// themselves.
#[derive(Default)]
pub struct PresenceQueue {
    changed: HashSet<RoomKey>,
    parting: VecDeque<(Instant, RoomKey, UserId)>,
    resting: VecDeque<(Instant, UserId)>,
}

impl PresenceQueue {
    /// Somebody came into the room, went, or is typing there.
    pub fn changed(&mut self, room: RoomKey) {
        self.changed.insert(room);
    }

    /// The user's last socket in the room closed; the user is gone at `due`, unless back.
    pub fn schedule_leave(&mut self, due: Instant, room: RoomKey, user: UserId) {
        self.parting.push_back((due, room, user));
    }

    /// The user's last socket closed.
    pub fn schedule_forget(&mut self, user: UserId, now: Instant) {
        self.resting.push_back((now + REST, user));
    }

    fn next_due(&self) -> Option<Instant> {
        let parting = self.parting.front().map(|(due, ..)| *due);
        let resting = self.resting.front().map(|(due, _)| *due);
        parting.into_iter().chain(resting).min()
    }
}

impl Hub {
    /// Tells presence for as long as the server runs: at once after a quiet time, and then at most
    /// once every [`limits::PRESENCE_EVERY`]; less often when many have to be told, so that who comes
    /// and goes never keeps the server from its work.
    pub async fn run_presence(&self) {
        loop {
            let (copies, due) = self.broadcast_presence(Instant::now());
            tokio::time::sleep(pause_after(copies)).await;
            let presence_changed = self.presence_changed.notified();
            match due {
                None => presence_changed.await,
                Some(due) => {
                    // Either way it is time to look again, so it does not matter which it was.
                    let _ = tokio::time::timeout_at(due.into(), presence_changed).await;
                }
            }
        }
    }

    /// Does what is due by `now`; returns how many copies of frames that made, and when there will be
    /// more without anybody stirring.
    fn broadcast_presence(&self, now: Instant) -> (usize, Option<Instant>) {
        let mut state = self.state();
        let state = &mut *state;
        while state
            .presence
            .parting
            .front()
            .is_some_and(|(due, ..)| *due <= now)
        {
            if let Some((_, key, user)) = state.presence.parting.pop_front()
                && let Some(room) = state.rooms.get_mut(&key)
                && room.leave(user, now, self.presence_grace)
            {
                state.presence.changed(key);
            }
        }
        while state
            .presence
            .resting
            .front()
            .is_some_and(|(due, _)| *due <= now)
        {
            if let Some((_, id)) = state.presence.resting.pop_front()
                && let Some(user) = state.users.get_mut(&id)
                && user.sockets.is_empty()
            {
                if user.is_forgettable(now) {
                    state.users.remove(&id);
                } else {
                    state.presence.schedule_forget(id, now);
                }
            }
        }
        let mut copies = 0;
        for key in std::mem::take(&mut state.presence.changed) {
            if let Some(room) = state.rooms.get_mut(&key) {
                copies += room.subscribers();
                // First: whoever hears of a newcomer has heard what was being typed before.
                room.broadcast_typing(self.flush_delay);
                let has_more = room.broadcast_watchers(self.flush_delay);
                if room.broadcast_presence(self.flush_delay) || has_more {
                    state.presence.changed(key.clone());
                    self.presence_changed.notify_one();
                }
            }
            state.forget_if_empty(&key);
        }
        (copies, state.presence.next_due())
    }
}
