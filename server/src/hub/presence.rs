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
pub struct Agenda {
    changed: HashSet<RoomKey>,
    parting: VecDeque<(Instant, RoomKey, UserId)>,
    resting: VecDeque<(Instant, UserId)>,
}

impl Agenda {
    /// Somebody came into the room, went, or is typing there.
    pub fn changed(&mut self, room: RoomKey) {
        self.changed.insert(room);
    }

    /// The user's last socket in the room closed; the user is gone at `due`, unless back.
    pub fn part_later(&mut self, due: Instant, room: RoomKey, user: UserId) {
        self.parting.push_back((due, room, user));
    }

    /// The user's last socket closed.
    pub fn rest(&mut self, user: UserId, now: Instant) {
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
    pub async fn keep_presence(&self) {
        loop {
            let (copies, due) = self.tell_presence(Instant::now());
            tokio::time::sleep(pause_after(copies)).await;
            let stirred = self.stirred.notified();
            match due {
                None => stirred.await,
                Some(due) => {
                    // Either way it is time to look again, so it does not matter which it was.
                    let _ = tokio::time::timeout_at(due.into(), stirred).await;
                }
            }
        }
    }

    /// Does what is due by `now`; returns how many copies of frames that made, and when there will be
    /// more without anybody stirring.
    fn tell_presence(&self, now: Instant) -> (usize, Option<Instant>) {
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
                && room.part(user, now, self.presence_grace)
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
                && let Some(user) = state.people.get_mut(&id)
                && user.sockets.is_empty()
            {
                if user.is_rested(now) {
                    state.people.remove(&id);
                } else {
                    state.presence.rest(id, now);
                }
            }
        }
        let mut copies = 0;
        for key in std::mem::take(&mut state.presence.changed) {
            if let Some(room) = state.rooms.get_mut(&key) {
                copies += room.listeners();
                // First: whoever hears of a newcomer has heard what was being typed before.
                room.tell_typing(self.linger);
                let has_more = room.tell_watchers(self.linger);
                if room.tell_presence(self.linger) || has_more {
                    state.presence.changed(key.clone());
                    self.stirred.notify_one();
                }
            }
            state.forget_if_empty(&key);
        }
        (copies, state.presence.next_due())
    }
}
