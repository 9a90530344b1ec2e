//! The hub knows the rooms and the connections of this node. It sends each published event to the
//! subscribers of its room, encoded once.
//!
//! Deliberately absent:
//!
//! - The store: callers pass in what they have read.
//! - The writer: the writer calls [`Hub::publish`] after its commit, and nobody else does.
//! - Rate limits: callers take tokens from the
//!   [`UserLimiter`](crate::rate_limit::UserLimiter).
//! - Waiting: all state is behind one mutex, which is held briefly and never across an
//!   `.await`. Only [`Hub::run_presence`] is asynchronous.
//!
//! State: [`room`] is a public room, [`user`] a user with open connections, [`room_list`] lists and
//! finds rooms. Events: [`audience`] says who receives them, [`batch`] encodes them, [`cursor`] and
//! [`catch_up`] join stored pages to live events without a gap or a repeat, [`direct_messages`]
//! joins private conversations, [`announcements`] reach every connection, [`log_watch`] wakes
//! readers of a room's log outside of the room, and [`message_rate`] says how long frames of a busy
//! room may be delayed. Ephemeral state: [`presence`], [`typing`], [`watching`] and
//! [`read_markers`].

mod announcements;
mod audience;
mod batch;
mod catch_up;
mod cursor;
mod direct_messages;
mod log_watch;
mod message_rate;
mod presence;
mod read_markers;
mod room;
mod room_list;
mod typing;
mod user;
mod watching;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

pub use audience::Audience;
use protocol::{
    Close, Code, Limits, LogPosition, Message, PROTOCOL_VERSION, Refusal, RoomName, Seq,
    ServerFrame, UserId, frame, limits, name,
};
use room::Room;
use tokio::sync::Notify;
use user::{UserConnection, UserState};

use crate::{permissions::Permissions, send_queue::SendQueue};

/// The [`name::fold_key`] of a public room's name.
type RoomKey = String;

/// An authenticated connection, as callers of the hub identify it.
#[derive(Clone)]
pub struct ConnectionHandle {
    pub user: UserId,
    pub nickname: String,
    pub send_queue: Arc<SendQueue>,
    pub permissions: Permissions,
}

/// The result of [`Hub::subscribe`]: a public room that a connection is joining.
pub struct JoinTicket {
    /// The room's name as it was first written.
    pub name: RoomName,
    /// Whether the connection was not in the room before.
    pub is_new: bool,
}

/// What the store has of a room, for a connection that joins it.
#[derive(Default)]
pub struct JoinSnapshot {
    /// The last event that the client has seen once it has the snapshot.
    pub end: LogPosition,
    /// Ascending.
    pub messages: Vec<Message>,
    /// Whether events are left out between the client's last event and the first of `messages`.
    pub gap: bool,
    /// The first and the last number of the events that the gap leaves out.
    pub missing: Option<[Seq; 2]>,
    /// Whether the log had nothing newer when the snapshot was read.
    pub is_all: bool,
    /// The user's read marker.
    pub read: Option<LogPosition>,
}

/// The rooms and users of this node.
pub struct Hub {
    state: Mutex<HubState>,
    messages_per_second: u32,
    presence_grace: Duration,
    flush_delay: Duration,
    presence_changed: Notify,
}

#[derive(Default)]
struct HubState {
    rooms: HashMap<RoomKey, Room>,
    /// The room that has this [`name::skeleton_key`].
    skeletons: HashMap<String, RoomKey>,
    users: HashMap<UserId, UserState>,
    presence: presence::PresenceQueue,
    log_watch: log_watch::LogWatch,
}

impl Hub {
    /// Creates a hub without rooms.
    ///
    /// `welcome` announces that each user may send `messages_per_second`; 0 means no limit. A user
    /// is still present for `presence_grace` after the user's last connection has closed. Frames of
    /// a busy room may wait for up to `flush_delay`, to be written together with later ones.
    pub fn new(messages_per_second: u32, presence_grace: Duration, flush_delay: Duration) -> Self {
        Self {
            state: Mutex::default(),
            messages_per_second,
            presence_grace,
            flush_delay,
            presence_changed: Notify::new(),
        }
    }

