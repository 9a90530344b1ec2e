//! Wakes readers of a public room's log, such as outgoing webhooks, that are not in the room.

use std::collections::HashMap;

use protocol::{RoomName, Seq};
use tokio::sync::watch;

use super::{Hub, RoomKey, key_of};

/// The number of the newest event of each room whose log is watched.
#[derive(Default)]
pub struct LogWatch(HashMap<RoomKey, watch::Sender<Seq>>);

impl LogWatch {
    /// Reports that a room's log has grown to `seq`. A room without receivers is no longer watched.
    pub fn broadcast(&mut self, room: &str, seq: Seq) {
        if let Some(sender) = self.0.get(room)
            && sender.send(seq).is_err()
        {
            self.0.remove(room);
        }
    }
}

impl Hub {
    /// The number of a public room's newest event, now and whenever it grows; 0 while the log is
    /// empty.
    pub fn watch_log(&self, room: &RoomName) -> watch::Receiver<Seq> {
        let key = key_of(room);
        let mut state = self.state();
        let newest = state.rooms.get(&key).map_or(0, |room| room.seq);
        let new_sender = || watch::Sender::new(newest);
        let sender = state.log_watch.0.entry(key).or_insert_with(new_sender);
        // A sender without receivers may be out of date.
        sender.send_replace(newest);
        sender.subscribe()
    }
}
