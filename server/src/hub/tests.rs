//! Many threads use the hub at the same time.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst},
    thread,
    time::Instant,
};

use super::*;

const ROOMS: usize = 3;
/// Threads that each act for one user after the other.
const USERS: usize = 4;
const CONNECTIONS_PER_USER: usize = 2;
/// Events in each room.
const EVENTS: u64 = 1_000;

/// What all threads share.
struct Stage {
    hub: Hub,
    /// What a store would have: the newest event of each room.
    stored: [AtomicU64; ROOMS],
    /// The user for whom each thread acts.
    users: [AtomicI64; USERS],
    is_done: AtomicBool,
}

/// A connection as its thread knows it.
struct TestConnection {
    handle: ConnectionHandle,
    rooms: BTreeSet<usize>,
    frames: Vec<String>,
}

impl TestConnection {
    fn new(user: i64) -> Self {
        Self {
            handle: ConnectionHandle {
                address: None,
                user: UserId(user),
                nickname: format!("user {user}"),
                send_queue: SendQueue::detached(),
                permissions: Permissions::User,
            },
            rooms: BTreeSet::new(),
            frames: Vec::new(),
        }
    }

    fn drain(&mut self) {
        self.frames.extend(self.handle.send_queue.taken());
    }

    /// Checks that every event arrived once and in order from each `joined` to the `left` after
    /// it. Returns the newest event of each room that the connection is still in.
    fn check_frames(&self) -> BTreeMap<String, Seq> {
        let mut newest = BTreeMap::new();
        for frame in self.frames.iter().flat_map(|frame| frame.lines()) {
            match serde_json::from_str(frame).expect("a frame") {
                ServerFrame::Joined(joined) => {
                    newest.insert(joined.room, joined.seq);
                }
                ServerFrame::Left(left) => {
                    newest.remove(&left.room);
                }
                ServerFrame::Message(message) => {
                    let seq = newest.get_mut(&message.room).expect("it is in the room");
                    *seq += 1;
                    assert_eq!(message.seq, *seq);
                }
                _ => {}
            }
        }
        newest
    }
}

fn room_name(room: usize) -> RoomName {
    RoomName::parse(&format!("room {room}")).expect("a name")
}

impl Stage {
    fn new() -> Self {
        Self {
            hub: Hub::new(0, Duration::ZERO, Duration::ZERO),
            stored: Default::default(),
            users: Default::default(),
            is_done: AtomicBool::new(false),
        }
    }

    /// The writer: stores each event, and then publishes it.
    fn publish_all(&self) {
        for seq in 1..=EVENTS {
            for (room, stored) in self.stored.iter().enumerate() {
                let event = Message {
                    room: room_name(room).as_str().to_owned(),
                    seq,
                    at: 1,
                    ..Message::default()
                };
                stored.store(seq, SeqCst);
                self.hub.publish(&[event], Audience::Room);
            }
            thread::yield_now();
        }
        self.is_done.store(true, SeqCst);
    }

    /// Signs out one user after the other.
    fn sign_out_users(&self) {
        let mut turn = 0;
        while !self.is_done.load(SeqCst) {
            let user = self.users[turn % USERS].load(SeqCst);
            self.hub.sign_out(UserId(user));
            turn += 1;
            for _ in 0..20 {
                thread::yield_now();
            }
        }
    }

    fn broadcast_presence(&self) {
        while !self.is_done.load(SeqCst) {
            self.hub.broadcast_presence(Instant::now());
            thread::yield_now();
        }
    }

