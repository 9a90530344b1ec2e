//! The hub knows the rooms and the connections of this node. It sends each published event to the
//! subscribers of its room, encoded once.
//!
//! Deliberately absent:
//!
//! - The store: callers pass in what they have read.
//! - The writer: the writer calls [`Hub::publish`] after its commit, and nobody else does.
//! - Rate limits: callers take tokens from the [`RateLimiter`](crate::rate_limit::RateLimiter).
//! - Waiting: locks are held briefly and never across an `.await`. Only [`Hub::run_presence`] and
//!   [`Hub::run_rooms_changed`] are asynchronous.
//!
//! Each room has a lock of its own, and users have others, so that publishing in one room waits for
//! no other room. Nothing takes one of these locks while it holds another; the lock of a send
//! queue, which takes no further one, is the only one that is taken inside them. [`subscriptions`]
//! says in which order the rooms and the users are changed instead.
//!
//! State: [`directory`] finds rooms, [`shared_room`] locks one, [`room`] is a public room,
//! [`user_map`] has the connected users, [`user`] is one of them, [`subscriptions`] are connections
//! in rooms, [`room_list`] lists and finds rooms, [`rooms_changed`] reports changes of the list.
//! Events: [`audience`] says who receives them, [`batch`] encodes them, [`cursor`] and [`catch_up`]
//! join stored pages to live events without a gap or a repeat, [`direct_messages`] joins private
//! conversations, [`announcements`] reach every connection, [`log_watch`] wakes readers of a room's
//! log outside of the room, and [`message_rate`] says how long frames of a busy room may be
//! delayed. Ephemeral state: [`presence`], [`typing`], [`watching`] and [`read_markers`].

mod announcements;
mod audience;
mod batch;
mod catch_up;
mod cursor;
mod direct_messages;
mod directory;
mod log_watch;
mod message_rate;
mod presence;
mod read_markers;
mod room;
mod room_list;
mod rooms_changed;
mod shared_room;
mod subscriptions;
mod typing;
mod user;
mod user_map;
mod watching;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

pub use audience::Audience;
use directory::RoomDirectory;
use log_watch::LogWatch;
use presence::PresenceQueue;
use protocol::{
    Code, Limits, LogPosition, Message, PROTOCOL_VERSION, Refusal, RoomName, Seq, ServerFrame,
    UserId, frame, name,
};
use room_list::CachedRoomList;
use rooms_changed::RoomListFollowers;
use tokio::sync::Notify;
use user::UserConnection;
use user_map::UserMap;

use crate::{
    clock,
    permissions::Permissions,
    rate_limit::{AddressBlock, Requester},
    send_queue::{SendQueue, ws_frame::Frame},
};

/// The [`name::fold_key`] of a public room's name.
type RoomKey = String;

/// An authenticated connection, as callers of the hub identify it.
#[derive(Clone)]
pub struct ConnectionHandle {
    pub user: UserId,
    pub nickname: String,
    pub send_queue: Arc<SendQueue>,
    pub permissions: Permissions,
    /// The address by which limits count it.
    pub address: Option<AddressBlock>,
}

impl ConnectionHandle {
    /// Whose budgets the connection's requests take from.
    pub fn requester(&self) -> Requester {
        Requester {
            user: Some(self.user),
            address: self.address,
        }
    }
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
    /// The size as JSON of the messages that were read.
    pub bytes: usize,
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
    rooms: RoomDirectory,
    users: UserMap,
    presence: Mutex<PresenceQueue>,
    presence_notify: Notify,
    room_list: CachedRoomList,
    followers: RoomListFollowers,
    log_watch: LogWatch,
    messages_per_second: u32,
    presence_grace: Duration,
    flush_delay: Duration,
}

