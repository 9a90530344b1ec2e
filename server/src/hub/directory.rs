//! Which public rooms there are.

use std::cmp::Reverse;

use protocol::{Code, Refusal, RoomLine, RoomName, Seq, limits, name};

use super::{Hub, room::Room};

impl Hub {
    /// Makes a room known that something was said in.
    pub fn add_room(&self, name: RoomName, seq: Seq, used_at: i64) {
        let mut state = self.state();
        let room = state.room(super::key_of(&name), name);
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
        let mut rooms: Vec<&Room> = state.rooms.values().collect();
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