    /// Connects, joins, leaves and disconnects for one user, and for the next one when that user is
    /// signed out. Returns the connections that are open at the end.
    fn act(&self, thread: usize) -> Vec<TestConnection> {
        let mut user = 0;
        let mut connections: Vec<TestConnection> = Vec::new();
        // A linear congruential generator: the same acts in each run.
        let mut state = thread as u64;
        let mut random = move |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        while !self.is_done.load(SeqCst) {
            if connections.len() < CONNECTIONS_PER_USER {
                if connections.is_empty() {
                    user += 1;
                }
                let id = (thread + user * USERS) as i64;
                let connection = TestConnection::new(id);
                self.hub.connect(&connection.handle, None);
                connections.push(connection);
                self.users[thread].store(id, SeqCst);
            }
            let index = random(connections.len());
            let room = random(ROOMS);
            let connection = &mut connections[index];
            match random(8) {
                0..4 => self.join(connection, room),
                4..7 => self.leave(connection, room),
                _ => {
                    let mut closed = connections.swap_remove(index);
                    self.hub.disconnect(&closed.handle);
                    closed.drain();
                    closed.check_frames();
                }
            }
            let is_signed_out = |it: &TestConnection| it.handle.send_queue.is_closing();
            if connections.iter().any(is_signed_out) {
                for mut closed in connections.drain(..) {
                    self.hub.disconnect(&closed.handle);
                    closed.drain();
                    closed.check_frames();
                }
            }
            connections.iter_mut().for_each(TestConnection::drain);
        }
        connections
    }

    fn join(&self, connection: &mut TestConnection, room: usize) {
        let Ok(ticket) = self.hub.subscribe(&connection.handle, room_name(room)) else {
            return;
        };
        thread::yield_now();
        let snapshot = JoinSnapshot {
            end: LogPosition {
                seq: self.stored[room].load(SeqCst),
                hidden: 0,
            },
            is_all: true,
            ..JoinSnapshot::default()
        };
        let (handle, asked) = (&connection.handle, ticket.name.as_str());
        self.hub
            .complete_join(handle, &ticket.name, asked, snapshot);
        connection.rooms.insert(room);
    }

    fn leave(&self, connection: &mut TestConnection, room: usize) {
        let left = self.hub.leave(&connection.handle, &room_name(room));
        let was_in = connection.rooms.remove(&room);
        assert!(left.is_err() || was_in);
        if let Ok(room) = left {
            let left = ServerFrame::Left(frame::Left {
                room,
                removed: false,
            });
            connection.handle.send_queue.send(&left);
        }
    }
}

#[test]
fn nobody_is_left_behind_and_every_event_arrives_once_and_in_order() {
    let stage = Stage::new();
    let mut connections = thread::scope(|scope| {
        let stage = &stage;
        let users: Vec<_> = (0..USERS)
            .map(|thread| scope.spawn(move || stage.act(thread)))
            .collect();
        scope.spawn(|| stage.sign_out_users());
        scope.spawn(|| stage.broadcast_presence());
        scope.spawn(|| stage.publish_all());
        let connections = users.into_iter().map(|user| user.join().expect("no panic"));
        connections.flatten().collect::<Vec<_>>()
    });
    stage.hub.broadcast_presence(Instant::now());
    connections.iter_mut().for_each(TestConnection::drain);
    connections.retain(|it| !it.handle.send_queue.is_closing());
    for connection in &connections {
        let newest = connection.check_frames();
        let rooms = connection.rooms.iter();
        let all = rooms.map(|room| (room_name(*room).as_str().to_owned(), EVENTS));
        assert_eq!(newest, all.collect());
    }
    for room in 0..ROOMS {
        let is_in = |it: &&TestConnection| it.rooms.contains(&room);
        let here = || connections.iter().filter(is_in);
        let users: BTreeSet<_> = here().map(|it| it.handle.user.0).collect();
        let found = stage
            .hub
            .rooms
            .get(&key_of(&room_name(room)))
            .expect("it has events");
        assert_eq!(found.lock().subscribers(), here().count());
        assert_eq!(found.lock().online(), users.len());
        assert_eq!(found.online(), users.len());
    }
    let users: BTreeSet<_> = connections.iter().map(|it| it.handle.user.0).collect();
    assert_eq!(stage.hub.connected_users(usize::MAX).0, users.len());
}