    /// Registers an authenticated connection and sends `welcome`. From then on the connection
    /// receives the user's private conversations. `token` is what a bot signs in with the next
    /// time.
    pub fn connect(&self, connection: &ConnectionHandle, token: Option<String>) {
        let welcome = ServerFrame::Welcome(frame::Welcome {
            nickname: connection.nickname.clone(),
            user: connection.user,
            token,
            protocol: PROTOCOL_VERSION,
            limits: Limits::new(self.messages_per_second),
        });
        let mut state = self.state();
        connection.send_queue.send(&welcome);
        let user = state.users.entry(connection.user).or_default();
        user.nickname.clone_from(&connection.nickname);
        user.connections
            .push(UserConnection::new(Arc::clone(&connection.send_queue)));
    }

    /// Unregisters a closed connection. Its user stays present in the rooms for the grace period.
    pub fn disconnect(&self, connection: &ConnectionHandle) {
        let now = Instant::now();
        let mut state = self.state();
        let state = &mut *state;
        let Some(user) = state.users.get_mut(&connection.user) else {
            return;
        };
        let id = connection.send_queue.id();
        let Some(index) = user
            .connections
            .iter()
            .position(|it| it.send_queue.id() == id)
        else {
            return;
        };
        let closed = user.connections.swap_remove(index);
        if user.connections.is_empty() {
            state.users.remove(&connection.user);
        }
        for key in closed.rooms {
            let Some(room) = state.rooms.get_mut(&key) else {
                continue;
            };
            if room.unsubscribe(connection, now) == 0 {
                let due = now + self.presence_grace;
                state
                    .presence
                    .schedule_leave(due, key.clone(), connection.user);
                self.presence_changed.notify_one();
            }
            if room.watching.has_changed() {
                state.presence.changed(key);
                self.presence_changed.notify_one();
            }
        }
    }

    /// Closes the user's connections. The user's session stays as it is, so a client may reconnect.
    pub fn disconnect_user(&self, user: UserId, close: Close) {
        if let Some(user) = self.state().users.get(&user) {
            for connection in &user.connections {
                connection.send_queue.close(close);
            }
        }
    }

