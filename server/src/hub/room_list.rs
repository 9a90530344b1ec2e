//! The list of public rooms: finding a room, listing rooms, creating and removing them.

use std::cmp::Reverse;

use protocol::{Code, Refusal, RoomLine, RoomName, Seq, limits, name};

use super::{Hub, HubState, RoomKey, announcements, key_of, room::Room};

impl Hub {
    /// Adds a stored room, whose log has events, at startup.
    pub fn add_room(&self, name: RoomName, seq: Seq, used_at: i64) {
        let mut state = self.state();
        let room = state.room_or_insert(key_of(&name), name);
        (room.seq, room.used_at) = (seq, used_at);
    }

    /// The public rooms: those with the most users first, then the most recently used, at most
    /// [`limits::ROOMS_LISTED`].
    pub fn rooms(&self) -> Vec<RoomLine> {
        let state = self.state();
        let order = |a: &&Room, b: &&Room| {
            let rank = |room: &Room| Reverse((room.online(), room.used_at));
            rank(a)
                .cmp(&rank(b))
                .then_with(|| a.name.as_str().cmp(b.name.as_str()))
        };
        let rooms = state.rooms.values();
        let mut rooms: Vec<&Room> = rooms.filter(|room| !room.is_unused()).collect();
        // There may be tens of thousands. Selecting first means that only the listed ones are
        // sorted.
        if rooms.len() > limits::ROOMS_LISTED {
            rooms.select_nth_unstable_by(limits::ROOMS_LISTED, order);
            rooms.truncate(limits::ROOMS_LISTED);
        }
        rooms.sort_unstable_by(order);
        let listed = |room: &Room| RoomLine {
            room: room.name.as_str().to_owned(),
            online: room.online(),
        };
        rooms.into_iter().map(listed).collect()
    }

    /// The name, as it was first written, of the public room with this name, if it exists.
    pub fn known_room(&self, room: &RoomName) -> Option<RoomName> {
        let state = self.state();
        state.rooms.get(&key_of(room)).map(|room| room.name.clone())
    }

    /// The name, as it was first written, of the public room with this name. `None` if there is
    /// none yet and it may be created.
    ///
    /// # Errors
    /// [`Code::RoomNameTaken`]; [`Code::TooManyNewRooms`] if the server can hold no more rooms.
    pub fn find_room(&self, room: &RoomName) -> Result<Option<RoomName>, Refusal> {
        self.state().find_room(room)
    }

    /// How many users are connected, and the first `most` of their nicknames in alphabetical order.
    pub fn connected_users(&self, most: usize) -> (usize, Vec<String>) {
        let state = self.state();
        let users = state.users.values();
        let connected = users.filter(|user| !user.connections.is_empty());
        let mut names: Vec<_> = connected.map(|user| user.nickname.clone()).collect();
        let online = names.len();
        names.sort_unstable_by_key(|name| name::fold_key(name));
        names.truncate(most);
        (online, names)
    }

    /// Finds a public room by name. Returns its name as it was first written, nicknames of users
    /// who are present, and their number. A room that does not exist yet has the name as given and
    /// nobody in it.
    ///
    /// # Errors
    /// [`Code::BadRoomName`] if no room can have that name, [`Code::RoomNameTaken`] if another
    /// room's name looks the same.
    pub fn look_up(&self, room: &str) -> Result<(String, Vec<String>, usize), Refusal> {
        let name = RoomName::parse(room)?;
        let state = self.state();
        if let Some(room) = state.rooms.get(&name::fold_key(name.as_str())) {
            let name = room.name.as_str().to_owned();
            return Ok((name, room.nicknames(None), room.online()));
        }
        let skeleton = name::skeleton_key(name.as_str());
        if state.skeletons.contains_key(&skeleton) {
            return Err(Code::RoomNameTaken.into());
        }
        Ok((name.as_str().to_owned(), Vec::new(), 0))
    }
}

impl HubState {
    pub(super) fn find_room(&self, room: &RoomName) -> Result<Option<RoomName>, Refusal> {
        if let Some(known) = self.rooms.get(&key_of(room)) {
            return Ok(Some(known.name.clone()));
        }
        if let Some(other) = self.skeletons.get(&name::skeleton_key(room.as_str())) {
            let other = self.rooms.get(other).map_or("", |room| room.name.as_str());
            return Err(Refusal::new(
                Code::RoomNameTaken,
                format!("The room “{other}” looks similar. Join it, or choose another name."),
            ));
        }
        if self.rooms.len() >= limits::ROOMS {
            let sentence = "This server can't hold any more rooms. Join an existing one.";
            return Err(Refusal::new(Code::TooManyNewRooms, sentence));
        }
        Ok(None)
    }

    /// The room with this key; if there is none, a new one with this name.
    pub(super) fn room_or_insert(&mut self, key: RoomKey, name: RoomName) -> &mut Room {
        self.rooms.entry(key.clone()).or_insert_with(|| {
            let skeleton = name::skeleton_key(name.as_str());
            self.skeletons.insert(skeleton, key);
            Room::new(name)
        })
    }

    /// Removes a room in which nobody is present and whose log is empty. The room of announcements
    /// stays.
    pub(super) fn remove_if_unused(&mut self, key: &str) {
        if !announcements::is_announcements(key)
            && self.rooms.get(key).is_some_and(Room::is_unused)
            && let Some(room) = self.rooms.remove(key)
        {
            self.skeletons
                .remove(&name::skeleton_key(room.name.as_str()));
        }
    }
}
