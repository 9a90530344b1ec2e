//! Who listens to what on this node. Encodes once, and hands the same bytes to everyone.
//!
//! Deliberately absent: the store (whoever calls brings what it read), the writer (which calls
//! [`Hub::publish`] after its commit, and nobody else does), and any waiting: one mutex, held for
//! moments, never across an `.await`. [`room`] and [`user`] hold the state, [`cursor`] and
//! [`pages`] join stored pages to the live events without a seam, [`presence`] gathers who came and
//! went and [`typing`] who is typing, [`directory`] tells which rooms there are, [`directs`] joins
//! private conversations, [`reads`] tells a user's sockets what is read, [`rate_limits`] counts
//! what each user does, [`announcing`] tells everybody something, [`followers`] wakes who reads a
//! room's log, [`watching`] who watches which game, [`batch`] makes frames of events,
//! [`pace`] says for how long they flush_delay.

mod announcements;
mod batch;
mod catch_up;
mod cursor;
mod direct_messages;
mod log_watch;
mod message_rate;
mod presence;
mod rate_limits;
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

use protocol::{
    Close, Code, Limits, LogPosition, Message, PROTOCOL_VERSION, Refusal, RoomName, Seq,
    ServerFrame, UserId, frame, limits, name,
};
use room::Room;
use tokio::sync::Notify;
use user::{Socket, User};

use crate::{permissions::Permissions, send_queue::SendQueue};

/// A public room's [`name::fold_key`].
type RoomKey = String;

/// A signed-in socket.
#[derive(Clone)]
pub struct ConnectionHandle {
    pub user: UserId,
    pub nickname: String,
    pub send_queue: Arc<SendQueue>,
    pub permissions: Permissions,
}

/// A public room that a socket is in.
pub struct JoinTicket {
    /// As it is written.
    pub name: RoomName,
    /// Was the socket not in it before?
    pub is_new: bool,
}

/// What the store holds of a room, for who joins it.
#[derive(Default)]
pub struct JoinSnapshot {
    /// Up to where this brings one.
    pub upto: LogPosition,
    /// Ascending.
    pub messages: Vec<Message>,
    /// Where one was lies elsewhere than just before the first of these.
    pub gap: bool,
    /// The first and the last of the events that were left out there.
    pub missing: Option<[Seq; 2]>,
    /// Nothing newer was in the log.
    pub is_all: bool,
    /// Up to where this user has read.
    pub read: Option<LogPosition>,
}

/// The rooms and the people of this node.
pub struct Hub {
    state: Mutex<State>,
    messages_per_second: u32,
    presence_grace: Duration,
    flush_delay: Duration,
    presence_changed: Notify,
}

#[derive(Default)]
struct State {
    rooms: HashMap<RoomKey, Room>,
    /// Which room has this [`name::skeleton_key`].
    skeletons: HashMap<String, RoomKey>,
    users: HashMap<UserId, User>,
    presence: presence::PresenceQueue,
    followers: log_watch::LogWatch,
}

impl Hub {
    /// A hub without rooms. `presence_grace`: how long after the last socket closed a user is
    /// still counted as here; `messages_per_second` per user, 0 for no limit; `flush_delay`: for how
    /// long what a busy room is told may wait to be written with what comes next.
    pub fn new(messages_per_second: u32, presence_grace: Duration, flush_delay: Duration) -> Self {
        Self {
            state: Mutex::default(),
            messages_per_second,
            presence_grace,
            flush_delay,
            presence_changed: Notify::new(),
        }
    }

    /// A socket has signed in: it is welcomed, and from then on hears its private conversations.
    /// `token` is what a bot comes back with.
    pub fn connect(&self, connection: &ConnectionHandle, token: Option<String>) {
        let welcome = ServerFrame::Welcome(frame::Welcome {
            nickname: connection.nickname.clone(),
            user: connection.user,
            token,
            protocol: PROTOCOL_VERSION,
            limits: Limits::new(self.messages_per_second),
        });
        let now = Instant::now();
        let mut state = self.state();
        connection.send_queue.send(&welcome);
        let user = state
            .users
            .entry(connection.user)
            .or_insert_with(|| User::new(self.messages_per_second, now));
        user.nickname.clone_from(&connection.nickname);
        user.sockets
            .push(Socket::new(Arc::clone(&connection.send_queue)));
    }

