//! One public room as this node knows it: who listens, who is here, what has changed.

mod broadcast;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use protocol::{Message, RoomKind, RoomName, Seq, ServerFrame, UserId, frame, limits};

use super::{
    ConnectionHandle, JoinSnapshot,
    cursor::{Cursor, EPHEMERAL},
    message_rate::MessageRate,
    typing::TypingUsers,
    watching::Watching,
};
use crate::{send_queue::SendQueue, send_queue::ws_frame::Frame};

/// A public room. It exists while somebody is in it or something was said in it.
pub struct Room {
    pub name: RoomName,
    /// The newest event that was published.
    pub seq: Seq,
    /// When that was, in milliseconds since 1970; 0 if never.
    pub used_at: i64,
    /// Of whom the next presence tells that they are typing.
    pub typing_users: TypingUsers,
    /// Who watches which games.
    pub watching: Watching,
    pace: MessageRate,
    subscribers: Vec<Subscriber>,
    members: BTreeMap<UserId, Member>,
    /// Who was here, or not, when presence was last told, of those who came or went since.
    changed: HashMap<UserId, Change>,
    /// How many lists of members were sent.
    lists: u64,
}

struct Subscriber {
    user: UserId,
    send_queue: Arc<SendQueue>,
    cursor: Cursor,
}

struct Member {
    nickname: String,
    sockets: usize,
    /// Since when no socket of this member is left.
    away_since: Option<Instant>,
}

struct Change {
    was_here: bool,
    nickname: String,
    /// [`Room::lists`] when this user last came or went.
    lists: u64,
    /// A list was sent that shows this user otherwise than it was before and is now.
    seen: bool,
}

impl Room {
    pub fn new(name: RoomName) -> Self {
        Self {
            name,
            seq: 0,
            used_at: 0,
            typing_users: TypingUsers::default(),
            watching: Watching::default(),
            pace: MessageRate::default(),
            subscribers: Vec::new(),
            members: BTreeMap::new(),
            changed: HashMap::new(),
            lists: 0,
        }
    }

    /// How many people are here.
    pub fn online(&self) -> usize {
        self.members.len()
    }

    /// How many sockets are told what is said here.
    pub fn subscribers(&self) -> usize {
        self.subscribers.len()
    }

    /// Nobody is here and nothing was ever said: the room may vanish, and is not listed.
    pub fn is_forgotten(&self) -> bool {
        self.seq == 0 && self.members.is_empty()
    }

    /// Lets the socket listen, holding back what is published until [`Room::complete_join`]. `true` if
    /// this changes who is here.
    pub fn subscribe(&mut self, connection: &ConnectionHandle) -> bool {
        if let Some(subscriber) = self.subscriber(&connection.send_queue) {
            subscriber.cursor = Cursor::joining();
            return false;
        }
        self.subscribers.push(Subscriber {
            user: connection.user,
            send_queue: Arc::clone(&connection.send_queue),
            cursor: Cursor::joining(),
        });
        let is_new = !self.members.contains_key(&connection.user);
        if is_new {
            self.record_change(connection.user, false, &connection.nickname);
        }
        let member = self.members.entry(connection.user).or_insert(Member {
            nickname: connection.nickname.clone(),
            sockets: 0,
            away_since: None,
        });
        member.sockets += 1;
        member.away_since = None;
        is_new
    }

    /// Sends `joined` with what the store gave; if that is all, the live events flow.
    pub fn complete_join(
        &mut self,
        connection: &ConnectionHandle,
        asked: &str,
        snapshot: JoinSnapshot,
    ) {
        self.lists += 1;
        let joined = ServerFrame::Joined(frame::Joined {
            room: self.name.as_str().to_owned(),
            asked: (asked != self.name.as_str()).then(|| asked.to_owned()),
            kind: RoomKind::Public,
            seq: snapshot.upto.seq,
            hidden: snapshot.upto.hidden,
            members: self.nicknames(Some(connection)),
            online: self.online(),
            messages: snapshot.messages,
            gap: snapshot.gap,
            missing: snapshot.missing,
            read: snapshot.read.map(|read| read.seq),
            read_hidden: snapshot.read.map_or(0, |read| read.hidden),
        });
        if let Some(cursor) = self.cursor(&connection.send_queue) {
            connection.send_queue.send(&joined);
            cursor.complete_join(snapshot.upto.seq, snapshot.is_all, &connection.send_queue);
        }
    }

