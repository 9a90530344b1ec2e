//! Finds, creates and removes public rooms.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use protocol::{Code, Refusal, RoomName, limits, name};

use super::{
    key_of,
    shared_room::{ListVersion, SharedRoom},
};

/// All public rooms of this node.
///
/// Finding a room shares the lock, so rooms that exist never wait for each other. Only creating and
/// removing a room, which is rare and brief, takes it alone: a name and the names that look the
/// same have to be claimed in one step.
#[derive(Default)]
pub struct RoomDirectory {
    names: RwLock<Names>,
    list_version: Arc<ListVersion>,
}

#[derive(Default)]
struct Names {
    rooms: HashSet<SharedRoom>,
    /// The rooms that look like this, by their [`skeletons`], the oldest first. There are several
    /// only if they are older than the rule that no new room may look like another.
    skeletons: HashMap<String, Vec<SharedRoom>>,
}

impl RoomDirectory {
    /// Counts the changes of the list of rooms.
    pub fn list_version(&self) -> u64 {
        self.list_version.get()
    }

    pub fn get(&self, key: &str) -> Option<SharedRoom> {
        self.read().rooms.get(key).cloned()
    }

    /// All rooms, in no order.
    pub fn all(&self) -> Vec<SharedRoom> {
        self.read().rooms.iter().cloned().collect()
    }

    /// The room with this name. `None` if there is none yet and it may be created.
    ///
    /// # Errors
    /// [`Code::BadRoomName`] if no room may be created under this name; [`Code::RoomNameTaken`];
    /// [`Code::TooManyNewRooms`] if the server can hold no more rooms.
    pub fn find(&self, room: &RoomName) -> Result<Option<SharedRoom>, Refusal> {
        self.read().find(room)
    }

    /// The room with this name, which is created if it is new.
    ///
    /// # Errors
    /// Those of [`RoomDirectory::find`].
    pub fn find_or_create(&self, room: RoomName) -> Result<SharedRoom, Refusal> {
        if let Some(known) = self.find(&room)? {
            return Ok(known);
        }
        let mut names = self.write();
        match names.find(&room)? {
            Some(known) => Ok(known),
            None => Ok(names.insert(room, &self.list_version)),
        }
    }

    /// The room with this name, which is stored, so no limit applies.
    pub fn get_or_insert(&self, room: RoomName) -> SharedRoom {
        let mut names = self.write();
        match names.rooms.get(key_of(&room).as_str()) {
            Some(known) => known.clone(),
            None => names.insert(room, &self.list_version),
        }
    }

    /// Removes the room. Returns whether it was there.
    pub fn remove(&self, room: &SharedRoom) -> bool {
        let skeletons = skeletons(room.name());
        let mut names = self.write();
        for skeleton in skeletons {
            if let Some(alike) = names.skeletons.get_mut(&skeleton) {
                alike.retain(|known| !known.is_same(room));
                if alike.is_empty() {
                    names.skeletons.remove(&skeleton);
                }
            }
        }
        let was_there = names.rooms.get(room).is_some_and(|it| it.is_same(room));
        if was_there {
            names.rooms.remove(room);
            self.list_version.advance();
        }
        was_there
    }

    fn read(&self) -> RwLockReadGuard<'_, Names> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Names> {
        self.names.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Names {
    fn find(&self, room: &RoomName) -> Result<Option<SharedRoom>, Refusal> {
        if let Some(known) = self.rooms.get(key_of(room).as_str()) {
            return Ok(Some(known.clone()));
        }
        let skeletons = skeletons(room);
        let mut alike = skeletons.iter().filter_map(|it| self.skeletons.get(it));
        if let Some(other) = alike.find_map(|alike| alike.first()) {
            let other = other.name();
            return Err(Refusal::new(
                Code::RoomNameTaken,
                format!("The room “{other}” looks similar. Join it, or choose another name."),
            ));
        }
        room.check_new()?;
        if self.rooms.len() >= limits::ROOMS {
            let sentence = "This server can't hold any more rooms. Join an existing one.";
            return Err(Refusal::new(Code::TooManyNewRooms, sentence));
        }
        Ok(None)
    }

    fn insert(&mut self, name: RoomName, list_version: &Arc<ListVersion>) -> SharedRoom {
        let skeletons = skeletons(&name);
        let room = SharedRoom::new(name, list_version);
        self.rooms.insert(room.clone());
        for skeleton in skeletons {
            let alike = self.skeletons.entry(skeleton).or_default();
            // Two forms of one name may have the same skeleton.
            if !alike.iter().any(|known| known.is_same(&room)) {
                alike.push(room.clone());
            }
        }
        room
    }
}

/// A room looks like every other with one of these. The last is unique in the store as well.
fn skeletons(room: &RoomName) -> [String; 4] {
    let [written, lower, upper] = name::skeletons(room.as_str());
    [written, lower, upper, name::skeleton_key(room.as_str())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_that_look_alike_and_are_older_than_the_rule_keep_each_other_taken() {
        let directory = RoomDirectory::default();
        let name = |text| RoomName::parse(text).expect("a name");
        let older = directory.get_or_insert(name("ADMIN"));
        let newer = directory.get_or_insert(name("ADMlN"));
        let taken_by = |text| {
            let found = directory.find(&name(text)).map(|_| ());
            let refusal = found.expect_err("it looks similar");
            assert_eq!(refusal.code, Code::RoomNameTaken);
            ["ADMIN", "ADMlN"]
                .into_iter()
                .find(|other| refusal.message.contains(other))
        };
        assert_eq!(taken_by("ADM1N"), Some("ADMIN"), "the oldest");
        assert!(directory.remove(&older));
        assert_eq!(taken_by("ADM1N"), Some("ADMlN"));
        assert!(directory.remove(&newer));
        assert!(directory.find(&name("ADM1N")).is_ok_and(|it| it.is_none()));
    }
}