    /// A socket is gone. Its user stays in the rooms for the grace time.
    pub fn disconnect(&self, connection: &ConnectionHandle) {
        let now = Instant::now();
        let mut state = self.state();
        let state = &mut *state;
        let Some(user) = state.users.get_mut(&connection.user) else {
            return;
        };
        let id = connection.send_queue.id();
        let Some(place) = user.sockets.iter().position(|s| s.send_queue.id() == id) else {
            return;
        };
        let socket = user.sockets.swap_remove(place);
        if user.sockets.is_empty() {
            state.presence.schedule_forget(connection.user, now);
            self.presence_changed.notify_one();
        }
        for key in socket.rooms {
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

    /// Closes the user's sockets; whoever comes back is the same as before, if the session still
    /// holds.
    pub fn disconnect_user(&self, user: UserId, close: Close) {
        if let Some(user) = self.state().users.get(&user) {
            for socket in &user.sockets {
                socket.send_queue.close(close);
            }
        }
    }

    /// Ends all that the user has open; to the others it is a `left`, at once.
    pub fn sign_out(&self, user: UserId) {
        let mut state = self.state();
        let state = &mut *state;
        // Without its place here a socket may say nothing more, however slowly it closes.
        for socket in state
            .users
            .remove(&user)
            .into_iter()
            .flat_map(|p| p.sockets)
        {
            socket.send_queue.close(Close::SignedOut);
        }
        let mut empty = Vec::new();
        for (key, room) in &mut state.rooms {
            if room.remove(user) {
                state.presence.changed(key.clone());
                self.presence_changed.notify_one();
                empty.extend(room.is_forgotten().then(|| key.clone()));
            }
        }
        for key in empty {
            state.forget_if_empty(&key);
        }
    }

    /// Lets the socket into a public room, making it if it is new, and holds back its events until
    /// [`Hub::complete_join`].
    ///
    /// # Errors
    /// [`Code::TooManyRooms`], [`Code::RoomNameTaken`], [`Code::TooManyNewRooms`].
    pub fn subscribe(
        &self,
        connection: &ConnectionHandle,
        name: RoomName,
    ) -> Result<JoinTicket, Refusal> {
        let key = key_of(&name);
        let mut state = self.state();
        let state = &mut *state;
        let Some(user) = state.users.get_mut(&connection.user) else {
            return Err(Code::LoginFirst.into());
        };
        let Some(socket) = user.socket(connection) else {
            return Err(Code::LoginFirst.into());
        };
        if !socket.rooms.contains(&key) && socket.rooms.len() >= limits::ROOMS_PER_SOCKET {
            return Err(Code::TooManyRooms.into());
        }
        state.admit(connection.user, &name)?;
        let is_new = state
            .socket(connection)
            .is_some_and(|socket| socket.rooms.insert(key.clone()));
        let room = state.room(key.clone(), name);
        let name = room.name.clone();
        if room.subscribe(connection) {
            state.presence.changed(key);
            self.presence_changed.notify_one();
        }
        Ok(JoinTicket { name, is_new })
    }

    /// There is no page to be had: who has just entered goes out again, who was in it before hears
    /// on without.
    pub fn abort_join(&self, connection: &ConnectionHandle, ticket: &JoinTicket) {
        if ticket.is_new {
            // It was entered a moment ago; if it is left by now, all the better.
            let _ = self.leave(connection, &ticket.name);
        } else if let Some(room) = self.state().rooms.get_mut(&key_of(&ticket.name)) {
            room.release(connection);
        }
    }

    /// Sends `joined` with what the store holds; if that is all, the live events flow from now on,
    /// else pages follow: [`Hub::begin_page`], [`Hub::end_page`].
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

    /// Takes the socket out of a public room. Returns the room's name as it is written.
    ///
    /// # Errors
    /// [`Code::NotInRoom`].
    pub fn leave(&self, connection: &ConnectionHandle, room: &RoomName) -> Result<String, Refusal> {
        let key = key_of(room);
        let mut state = self.state();
        let was_in = state
            .socket(connection)
            .is_some_and(|s| s.rooms.remove(&key));
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

    /// The name, as it is written, of a public room that the socket is in.
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
            .socket(connection)
            .is_some_and(|s| s.rooms.contains(&key))
        {
            return Err(Code::NotInRoom.into());
        }
        let room = state.rooms.get(&key).map(|room| room.name.clone());
        room.ok_or_else(|| Code::NotInRoom.into())
    }

    /// Delivers committed events of one room, ascending: to everyone in a public one, to every
    /// socket of both `members` of a private one.
    pub fn publish(&self, messages: &[Message], members: Option<[UserId; 2]>) {
        let Some(last) = messages.last() else {
            return;
        };
        let frames = batch::encode(messages);
        // Only the name of a room that was entered is ever written under.
        let public = match members {
            Some(_) => None,
            None => RoomName::parse(&last.room).ok(),
        };
        let key = public.as_ref().map(key_of);
        let mut state = self.state();
        let state = &mut *state;
        for member in members.into_iter().flatten() {
            if let Some(user) = state.users.get_mut(&member) {
                user.deliver_direct(&last.room, &frames);
            }
        }
        if let (Some(name), Some(key)) = (public, key) {
            let room = state.room(key.clone(), name);
            (room.seq, room.used_at) = (last.seq, last.at);
            for message in messages.iter().filter(|message| !message.is_hidden()) {
                room.typing_users.remove(message.author);
            }
            room.deliver(messages, &frames, self.flush_delay);
            state.followers.broadcast(&key, last.seq);
            if announcements::is_announcements(&key) {
                state.announce(&key, &frames);
            }
        }
    }

    fn leave_room(&self, state: &mut State, connection: &ConnectionHandle, key: &str) {
        let now = Instant::now();
        let Some(room) = state.rooms.get_mut(key) else {
            return;
        };
        let was_last = room.unsubscribe(connection, now) == 0;
        let has_gone = was_last && room.leave(connection.user, now, Duration::ZERO);
        if has_gone || room.watching.has_changed() {
            state.presence.changed(key.to_owned());
            self.presence_changed.notify_one();
        }
        if has_gone {
            state.forget_if_empty(key);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn room(&mut self, key: RoomKey, name: RoomName) -> &mut Room {
        self.rooms.entry(key.clone()).or_insert_with(|| {
            let skeleton = name::skeleton_key(name.as_str());
            self.skeletons.insert(skeleton, key);
            Room::new(name)
        })
    }

    fn socket(&mut self, connection: &ConnectionHandle) -> Option<&mut Socket> {
        self.users.get_mut(&connection.user)?.socket(connection)
    }

    /// Forgets a room that nobody is in and nothing was said in.
    fn forget_if_empty(&mut self, key: &str) {
        if !announcements::is_announcements(key)
            && self.rooms.get(key).is_some_and(Room::is_forgotten)
            && let Some(room) = self.rooms.remove(key)
        {
            self.skeletons
                .remove(&name::skeleton_key(room.name.as_str()));
        }
    }
}

fn key_of(room: &RoomName) -> RoomKey {
    name::fold_key(room.as_str())
}
