//! A public room as this node knows it: its subscribers, who is present, and what has changed since
//! the last broadcast.

mod broadcast;
mod presence_changes;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use indexmap::IndexMap;
use presence_changes::PresenceChanges;
use protocol::{Message, RoomKind, RoomName, Seq, ServerFrame, UserId, frame, limits};

use super::{
    ConnectionHandle, JoinSnapshot,
    cursor::{DeliveryCursor, EPHEMERAL},
    message_rate::MessageRate,
    typing::TypingUsers,
    watching::Watching,
};
use crate::{send_queue::SendQueue, send_queue::ws_frame::Frame};

/// A public room. It exists while somebody is in it or its log has events.
pub struct Room {
    pub name: RoomName,
    /// The number of the newest event that was published.
    pub seq: Seq,
    /// When that event was stored, in milliseconds since 1970; 0 if there is none.
    pub used_at: i64,
    /// The users whom the next presence broadcast reports as typing.
    pub typing_users: TypingUsers,
    /// Which users watch which games.
    pub watching: Watching,
    /// Whether the room was removed from the directory, so that nobody may enter it any more.
    pub is_removed: bool,
    message_rate: MessageRate,
    /// By the connection's id. In one block of memory, because each event goes through all of them.
    subscribers: IndexMap<u64, Subscriber>,
    members: BTreeMap<UserId, Member>,
    /// The users who joined or left since the last presence broadcast.
    changes: PresenceChanges,
}

struct Subscriber {
    user: UserId,
    send_queue: Arc<SendQueue>,
    cursor: DeliveryCursor,
}

struct Member {
    nickname: String,
    connections: usize,
    /// When the member's last connection in the room closed.
    away_since: Option<Instant>,
}

impl Room {
    pub fn new(name: RoomName) -> Self {
        Self {
            name,
            seq: 0,
            used_at: 0,
            typing_users: TypingUsers::default(),
            watching: Watching::default(),
            message_rate: MessageRate::default(),
            is_removed: false,
            subscribers: IndexMap::new(),
            members: BTreeMap::new(),
            changes: PresenceChanges::default(),
        }
    }

    /// How many users are present.
    pub fn online(&self) -> usize {
        self.members.len()
    }

    /// How many connections receive the room's events.
    pub fn subscribers(&self) -> usize {
        self.subscribers.len()
    }

    /// Whether nobody is present and the log is empty. Such a room is not listed and may be
    /// removed.
    pub fn is_unused(&self) -> bool {
        self.seq == 0 && self.members.is_empty() && self.subscribers.is_empty()
    }

    /// Subscribes the connection. Published events are buffered until [`Room::complete_join`].
    /// Returns whether the user was not present before.
    pub fn subscribe(&mut self, connection: &ConnectionHandle) -> bool {
        let subscriber = Subscriber {
            user: connection.user,
            send_queue: Arc::clone(&connection.send_queue),
            cursor: DeliveryCursor::joining(),
        };
        let id = connection.send_queue.id();
        if self.subscribers.insert(id, subscriber).is_some() {
            return false;
        }
        let is_new = !self.members.contains_key(&connection.user);
        if is_new {
            self.changes
                .record(connection.user, false, &connection.nickname);
        }
        let member = self.members.entry(connection.user).or_insert(Member {
            nickname: connection.nickname.clone(),
            connections: 0,
            away_since: None,
        });
        member.connections += 1;
        member.away_since = None;
        is_new
    }

    /// Sends `joined` with the snapshot. If the snapshot is complete, live events follow.
    pub fn complete_join(
        &mut self,
        connection: &ConnectionHandle,
        asked: &str,
        snapshot: JoinSnapshot,
    ) {
        self.changes.list_sent();
        let (users, members) = self.present(Some(connection)).into_iter().unzip();
        let joined = ServerFrame::Joined(frame::Joined {
            room: self.name.as_str().to_owned(),
            asked: (asked != self.name.as_str()).then(|| asked.to_owned()),
            kind: RoomKind::Public,
            seq: snapshot.end.seq,
            hidden: snapshot.end.hidden,
            members,
            users,
            online: self.online(),
            messages: snapshot.messages,
            gap: snapshot.gap,
            missing: snapshot.missing,
            read: snapshot.read.map(|read| read.seq),
            read_hidden: snapshot.read.map_or(0, |read| read.hidden),
        });
        if let Some(cursor) = self.cursor(&connection.send_queue) {
            connection.send_queue.send(&joined);
            cursor.end_page(snapshot.end.seq, snapshot.is_all, &connection.send_queue);
        }
    }

