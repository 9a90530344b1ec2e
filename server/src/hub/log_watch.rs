//! Wakes readers of a public room's log, such as outgoing webhooks, that are not in the room.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use protocol::{RoomName, Seq};
use tokio::sync::watch;

use super::{Hub, RoomKey, key_of};

/// The number of the newest event of each room whose log is watched.
#[derive(Default)]
pub struct LogWatch(Mutex<HashMap<RoomKey, watch::Sender<Seq>>>);

impl LogWatch {
    /// Reports that a room's log has grown to `seq`. A room without receivers is no longer watched.
    pub fn broadcast(&self, room: &str, seq: Seq) {
        let mut senders = self.senders();
        if let Some(sender) = senders.get(room)
            && sender.send(seq).is_err()
        {
            senders.remove(room);
        }
    }

    fn senders(&self) -> MutexGuard<'_, HashMap<RoomKey, watch::Sender<Seq>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// The number of a public room's newest event, now and whenever it grows; 0 while the log is
    /// empty.
    pub fn watch_log(&self, room: &RoomName) -> watch::Receiver<Seq> {
        let key = key_of(room);
        let receiver = {
            let mut senders = self.log_watch.senders();
            let sender = senders.entry(key.clone()).or_default();
            sender.subscribe()
        };
        // An event that is published from now on is reported. The number of the newest one before
        // is read only now, so that none is missed in between.
        let newest = self.rooms.get(&key).map_or(0, |room| room.seq());
        if let Some(sender) = self.log_watch.senders().get(&key) {
            sender.send_if_modified(|seq| {
                let is_newer = newest > *seq;
                *seq = newest.max(*seq);
                is_newer
            });
        }
        receiver
    }
}