    /// How far this socket has been brought, if it listens.
    pub fn cursor(&mut self, send_queue: &SendQueue) -> Option<&mut Cursor> {
        self.subscriber(send_queue)
            .map(|subscriber| &mut subscriber.cursor)
    }

    /// Takes the socket out. Returns how many sockets of this user are left in the room.
    pub fn unsubscribe(&mut self, connection: &ConnectionHandle, now: Instant) -> usize {
        let id = connection.send_queue.id();
        let Some(place) = self
            .subscribers
            .iter()
            .position(|l| l.send_queue.id() == id)
        else {
            return 0;
        };
        self.subscribers.swap_remove(place);
        self.watching.watch(connection.user, id, &[]);
        let Some(member) = self.members.get_mut(&connection.user) else {
            return 0;
        };
        member.sockets -= 1;
        if member.sockets == 0 {
            member.away_since = Some(now);
        }
        member.sockets
    }

    /// Lets the live events flow without a page, for there was none to be had.
    pub fn release(&mut self, connection: &ConnectionHandle) {
        if let Some(cursor) = self.cursor(&connection.send_queue) {
            std::mem::take(cursor).release(&connection.send_queue);
        }
    }

    /// Takes the user out, with every socket. `true` if the user was here.
    pub fn remove(&mut self, user: UserId) -> bool {
        let Some(member) = self.members.remove(&user) else {
            return false;
        };
        for subscriber in self.subscribers.extract_if(.., |it| it.user == user) {
            self.watching.watch(user, subscriber.send_queue.id(), &[]);
        }
        self.record_change(user, true, &member.nickname);
        true
    }

    /// The user is here no more, if no socket of theirs has been for `grace`. `true` if so.
    pub fn leave(&mut self, user: UserId, now: Instant, grace: Duration) -> bool {
        let gone = self
            .members
            .get(&user)
            .and_then(|member| member.away_since)
            .is_some_and(|since| now.saturating_duration_since(since) >= grace);
        if gone && let Some(member) = self.members.remove(&user) {
            self.record_change(user, true, &member.nickname);
        }
        gone
    }

    /// Delivers events, in these frames, each with its newest event's number. In a busy room they may
    /// flush_delay for `flush_delay` at most, but for their authors: to them they are the acknowledgement.
    pub fn deliver(
        &mut self,
        messages: &[Message],
        frames: &[(Seq, Frame)],
        flush_delay: Duration,
    ) {
        let flush_delay = self.pace.count(messages.len(), flush_delay, Instant::now());
        let mut authors: Vec<_> = messages.iter().map(|message| message.author).collect();
        authors.sort_unstable();
        authors.dedup();
        self.relay(frames, &authors, flush_delay);
    }

    /// Delivers what has no place in the log to everyone.
    pub(super) fn broadcast(&mut self, frame: &ServerFrame, flush_delay: Duration) {
        let flush_delay = self.pace.flush_delay(flush_delay, Instant::now());
        self.relay(&[(EPHEMERAL, frame.into())], &[], flush_delay);
    }

    /// `immediate`, ascending: for whom nothing lingers.
    fn relay(&mut self, frames: &[(Seq, Frame)], immediate: &[UserId], flush_delay: Duration) {
        for subscriber in &mut self.subscribers {
            let Subscriber {
                user,
                send_queue,
                cursor,
            } = subscriber;
            let flush_delay = match immediate.binary_search(user) {
                Ok(_) => Duration::ZERO,
                Err(_) => flush_delay,
            };
            for (seq, frame) in frames {
                cursor.deliver(*seq, frame, send_queue, flush_delay);
            }
        }
    }