impl Hub {
    /// Creates a hub without rooms.
    ///
    /// `welcome` announces that each user may send `messages_per_second`; 0 means no limit. A user
    /// is still present for `presence_grace` after the user's last connection has closed. Frames of
    /// a busy room may wait for up to `flush_delay`, to be written together with later ones.
    pub fn new(messages_per_second: u32, presence_grace: Duration, flush_delay: Duration) -> Self {
        Self {
            rooms: RoomDirectory::default(),
            users: UserMap::default(),
            presence: Mutex::default(),
            presence_notify: Notify::new(),
            room_list: CachedRoomList::default(),
            followers: RoomListFollowers::default(),
            log_watch: LogWatch::default(),
            messages_per_second,
            presence_grace,
            flush_delay,
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
        connection.send_queue.send(&welcome);
        let mut users = self.users.lock(connection.user);
        let user = users.entry(connection.user).or_default();
        user.nickname.clone_from(&connection.nickname);
        let send_queue = Arc::clone(&connection.send_queue);
        // Most users have one connection.
        user.connections.reserve_exact(1);
        user.connections.push(UserConnection::new(send_queue));
    }

    /// Ends a join whose page could not be read. A connection that is new in the room leaves it;
    /// one that was in it before receives the buffered events and then live ones.
    pub fn abort_join(&self, connection: &ConnectionHandle, ticket: &JoinTicket) {
        if ticket.is_new {
            // Fails only if the connection has left the room in the meantime.
            let _ = self.leave(connection, &ticket.name);
        } else if let Some(room) = self.rooms.get(&key_of(&ticket.name)) {
            room.lock().abort_join(connection);
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
        if let Some(room) = self.rooms.get(&key_of(room)) {
            room.lock().complete_join(connection, asked, snapshot);
        }
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
        Ok(self.room_to_write_to(connection, room)?.0)
    }

    /// The same, and whether something was said in the room.
    ///
    /// # Errors
    /// [`Code::NotInRoom`].
    pub fn room_to_write_to(
        &self,
        connection: &ConnectionHandle,
        room: &RoomName,
    ) -> Result<(RoomName, bool), Refusal> {
        let key = key_of(room);
        let room = self.users.with_connection(connection, |it| {
            let room = it.rooms.get(key.as_str())?;
            Some((room.name().clone(), room.seq() > 0))
        });
        room.flatten().ok_or_else(|| Code::NotInRoom.into())
    }

    /// Sends committed events of one room, ascending, to the room's audience.
    pub fn publish(&self, messages: &[Message], audience: Audience) {
        let Some(last) = messages.last() else {
            return;
        };
        let frames = batch::encode(messages);
        if let Audience::Direct(members) = audience {
            for member in members {
                self.users
                    .with(member, |user| user.deliver_direct(&last.room, &frames));
            }
            return;
        }
        let key = name::fold_key(&last.room);
        self.deliver_in_room(&key, messages, &frames);
        self.log_watch.broadcast(&key, last.seq);
        if audience == Audience::Everybody {
            self.announce(&key, &frames);
        }
    }

    fn deliver_in_room(&self, key: &str, messages: &[Message], frames: &[(Seq, Frame)]) {
        let Some(last) = messages.last() else {
            return;
        };
        loop {
            let found = match self.rooms.get(key) {
                Some(known) => known,
                None => match RoomName::parse(&last.room) {
                    Ok(name) => self.rooms.get_or_insert(name),
                    // An event is stored only in a room whose name was parsed before.
                    Err(_) => return,
                },
            };
            let mut room = found.lock();
            if room.is_removed {
                drop(room);
                self.remove_room(&found);
                continue;
            }
            (room.seq, room.used_at) = (last.seq, clock::now_ms());
            for message in messages.iter().filter(|message| !message.is_hidden()) {
                room.typing_users.remove(message.author);
            }
            room.deliver(messages, frames, self.flush_delay);
            return;
        }
    }
}

fn key_of(room: &RoomName) -> RoomKey {
    name::fold_key(room.as_str())
}

#[cfg(test)]
mod tests;
