//! Which public rooms there are.

use std::{cmp::Reverse, time::Instant};

use protocol::{Code, Refusal, RoomLine, RoomName, Seq, UserId, limits, name};

use super::{Hub, State, key_of, room::Room};

impl Hub {
    /// Makes a room known that something was said in.
    pub fn add_room(&self, name: RoomName, seq: Seq, used_at: i64) {
        let mut state = self.state();
        let room = state.room(key_of(&name), name);
        (room.seq, room.used_at) = (seq, used_at);
    }

    /// The public rooms: the fullest first, then the most recently used, at most
    /// [`limits::ROOMS_LISTED`].
    pub fn rooms(&self) -> Vec<RoomLine> {
        let state = self.state();
        let order = |a: &&Room, b: &&Room| {
            let place = |room: &Room| Reverse((room.online(), room.used_at));
            place(a)
                .cmp(&place(b))
                .then_with(|| a.name.as_str().cmp(b.name.as_str()))
        };
        let rooms = state.rooms.values();
        let mut rooms: Vec<&Room> = rooms.filter(|room| !room.is_forgotten()).collect();
        // Of tens of thousands only those that are listed are put in order.
        if rooms.len() > limits::ROOMS_LISTED {
            rooms.select_nth_unstable_by(limits::ROOMS_LISTED, order);
            rooms.truncate(limits::ROOMS_LISTED);
        }
        rooms.sort_unstable_by(order);
        let line = |room: &Room| RoomLine {
            room: room.name.as_str().to_owned(),
            online: room.online(),
        };
        rooms.into_iter().map(line).collect()
    }

    /// The public room of this name, as it is written, if it is there.
    pub fn known_room(&self, room: &RoomName) -> Option<RoomName> {
        let state = self.state();
        state.rooms.get(&key_of(room)).map(|room| room.name.clone())
    }

    /// The public room of this name, as it is written, for a user who need not be connected; a new one
    /// may be made with what is said.
    ///
    /// # Errors
    /// [`Code::RoomNameTaken`], [`Code::TooManyNewRooms`].
    pub fn room_for(&self, user: UserId, room: RoomName) -> Result<RoomName, Refusal> {
        let mut state = self.state();
        self.remember(&mut state, user);
        state.admit(user, &room)?;
        let known = state.rooms.get(&key_of(&room));
        Ok(known.map_or(room, |room| room.name.clone()))
    }

    /// How many people are connected, and the nicknames of at most so many, in order.
    pub fn people(&self, most: usize) -> (usize, Vec<String>) {
        let state = self.state();
        let here = state.users.values().filter(|user| !user.sockets.is_empty());
        let mut names: Vec<_> = here.map(|user| user.nickname.clone()).collect();
        let online = names.len();
        names.sort_unstable_by_key(|name| name::fold_key(name));
        names.truncate(most);
        (online, names)
    }

    /// The room that goes by this name: its name as it is written, and who is in it. A room that
    /// is new has nobody in it and is written as asked.
    ///
    /// # Errors
    /// [`Code::BadRoomName`] if there can be no such room, [`Code::RoomNameTaken`] if another one
    /// looks the same.
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

impl State {
    /// May this user be in, or speak in, a room of this name, if that makes a new one?
    pub(super) fn admit(&mut self, user: UserId, room: &RoomName) -> Result<(), Refusal> {
        if self.rooms.contains_key(&key_of(room)) {
            return Ok(());
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
        let user = self.users.get_mut(&user).ok_or(Code::LoginFirst)?;
        let taken = user.new_rooms.take(Instant::now());
        taken.map_err(|wait| Refusal::retry_after(Code::TooManyNewRooms, wait))
    }
}