    /// Delivers a frame to the sockets of one user that are in the room.
    pub fn deliver_to(&mut self, user: UserId, frame: &Frame) {
        for subscriber in &mut self.subscribers {
            if subscriber.user == user {
                subscriber
                    .cursor
                    .deliver(EPHEMERAL, frame, &subscriber.send_queue, Duration::ZERO);
            }
        }
    }

    /// Who is here, `first` before all: everybody, or a part of a crowd.
    pub fn nicknames(&self, first: Option<&ConnectionHandle>) -> Vec<String> {
        let first = first.map(|connection| (connection.user, connection.nickname.clone()));
        let others = self
            .members
            .iter()
            .filter(|(user, _)| first.as_ref().is_none_or(|(me, _)| *user != me))
            .map(|(_, member)| member.nickname.clone());
        let myself = first.iter().map(|(_, nickname)| nickname.clone());
        let most = if self.online() > limits::NAMES {
            limits::NAMES_OF_A_CROWD
        } else {
            limits::NAMES
        };
        myself.chain(others).take(most).collect()
    }

    fn record_change(&mut self, user: UserId, was_here: bool, nickname: &str) {
        let lists = self.lists;
        let change = self.changed.entry(user).or_insert(Change {
            was_here,
            nickname: String::new(),
            lists,
            seen: false,
        });
        change.seen |= change.lists != lists;
        change.lists = lists;
        nickname.clone_into(&mut change.nickname);
    }

    fn subscriber(&mut self, send_queue: &SendQueue) -> Option<&mut Subscriber> {
        let id = send_queue.id();
        self.subscribers
            .iter_mut()
            .find(|l| l.send_queue.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::Permissions;

    fn connection(user: i64, nickname: &str) -> ConnectionHandle {
        ConnectionHandle {
            user: UserId(user),
            nickname: nickname.to_owned(),
            send_queue: SendQueue::detached(),
            permissions: Permissions::User,
        }
    }

    /// Enters and is told who is here.
    fn join(room: &mut Room, connection: &ConnectionHandle) {
        room.subscribe(connection);
        let snapshot = JoinSnapshot {
            is_all: true,
            ..JoinSnapshot::default()
        };
        room.complete_join(connection, "tea", snapshot);
    }

    /// Whom the connection takes to be here, after all that was sent.
    fn taken_to_be_here(connection: &ConnectionHandle) -> Vec<String> {
        let mut here = Vec::new();
        for frame in connection.send_queue.taken() {
            match serde_json::from_str(&frame).expect("a frame") {
                ServerFrame::Joined(frame::Joined { members, .. }) => here = members,
                ServerFrame::Presence(frame::Presence { joined, left, .. }) => {
                    here.retain(|name| !left.contains(name) && !joined.contains(name));
                    here.extend(joined);
                }
                other => panic!("{other:?}"),
            }
        }
        here.sort();
        here
    }

    #[test]
    fn who_was_listed_while_somebody_came_and_went_is_told_of_it() {
        let [anna, ben, carl] =
            [(1, "Anna"), (2, "Ben"), (3, "Carl")].map(|(n, name)| connection(n, name));
        let mut room = Room::new(RoomName::parse("tea").expect("a name"));
        join(&mut room, &carl);
        room.broadcast_presence(Duration::ZERO);
        // Ben comes, Anna is told of him, Ben goes, all in a moment.
        join(&mut room, &ben);
        join(&mut room, &anna);
        room.remove(ben.user);
        room.broadcast_presence(Duration::ZERO);
        // Carl goes, Ben is told who is left, Carl is back.
        room.remove(carl.user);
        join(&mut room, &ben);
        join(&mut room, &carl);
        room.broadcast_presence(Duration::ZERO);
        assert_eq!(taken_to_be_here(&anna), ["Anna", "Ben", "Carl"]);
        assert_eq!(taken_to_be_here(&ben), ["Anna", "Ben", "Carl"]);
    }
}
