//! Reports the changes of the list of public rooms to the connections that have requested it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{RoomLine, ServerFrame, frame, limits};

use super::{ConnectionHandle, Hub, room_list::RoomListing, shared_room::SharedRoom};
use crate::{
    permissions::Permissions,
    send_queue::{SendQueue, ws_frame::Frame},
};

/// The connections that have requested the list.
#[derive(Default)]
pub struct RoomListFollowers(Mutex<Followers>);

#[derive(Default)]
struct Followers {
    /// By the connection's id.
    connections: HashMap<u64, (Arc<SendQueue>, Permissions)>,
    /// The names of rooms that were removed since the last report. A connection may have received a
    /// room that was created after the last report and is gone before the next one.
    removed: Vec<String>,
    /// How many reports were made.
    reports: u64,
}

impl RoomListFollowers {
    fn lock(&self) -> MutexGuard<'_, Followers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn remove(&self, connection: u64) {
        self.lock().connections.remove(&connection);
    }

    /// Records that a room was removed.
    pub fn room_removed(&self, room: &SharedRoom) {
        let mut followers = self.lock();
        // The list has no more rooms than that.
        if followers.removed.len() < limits::ROOMS_LISTED {
            let name = room.name().as_str().to_owned();
            followers.removed.push(name);
        }
    }
}

impl Hub {
    /// Sends the list of rooms to the connection by `send`, and from then on its changes.
    pub fn send_rooms(&self, connection: &ConnectionHandle, send: impl Fn(Vec<RoomLine>)) {
        loop {
            let reports = self.followers.lock().reports;
            let mut rooms = self.rooms();
            rooms.retain(|room| connection.permissions.is_for(&room.room));
            send(rooms);
            let mut followers = self.followers.lock();
            // What was reported since the list was made may be missing in it, or may have arrived
            // before it.
            if followers.reports == reports {
                let follower = (
                    Arc::clone(&connection.send_queue),
                    connection.permissions.clone(),
                );
                let id = connection.send_queue.id();
                followers.connections.insert(id, follower);
                return;
            }
        }
    }

    /// Reports changes for as long as the server runs, at most once in
    /// [`limits::ROOMS_CHANGED_EVERY`].
    pub async fn run_rooms_changed(&self) {
        let mut reported = self.make_room_list();
        loop {
            tokio::time::sleep(limits::ROOMS_CHANGED_EVERY).await;
            self.report_rooms_changed(&mut reported);
        }
    }

    /// Sends what has changed since the list that was `reported`, if anything has.
    pub(super) fn report_rooms_changed(&self, reported: &mut Arc<RoomListing>) {
        let mut followers = self.followers.lock();
        if followers.connections.is_empty() {
            followers.removed.clear();
            return;
        }
        drop(followers);
        if self.rooms.list_version() == reported.version {
            return;
        }
        let list = self.make_room_list();
        let before = std::mem::replace(reported, Arc::clone(&list));
        let known: HashSet<&SharedRoom> = before.rooms.iter().collect();
        let is_changed = |room: &&SharedRoom| room.take_changed() | !known.contains(room);
        let rooms: Vec<_> = list.rooms.iter().filter(is_changed).collect();
        let rooms: Vec<_> = rooms.into_iter().map(SharedRoom::line).collect();
        let listed: HashSet<_> = list.rooms.iter().map(|room| room.name().as_str()).collect();
        let mut followers = self.followers.lock();
        followers.reports += 1;
        let mut gone = std::mem::take(&mut followers.removed);
        gone.extend(
            before
                .rooms
                .iter()
                .map(|room| room.name().as_str().to_owned()),
        );
        gone.retain(|name| !listed.contains(name.as_str()));
        gone.sort_unstable();
        gone.dedup();
        let changed = frame::RoomsChanged { rooms, gone };
        let mut frames: Vec<(&Permissions, Option<Frame>)> = Vec::new();
        for (send_queue, permissions) in followers.connections.values() {
            let known = frames.iter().position(|(it, _)| *it == permissions);
            let index = known.unwrap_or_else(|| {
                frames.push((permissions, encode(&changed, permissions)));
                frames.len() - 1
            });
            if let Some(frame) = &frames[index].1 {
                send_queue.push_delayed(frame.clone(), self.flush_delay);
            }
        }
    }
}

