//! Who reads a room's log as it grows, without being in the room.

use std::collections::HashMap;

use protocol::{RoomName, Seq};
use tokio::sync::watch;

use super::{Hub, RoomKey, key_of};

/// The newest number of each room that is followed.
#[derive(Default)]
pub struct LogWatch(HashMap<RoomKey, watch::Sender<Seq>>);

impl LogWatch {
    /// A room's log has grown so far. Who does not follow it any more is forgotten.
    pub fn broadcast(&mut self, room: &str, seq: Seq) {
        if let Some(sender) = self.0.get(room)
            && sender.send(seq).is_err()
        {
            self.0.remove(room);
        }
    }
}

impl Hub {
    /// The newest number of a public room, now and whenever it grows; 0 before anything is said.
    pub fn follow(&self, room: &RoomName) -> watch::Receiver<Seq> {
        let key = key_of(room);
        let mut state = self.state();
        let newest = state.rooms.get(&key).map_or(0, |room| room.seq);
        let begin = || watch::Sender::new(newest);
        let follower = state.followers.0.entry(key).or_insert_with(begin);
        // The one that stands there may have had nobody to be told.
        follower.send_replace(newest);
        follower.subscribe()
    }
}