    /// Sends the buffered events without a page, then live ones.
    pub fn abort_join(&mut self, connection: &ConnectionHandle) {
        if let Some(cursor) = self.cursor(&connection.send_queue) {
            std::mem::take(cursor).send_buffered(&connection.send_queue);
        }
    }

    /// The cursor of this connection, if it has subscribed.
    pub fn cursor(&mut self, send_queue: &SendQueue) -> Option<&mut DeliveryCursor> {
        let subscriber = self.subscribers.get_mut(&send_queue.id())?;
        Some(&mut subscriber.cursor)
    }

    /// Removes the user's connection with this id. Returns how many connections of the user are
    /// left in the room.
    pub fn unsubscribe(&mut self, user: UserId, connection: u64, now: Instant) -> usize {
        if self.subscribers.swap_remove(&connection).is_none() {
            return 0;
        }
        self.watching.watch(user, connection, &[]);
        let Some(member) = self.members.get_mut(&user) else {
            return 0;
        };
        member.connections -= 1;
        if member.connections == 0 {
            member.away_since = Some(now);
        }
        member.connections
    }

    /// Removes the user, whose connections have these ids. Returns whether the user was present.
    pub fn remove_user(&mut self, user: UserId, connections: &[u64]) -> bool {
        for connection in connections {
            if self.subscribers.swap_remove(connection).is_some() {
                self.watching.watch(user, *connection, &[]);
            }
        }
        let Some(member) = self.members.remove(&user) else {
            return false;
        };
        self.changes.record(user, true, &member.nickname);
        true
    }

    /// Removes everybody, because the room is removed, and tells the subscribers. Returns them.
    pub fn remove_all(&mut self) -> Vec<(UserId, Arc<SendQueue>)> {
        let left = Frame::from(&ServerFrame::Left(frame::Left {
            room: self.name.as_str().to_owned(),
            removed: true,
        }));
        // The number stays: what is still sent to this room must not create another one.
        self.members.clear();
        let subscribers = self.subscribers.drain(..).map(|(_, subscriber)| {
            subscriber.send_queue.push(left.clone());
            (subscriber.user, subscriber.send_queue)
        });
        subscribers.collect()
    }

    /// Removes the user if the last connection closed at least `grace` ago. Returns whether it did.
    pub fn remove_if_away(&mut self, user: UserId, now: Instant, grace: Duration) -> bool {
        let is_away = self
            .members
            .get(&user)
            .and_then(|member| member.away_since)
            .is_some_and(|since| now.saturating_duration_since(since) >= grace);
        if is_away && let Some(member) = self.members.remove(&user) {
            self.changes.record(user, true, &member.nickname);
        }
        is_away
    }

    /// Delivers events to all subscribers. Each frame comes with the number of its newest event. In
    /// a busy room frames may be delayed by up to `flush_delay`, except to the authors of the
    /// events, because for them an event is the acknowledgement.
    pub fn deliver(
        &mut self,
        messages: &[Message],
        frames: &[(Seq, Frame)],
        flush_delay: Duration,
    ) {
        let now = Instant::now();
        let flush_delay = self.message_rate.record(messages.len(), flush_delay, now);
        let mut authors: Vec<_> = messages.iter().map(|message| message.author).collect();
        authors.sort_unstable();
        authors.dedup();
        self.deliver_frames(frames, &authors, flush_delay);
    }

    /// Delivers an ephemeral frame to all subscribers.
    pub(super) fn broadcast(&mut self, frame: &ServerFrame, flush_delay: Duration) {
        let flush_delay = self.message_rate.flush_delay(flush_delay, Instant::now());
        self.deliver_frames(&[(EPHEMERAL, frame.into())], &[], flush_delay);
    }

