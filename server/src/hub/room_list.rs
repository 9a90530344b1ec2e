//! The list of public rooms: listing and finding rooms.

use std::{
    cmp::Reverse,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use protocol::{Code, Refusal, RoomLine, RoomName, Seq, UserId, limits, name};

use super::{Hub, key_of, shared_room::SharedRoom};

/// Up to so many rooms, the list is always up to date. With more rooms, making it takes longer …
const ALWAYS_UP_TO_DATE: usize = limits::ROOMS_LISTED;
/// … and it may be this old.
const LONGEST_AGE: Duration = Duration::from_secs(1);

/// The list as it was last made.
#[derive(Default)]
pub struct CachedRoomList(Mutex<Option<Arc<RoomListing>>>);

/// The listed rooms at one moment.
pub struct RoomListing {
    /// The changes of rooms that the list has.
    pub version: u64,
    /// The fullest first, then the most recently used: at most [`limits::ROOMS_LISTED`].
    pub rooms: Vec<SharedRoom>,
    /// How many rooms there were in all, listed or not.
    count: usize,
    made_at: Instant,
}

/// A room with its number of users and the time of its newest event.
type RankedRoom = (Reverse<(usize, i64)>, SharedRoom);

impl CachedRoomList {
    fn get(&self) -> Option<Arc<RoomListing>> {
        let list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        list.clone()
    }

    fn set(&self, made: Arc<RoomListing>) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have made a newer one in the meantime.
        if list.as_ref().is_none_or(|it| it.version <= made.version) {
            *list = Some(made);
        }
    }
}

/// The result of [`Hub::look_up`].
type FoundRoom = (String, Vec<(UserId, String)>, usize);

impl Hub {
    /// Adds a stored room, whose log has events, at startup.
    pub fn add_room(&self, name: RoomName, seq: Seq, used_at: i64) {
        let added = self.rooms.get_or_insert(name);
        let mut room = added.lock();
        (room.seq, room.used_at) = (seq, used_at);
    }

    /// The public rooms: those with the most users first, then the most recently used, at most
    /// [`limits::ROOMS_LISTED`].
    pub fn rooms(&self) -> Vec<RoomLine> {
        self.room_list()
            .rooms
            .iter()
            .map(SharedRoom::line)
            .collect()
    }

    /// The list of rooms, made anew if it has changed.
    fn room_list(&self) -> Arc<RoomListing> {
        let version = self.rooms.list_version();
        if let Some(list) = self.room_list.get()
            && (list.version == version
                || list.count > ALWAYS_UP_TO_DATE && list.made_at.elapsed() < LONGEST_AGE)
        {
            return list;
        }
        self.make_room_list()
    }

    /// Makes the list of the rooms' summaries: no lock of a room is taken, and none is held while
    /// rooms are sorted.
    pub(super) fn make_room_list(&self) -> Arc<RoomListing> {
        let version = self.rooms.list_version();
        let made_at = Instant::now();
        // The rank is read once, because it may change while rooms are sorted.
        let ranked = |room: SharedRoom| (Reverse((room.online(), room.used_at())), room);
        let used = self.rooms.all().into_iter().filter(SharedRoom::is_used);
        let mut rooms: Vec<RankedRoom> = used.map(ranked).collect();
        let order = |a: &RankedRoom, b: &RankedRoom| {
            let by_name = || a.1.name().as_str().cmp(b.1.name().as_str());
            a.0.cmp(&b.0).then_with(by_name)
        };
        let count = rooms.len();
        // There may be tens of thousands. Selecting first means that only the listed ones are
        // sorted.
        if count > limits::ROOMS_LISTED {
            rooms.select_nth_unstable_by(limits::ROOMS_LISTED, order);
            rooms.truncate(limits::ROOMS_LISTED);
        }
        rooms.sort_unstable_by(order);
        let list = Arc::new(RoomListing {
            version,
            rooms: rooms.into_iter().map(|(_, room)| room).collect(),
            count,
            made_at,
        });
        self.room_list.set(Arc::clone(&list));
        list
    }

    /// The name, as it was first written, of the public room with this name, if it exists.
    pub fn known_room(&self, room: &RoomName) -> Option<RoomName> {
        let room = self.rooms.get(&key_of(room))?;
        Some(room.name().clone())
    }

    /// The name, as it was first written, of the public room with this name. `None` if there is
    /// none yet and it may be created.
    ///
    /// # Errors
    /// [`Code::RoomNameTaken`]; [`Code::TooManyNewRooms`] if the server can hold no more rooms.
    pub fn find_room(&self, room: &RoomName) -> Result<Option<RoomName>, Refusal> {
        let found = self.rooms.find(room)?;
        Ok(found.map(|room| room.name().clone()))
    }

    /// How many users are connected, and the first `most` of their nicknames in alphabetical order.
    pub fn connected_users(&self, most: usize) -> (usize, Vec<String>) {
        let mut names = Vec::new();
        self.users.for_each(|user| {
            if !user.connections.is_empty() {
                names.push(user.nickname.clone());
            }
        });
        let online = names.len();
        names.sort_by_cached_key(|name| name::fold_key(name));
        names.truncate(most);
        (online, names)
    }

    /// The names of the rooms with 1 to `events` events in which somebody is, or has been since
    /// this was called last.
    pub fn take_visited_rooms(&self, events: Seq) -> Vec<String> {
        let all = self.rooms.all().into_iter();
        let small = all.filter(|room| (1..=events).contains(&room.seq()));
        let visited = small.filter(|room| room.take_visited() || room.online() > 0);
        visited
            .map(|room| room.name().as_str().to_owned())
            .collect()
    }

    /// How many users are in the public room with this name.
    pub fn online(&self, room: &str) -> usize {
        let room = self.rooms.get(&name::fold_key(room));
        room.map_or(0, |room| room.online())
    }

    /// How many public rooms there are.
    pub fn room_count(&self) -> usize {
        self.rooms.all().len()
    }

    /// The rooms in which somebody is present, and how many users are.
    pub fn online_counts(&self) -> Vec<(String, usize)> {
        let all = self.rooms.all().into_iter();
        let used = all.filter(|room| room.online() > 0);
        used.map(|room| (room.name().as_str().to_owned(), room.online()))
            .collect()
    }

    /// How many connections the user has.
    pub fn connections_of(&self, user: UserId) -> usize {
        let count = self.users.with(user, |user| user.connections.len());
        count.unwrap_or(0)
    }

    /// Finds a public room by name. Returns its name as it was first written, users who are present
    /// with their nicknames, and their number. A room that does not exist yet has the name as given
    /// and nobody in it.
    ///
    /// # Errors
    /// [`Code::BadRoomName`] if no room can have that name, [`Code::RoomNameTaken`] if another
    /// room's name looks the same.
    pub fn look_up(&self, room: &str) -> Result<FoundRoom, Refusal> {
        let name = RoomName::parse(room)?;
        match self.rooms.find(&name) {
            Ok(Some(found)) => {
                let room = found.lock();
                let name = room.name.as_str().to_owned();
                Ok((name, room.present(None), room.online()))
            }
            Err(refusal) if refusal.code == Code::RoomNameTaken => Err(Code::RoomNameTaken.into()),
            Err(refusal) if refusal.code == Code::BadRoomName => Err(refusal),
            // A page of a room that cannot be created may be read all the same.
            Ok(None) | Err(_) => Ok((name.as_str().to_owned(), Vec::new(), 0)),
        }
    }
}
