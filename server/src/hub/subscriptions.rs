//! Entering and leaving public rooms, and the end of connections.
//!
//! That a connection is in a room is recorded twice: with the user, as the rooms of the connection,
//! and in the room, as a subscriber. No lock is held while another is taken, so the two are
//! changed one after the other, and always in this order:
//!
//! - Entering adds the subscriber first and the connection's room second. If the connection is not
//!   registered any more by then, the subscriber is removed again.
//! - Leaving, disconnecting and signing out remove the connection's room first and the subscriber
//!   second.
//!
//! So no subscriber is left behind. When a connection is removed while it enters a room, it either
//! had the room already, and then the subscriber was there before and is removed; or it did not,
//! and then the second step of entering does not find the connection. Connections are never
//! registered again, because each has an id of its own. The commands of one connection run one
//! after the other, so it never enters and leaves the same room at the same time.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use protocol::{Close, Code, Refusal, RoomName, UserId, limits, name};

use super::{ConnectionHandle, Hub, JoinTicket, key_of, shared_room::SharedRoom};

/// How long a client waits before it reconnects with a new cookie: by then the browser has it.
const NEW_COOKIE_TIME: Duration = Duration::from_secs(2);

impl Hub {
    /// Subscribes the connection to a public room, which is created if it is new. Published events
    /// are buffered for the connection until [`Hub::complete_join`].
    ///
    /// # Errors
    /// [`Code::TooManyRooms`]; [`Code::LoginFirst`] once signed out; those of [`Hub::find_room`].
    pub fn subscribe(
        &self,
        connection: &ConnectionHandle,
        name: RoomName,
    ) -> Result<JoinTicket, Refusal> {
        let key = key_of(&name);
        let has_capacity = self.users.with_connection(connection, |joining| {
            joining.rooms.len() < limits::ROOMS_PER_SOCKET || joining.rooms.contains(key.as_str())
        });
        match has_capacity {
            Some(true) => {}
            Some(false) => return Err(Code::TooManyRooms.into()),
            None => return Err(Code::LoginFirst.into()),
        }
        let room = self.add_subscriber(connection, name)?;
        let is_new = self.users.with(connection.user, |user| {
            user.away.remove(key.as_str());
            let joining = user.connection(&connection.send_queue)?;
            // A removed room of this name may still be there.
            let before = joining.rooms.replace(room.clone());
            Some(!before.is_some_and(|before| before.is_same(&room)))
        });
        match is_new.flatten() {
            Some(is_new) => Ok(JoinTicket {
                name: room.name().clone(),
                is_new,
            }),
            None => {
                self.leave_room(connection, &room);
                Err(Code::LoginFirst.into())
            }
        }
    }

    fn add_subscriber(
        &self,
        connection: &ConnectionHandle,
        name: RoomName,
    ) -> Result<SharedRoom, Refusal> {
        loop {
            let found = self.rooms.find_or_create(name.clone())?;
            let mut room = found.lock();
            if room.is_removed {
                drop(room);
                self.remove_room(&found);
                continue;
            }
            let has_joined = room.subscribe(connection);
            drop(room);
            if has_joined {
                found.visit();
                self.presence_changed([&found]);
            }
            return Ok(found);
        }
    }

    /// Removes the connection from a public room. Returns the room's name as it was first written.
    ///
    /// # Errors
    /// [`Code::NotInRoom`].
    pub fn leave(&self, connection: &ConnectionHandle, room: &RoomName) -> Result<String, Refusal> {
        let key = key_of(room);
        let room = self
            .users
            .with_connection(connection, |leaving| leaving.rooms.take(key.as_str()))
            .flatten()
            .ok_or(Code::NotInRoom)?;
        self.leave_room(connection, &room);
        Ok(room.name().as_str().to_owned())
    }

