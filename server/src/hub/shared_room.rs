//! A public room behind a lock of its own, with a summary that can be read without the lock.

use std::{
    borrow::Borrow,
    hash::{Hash, Hasher},
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
};

use protocol::{RoomLine, RoomName, Seq};

use super::{RoomKey, key_of, room::Room};

/// A public room. Equal to another one with the same key, so it can be found by its key.
#[derive(Clone)]
pub struct SharedRoom(Arc<RoomEntry>);

struct RoomEntry {
    key: RoomKey,
    name: RoomName,
    /// Those of the room when its lock was last released.
    online: AtomicUsize,
    seq: AtomicU64,
    used_at: AtomicI64,
    /// Whether `online` has changed since [`SharedRoom::take_changed`], or the room is new.
    has_changed: AtomicBool,
    /// Whether somebody has joined since [`SharedRoom::take_visited`].
    is_visited: AtomicBool,
    list_version: Arc<ListVersion>,
    room: Mutex<Room>,
}

/// Counts the changes of all rooms' summaries.
#[derive(Default)]
pub struct ListVersion(AtomicU64);

impl ListVersion {
    /// Every change that this number counts can be seen in the summaries that are read afterwards.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Call this after the change.
    pub fn advance(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// The lock on a room. The summary is brought up to date when it is released.
pub struct RoomGuard<'a> {
    entry: &'a RoomEntry,
    room: MutexGuard<'a, Room>,
}

impl SharedRoom {
    pub fn new(name: RoomName, list_version: &Arc<ListVersion>) -> Self {
        Self(Arc::new(RoomEntry {
            key: key_of(&name),
            name: name.clone(),
            online: AtomicUsize::new(0),
            seq: AtomicU64::new(0),
            used_at: AtomicI64::new(0),
            has_changed: AtomicBool::new(true),
            is_visited: AtomicBool::new(false),
            list_version: Arc::clone(list_version),
            room: Mutex::new(Room::new(name)),
        }))
    }

    /// The [`fold_key`](protocol::name::fold_key) of the name.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// The name as it was first written.
    pub fn name(&self) -> &RoomName {
        &self.0.name
    }

    pub fn lock(&self) -> RoomGuard<'_> {
        RoomGuard {
            entry: &self.0,
            room: self.0.room.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// How many users are present.
    pub fn online(&self) -> usize {
        self.0.online.load(Ordering::Relaxed)
    }

    /// The number of the newest event that was published.
    pub fn seq(&self) -> Seq {
        self.0.seq.load(Ordering::Relaxed)
    }

    /// When that event was stored, in milliseconds since 1970; 0 if there is none.
    pub fn used_at(&self) -> i64 {
        self.0.used_at.load(Ordering::Relaxed)
    }

    /// Whether somebody is present or the log has events.
    pub fn is_used(&self) -> bool {
        self.online() > 0 || self.seq() > 0
    }

    /// The room as it is now, in a list.
    pub fn line(&self) -> RoomLine {
        RoomLine {
            room: self.name().as_str().to_owned(),
            online: self.online(),
        }
    }

    /// Whether the number of users has changed since the last call, or the room is new.
    pub fn take_changed(&self) -> bool {
        self.0.has_changed.swap(false, Ordering::AcqRel)
    }

    /// Notes that somebody has joined.
    pub fn visit(&self) {
        self.0.is_visited.store(true, Ordering::Relaxed);
    }

    /// Whether somebody has joined since the last call.
    pub fn take_visited(&self) -> bool {
        self.0.is_visited.swap(false, Ordering::Relaxed)
    }

    /// Whether this is the same room, not another one that had the same key before.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl PartialEq for SharedRoom {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for SharedRoom {}

impl Hash for SharedRoom {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl Borrow<str> for SharedRoom {
    fn borrow(&self) -> &str {
        self.key()
    }
}

impl Deref for RoomGuard<'_> {
    type Target = Room;

    fn deref(&self) -> &Room {
        &self.room
    }
}

impl DerefMut for RoomGuard<'_> {
    fn deref_mut(&mut self) -> &mut Room {
        &mut self.room
    }
}

impl Drop for RoomGuard<'_> {
    fn drop(&mut self) {
        let (entry, room) = (self.entry, &self.room);
        let has_new_events = entry.seq.swap(room.seq, Ordering::Relaxed) != room.seq;
        let online = room.online();
        let has_changed = entry.online.swap(online, Ordering::Relaxed) != online;
        if has_new_events {
            entry.used_at.store(room.used_at, Ordering::Relaxed);
        }
        if has_changed {
            entry.has_changed.store(true, Ordering::Release);
        }
        if has_changed || has_new_events {
            entry.list_version.advance();
        }
    }
}