    /// Closes the user's connections and removes the user from all rooms without a grace period.
    pub fn sign_out(&self, user: UserId) {
        let mut state = self.state();
        let state = &mut *state;
        // The hub refuses requests of a connection that is not registered, so a connection that
        // closes slowly can do nothing more.
        for connection in state
            .users
            .remove(&user)
            .into_iter()
            .flat_map(|user| user.connections)
        {
            connection.send_queue.close(Close::SignedOut);
        }
        let mut unused = Vec::new();
        for (key, room) in &mut state.rooms {
            if room.remove_user(user) {
                state.presence.changed(key.clone());
                self.presence_changed.notify_one();
                unused.extend(room.is_unused().then(|| key.clone()));
            }
        }
        for key in unused {
            state.remove_if_unused(&key);
        }
    }

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
        let mut state = self.state();
        let state = &mut *state;
        let Some(joining) = state.connection(connection) else {
            return Err(Code::LoginFirst.into());
        };
        if !joining.rooms.contains(&key) && joining.rooms.len() >= limits::ROOMS_PER_SOCKET {
            return Err(Code::TooManyRooms.into());
        }
        state.find_room(&name)?;
        let is_new = state
            .connection(connection)
            .is_some_and(|joining| joining.rooms.insert(key.clone()));
        let room = state.room_or_insert(key.clone(), name);
        let name = room.name.clone();
        if room.subscribe(connection) {
            state.presence.changed(key);
            self.presence_changed.notify_one();
        }
        Ok(JoinTicket { name, is_new })
    }

    /// Ends a join whose page could not be read. A connection that is new in the room leaves it;
    /// one that was in it before receives the buffered events and then live ones.
    pub fn abort_join(&self, connection: &ConnectionHandle, ticket: &JoinTicket) {
        if ticket.is_new {
            // Fails only if the connection has left the room in the meantime.
            let _ = self.leave(connection, &ticket.name);
        } else if let Some(room) = self.state().rooms.get_mut(&key_of(&ticket.name)) {
            room.abort_join(connection);
        }
    }

    /// Sends `joined` with the snapshot. `asked` is the room's name as the client wrote it. If the
    /// snapshot is complete, live events follow; otherwise pages follow, each with
    /// [`Hub::begin_page`] and [`Hub::end_page`].
    pub fn complete_join(
        &self,
        connection: &ConnectionHandle,
        room: &RoomName,
        asked: &str,
        snapshot: JoinSnapshot,
    ) {
        let key = key_of(room);
        if let Some(room) = self.state().rooms.get_mut(&key) {
            room.complete_join(connection, asked, snapshot);
        }
    }

    /// Removes the connection from a public room. Returns the room's name as it was first written.
    ///
    /// # Errors
    /// [`Code::NotInRoom`].
    pub fn leave(&self, connection: &ConnectionHandle, room: &RoomName) -> Result<String, Refusal> {
        let key = key_of(room);
        let mut state = self.state();
        let was_in = state
            .connection(connection)
            .is_some_and(|leaving| leaving.rooms.remove(&key));
        if !was_in {
            return Err(Code::NotInRoom.into());
        }
        let name = state
            .rooms
            .get(&key)
            .map(|room| room.name.as_str().to_owned());
        self.leave_room(&mut state, connection, &key);
        Ok(name.unwrap_or_default())
    }

    /// The name, as it was first written, of a public room that the connection is in.
    ///
    /// # Errors
    /// [`Code::NotInRoom`].
    pub fn room_of(
        &self,
        connection: &ConnectionHandle,
        room: &RoomName,
    ) -> Result<RoomName, Refusal> {
        let key = key_of(room);
        let mut state = self.state();
        if !state
            .connection(connection)
            .is_some_and(|it| it.rooms.contains(&key))
        {
            return Err(Code::NotInRoom.into());
        }
        let room = state.rooms.get(&key).map(|room| room.name.clone());
        room.ok_or_else(|| Code::NotInRoom.into())
    }

    /// Sends committed events of one room, ascending, to the room's audience.
    pub fn publish(&self, messages: &[Message], audience: Audience) {
        let Some(last) = messages.last() else {
            return;
        };
        let frames = batch::encode(messages);
        let mut state = self.state();
        let state = &mut *state;
        if let Audience::Direct(members) = audience {
            for member in members {
                if let Some(user) = state.users.get_mut(&member) {
                    user.deliver_direct(&last.room, &frames);
                }
            }
            return;
        }
        // Parsing cannot fail: an event is stored only in a room whose name was parsed before.
        let Ok(name) = RoomName::parse(&last.room) else {
            return;
        };
        let key = key_of(&name);
        let room = state.room_or_insert(key.clone(), name);
        (room.seq, room.used_at) = (last.seq, last.at);
        for message in messages.iter().filter(|message| !message.is_hidden()) {
            room.typing_users.remove(message.author);
        }
        room.deliver(messages, &frames, self.flush_delay);
        state.log_watch.broadcast(&key, last.seq);
        if audience == Audience::Everybody {
            state.announce(&key, &frames);
        }
    }

    fn leave_room(&self, state: &mut HubState, connection: &ConnectionHandle, key: &str) {
        let now = Instant::now();
        let Some(room) = state.rooms.get_mut(key) else {
            return;
        };
        let was_last = room.unsubscribe(connection, now) == 0;
        let has_left = was_last && room.remove_if_away(connection.user, now, Duration::ZERO);
        if has_left || room.watching.has_changed() {
            state.presence.changed(key.to_owned());
            self.presence_changed.notify_one();
        }
        if has_left {
            state.remove_if_unused(key);
        }
    }

    fn state(&self) -> MutexGuard<'_, HubState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HubState {
    fn connection(&mut self, connection: &ConnectionHandle) -> Option<&mut UserConnection> {
        self.users
            .get_mut(&connection.user)?
            .connection(&connection.send_queue)
    }
}

fn key_of(room: &RoomName) -> RoomKey {
    name::fold_key(room.as_str())
}