    fn leave_room(&self, connection: &ConnectionHandle, left: &SharedRoom) {
        let now = Instant::now();
        let mut room = left.lock();
        let was_last = room.unsubscribe(connection.user, connection.send_queue.id(), now) == 0;
        let has_left = was_last && room.remove_if_away(connection.user, now, Duration::ZERO);
        let has_changed = has_left || room.watching.has_changed();
        drop(room);
        if has_changed {
            self.presence_changed([left]);
        }
        if has_left {
            self.remove_if_unused(left);
        }
    }

    /// Unregisters a closed connection. Its user stays present in the rooms for the grace period.
    pub fn disconnect(&self, connection: &ConnectionHandle) {
        let (now, user) = (Instant::now(), connection.user);
        let id = connection.send_queue.id();
        self.followers.remove(id);
        let mut users = self.users.lock(user);
        let Some(state) = users.get_mut(&user) else {
            return;
        };
        let rooms = state.remove_connection(id, now);
        if state.is_unused() {
            users.remove(&user);
        }
        drop(users);
        let mut changed = Vec::new();
        for left in &rooms {
            let mut room = left.lock();
            room.unsubscribe(user, id, now);
            if room.watching.has_changed() {
                changed.push(left);
            }
        }
        self.presence_changed(changed);
        self.schedule_leave(user, rooms, now + self.presence_grace);
    }

    /// Closes the user's connections. The user's session stays as it is, so a client may reconnect.
    pub fn disconnect_user(&self, user: UserId, close: Close) {
        self.users.with(user, |user| {
            for connection in &user.connections {
                connection.send_queue.close(close);
            }
        });
    }

    /// Closes the user's connections, because the session has a new secret. The browser shows its
    /// new cookie when it reconnects, which it may not have at once.
    pub fn reconnect_user(&self, user: UserId) {
        self.users.with(user, |user| {
            for connection in &user.connections {
                let send_queue = &connection.send_queue;
                send_queue.close_after_asking(Close::Restart, NEW_COOKIE_TIME);
            }
        });
    }

    /// Closes the user's connections and removes the user from all rooms without a grace period.
    pub fn sign_out(&self, user: UserId) {
        // The hub refuses requests of a connection that is not registered, so a connection that
        // closes slowly can do nothing more.
        let Some(state) = self.users.lock(user).remove(&user) else {
            return;
        };
        let mut ids = Vec::new();
        let mut rooms: HashSet<_> = state.away.into_keys().collect();
        for connection in state.connections {
            connection.send_queue.close(Close::SignedOut);
            ids.push(connection.send_queue.id());
            rooms.extend(connection.rooms);
        }
        for left in &rooms {
            let was_here = left.lock().remove_user(user, &ids);
            if was_here {
                self.presence_changed([left]);
                self.remove_if_unused(left);
            }
        }
    }

    /// Removes a room in which nobody is present and whose log is empty. The room of announcements
    /// stays.
    pub(super) fn remove_if_unused(&self, unused: &SharedRoom) {
        let mut room = unused.lock();
        if room.is_unused() && !room.name.is_announcements() {
            // A thread that has found the room in the directory looks for it again.
            room.is_removed = true;
            drop(room);
            self.remove_room(unused);
        }
    }

    /// Removes a public room whose log was removed. Its connections leave it and are told so.
    pub fn remove_stored_room(&self, name: &str) {
        let Some(removed) = self.rooms.get(&name::fold_key(name)) else {
            return;
        };
        let mut room = removed.lock();
        room.is_removed = true;
        // Sent while the room is locked, so that a connection which enters the next room of this
        // name is told before.
        let subscribers = room.remove_all();
        drop(room);
        self.remove_room(&removed);
        for (user, send_queue) in subscribers {
            self.users.with(user, |user| {
                let connection = user.connection(&send_queue)?;
                let is_it = |known: &SharedRoom| known.is_same(&removed);
                if connection.rooms.get(removed.key()).is_some_and(is_it) {
                    connection.rooms.remove(removed.key());
                }
                Some(())
            });
        }
    }

    /// Removes a room that nobody may enter any more from the directory.
    pub(super) fn remove_room(&self, removed: &SharedRoom) {
        if self.rooms.remove(removed) {
            self.followers.room_removed(removed);
        }
    }
}