/// The frame for connections with these permissions. `None` if nothing has changed for them.
fn encode(changed: &frame::RoomsChanged, permissions: &Permissions) -> Option<Frame> {
    let mut changed = changed.clone();
    changed.rooms.retain(|room| permissions.is_for(&room.room));
    changed.gone.retain(|name| permissions.is_for(name));
    let has_changed = !changed.rooms.is_empty() || !changed.gone.is_empty();
    has_changed.then(|| Frame::from(&ServerFrame::RoomsChanged(changed)))
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use protocol::{RoomName, UserId};

    use super::*;
    use crate::permissions::{Grant, Scope};

    fn connect(hub: &Hub, user: i64, permissions: Permissions) -> ConnectionHandle {
        let connection = ConnectionHandle {
            address: None,
            user: UserId(user),
            nickname: format!("user {user}"),
            send_queue: SendQueue::detached(),
            permissions,
        };
        hub.connect(&connection, None);
        connection
    }

    fn name(room: &str) -> RoomName {
        RoomName::parse(room).expect("a name")
    }

    fn line(room: &str, online: usize) -> RoomLine {
        RoomLine {
            room: room.to_owned(),
            online,
        }
    }

    /// The changes that the connection was sent since the last call.
    fn changes(connection: &ConnectionHandle) -> Vec<frame::RoomsChanged> {
        let frames = connection.send_queue.taken();
        let frames = frames.iter().map(|frame| serde_json::from_str(frame));
        let changes = frames.filter_map(|frame| match frame.expect("a frame") {
            ServerFrame::RoomsChanged(changed) => Some(changed),
            _ => None,
        });
        changes.collect()
    }

    fn limited_to(room: &str) -> Permissions {
        Permissions::Bot(Arc::new(Grant {
            may: vec![Scope::Read],
            rooms: Some(vec![room.to_owned()]),
        }))
    }

    #[test]
    fn followers_get_what_has_changed_and_nothing_else() {
        let hub = Hub::new(0, Duration::ZERO, Duration::ZERO);
        let mut reported = hub.make_room_list();
        let [anna, ben] = [1, 2].map(|user| connect(&hub, user, Permissions::User));
        let bot = connect(&hub, 3, limited_to("tea"));
        hub.send_rooms(&anna, |rooms| assert_eq!(rooms, []));
        hub.send_rooms(&bot, |rooms| assert_eq!(rooms, []));
        for room in ["tea", "coffee"] {
            hub.subscribe(&ben, name(room)).expect("a new room");
        }
        hub.report_rooms_changed(&mut reported);
        let tea = frame::RoomsChanged {
            rooms: vec![line("tea", 1)],
            gone: vec![],
        };
        let both = frame::RoomsChanged {
            rooms: vec![line("coffee", 1), line("tea", 1)],
            gone: vec![],
        };
        assert_eq!(changes(&anna), [both]);
        assert_eq!(changes(&bot), [tea]);
        assert_eq!(changes(&ben), [], "Ben has not requested the list");
        hub.report_rooms_changed(&mut reported);
        assert_eq!(changes(&anna), []);
        hub.leave(&ben, &name("coffee")).expect("Ben is in it");
        hub.report_rooms_changed(&mut reported);
        let gone = frame::RoomsChanged {
            rooms: vec![],
            gone: vec!["coffee".to_owned()],
        };
        assert_eq!(changes(&anna), [gone]);
        assert_eq!(changes(&bot), []);
        hub.disconnect(&anna);
        hub.leave(&ben, &name("tea")).expect("Ben is in it");
        hub.report_rooms_changed(&mut reported);
        assert_eq!(changes(&anna), []);
        assert_eq!(changes(&bot).len(), 1);
    }

    #[test]
    fn what_changes_between_two_reports_reaches_who_has_seen_it_change() {
        let hub = Hub::new(0, Duration::ZERO, Duration::ZERO);
        let mut reported = hub.make_room_list();
        let [anna, ben, carl] = [1, 2, 3].map(|user| connect(&hub, user, Permissions::User));
        hub.send_rooms(&carl, |_| {});
        hub.subscribe(&ben, name("tea")).expect("a new room");
        hub.report_rooms_changed(&mut reported);
        // Anna sees two users in one room, and another room. Then all is as it was reported.
        hub.subscribe(&carl, name("tea")).expect("a room");
        hub.subscribe(&carl, name("coffee")).expect("a new room");
        hub.send_rooms(&anna, |rooms| {
            assert_eq!(rooms, [line("tea", 2), line("coffee", 1)]);
        });
        hub.leave(&carl, &name("tea")).expect("Carl is in it");
        hub.leave(&carl, &name("coffee")).expect("Carl is in it");
        hub.report_rooms_changed(&mut reported);
        let changed = frame::RoomsChanged {
            rooms: vec![line("tea", 1)],
            gone: vec!["coffee".to_owned()],
        };
        assert_eq!(changes(&anna), [changed]);
    }
}