    /// `undelayed` are the users for whom no frame is delayed, ascending.
    fn deliver_frames(
        &mut self,
        frames: &[(Seq, Frame)],
        undelayed: &[UserId],
        flush_delay: Duration,
    ) {
        for subscriber in self.subscribers.values_mut() {
            let Subscriber {
                user,
                send_queue,
                cursor,
            } = subscriber;
            let flush_delay = match undelayed.binary_search(user) {
                Ok(_) => Duration::ZERO,
                Err(_) => flush_delay,
            };
            for (seq, frame) in frames {
                cursor.deliver(*seq, frame, send_queue, flush_delay);
            }
        }
    }

    /// Delivers an ephemeral frame to one connection. Returns whether it is in the room.
    pub fn deliver_to(&mut self, send_queue: &Arc<SendQueue>, frame: &Frame) -> bool {
        match self.cursor(send_queue) {
            Some(cursor) => {
                cursor.deliver(EPHEMERAL, frame, send_queue, Duration::ZERO);
                true
            }
            None => false,
        }
    }

    /// The users who are present with their nicknames, `first` before the others: all of them, or
    /// [`limits::NAMES_IN_LARGE_ROOM`] if there are more than [`limits::NAMES`].
    pub fn present(&self, first: Option<&ConnectionHandle>) -> Vec<(UserId, String)> {
        let first = first.map(|connection| (connection.user, connection.nickname.clone()));
        let others = self
            .members
            .iter()
            .filter(|(user, _)| first.as_ref().is_none_or(|(first, _)| *user != first))
            .map(|(user, member)| (*user, member.nickname.clone()));
        let most = if self.online() > limits::NAMES {
            limits::NAMES_IN_LARGE_ROOM
        } else {
            limits::NAMES
        };
        first.iter().cloned().chain(others).take(most).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::Permissions;

    fn connection(user: i64, nickname: &str) -> ConnectionHandle {
        ConnectionHandle {
            address: None,
            user: UserId(user),
            nickname: nickname.to_owned(),
            send_queue: SendQueue::detached(),
            permissions: Permissions::User,
        }
    }

    /// Subscribes the connection and sends it the list of members.
    fn join(room: &mut Room, connection: &ConnectionHandle) {
        room.subscribe(connection);
        let snapshot = JoinSnapshot {
            is_all: true,
            ..JoinSnapshot::default()
        };
        room.complete_join(connection, "tea", snapshot);
    }

    /// The members of the room as the connection knows them from all frames that it was sent.
    fn known_members(connection: &ConnectionHandle) -> Vec<String> {
        let mut known = Vec::new();
        for frame in connection.send_queue.taken() {
            match serde_json::from_str(&frame).expect("a frame") {
                ServerFrame::Joined(frame::Joined { members, .. }) => known = members,
                ServerFrame::Presence(frame::Presence { joined, left, .. }) => {
                    known.retain(|name| !left.contains(name) && !joined.contains(name));
                    known.extend(joined);
                }
                other => panic!("{other:?}"),
            }
        }
        known.sort();
        known
    }

    #[test]
    fn a_user_who_was_listed_between_two_changes_is_announced() {
        let [anna, ben, carl] =
            [(1, "Anna"), (2, "Ben"), (3, "Carl")].map(|(n, name)| connection(n, name));
        let mut room = Room::new(RoomName::parse("tea").expect("a name"));
        join(&mut room, &carl);
        room.broadcast_presence(Duration::ZERO);
        // Within one interval Ben joins, Anna's list names him, and Ben leaves.
        join(&mut room, &ben);
        join(&mut room, &anna);
        room.remove_user(ben.user, &[ben.send_queue.id()]);
        room.broadcast_presence(Duration::ZERO);
        // Within one interval Carl leaves, Ben's list lacks him, and Carl is back.
        room.remove_user(carl.user, &[carl.send_queue.id()]);
        join(&mut room, &ben);
        join(&mut room, &carl);
        room.broadcast_presence(Duration::ZERO);
        assert_eq!(known_members(&anna), ["Anna", "Ben", "Carl"]);
        assert_eq!(known_members(&ben), ["Anna", "Ben", "Carl"]);
    }
}
