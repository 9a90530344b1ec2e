//! A client that follows the rules of "Never lost, never twice" in docs/PROTOCOL.md. It sends
//! messages to its rooms, reconnects after every failure, and records all that it receives.

mod connection;
mod received_log;

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};

use connection::{Connection, ConnectionLost};
use protocol::{Code, Message, Seq, ServerFrame, frame, limits};
use rand::{RngExt, rngs::StdRng};
pub use received_log::{ReceivedLog, Violations};
use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until},
};

/// The longest time between two messages.
const MAX_PAUSE: Duration = Duration::from_millis(100);
/// A client with so many unconfirmed messages in a room sends no new ones.
const MAX_PENDING: usize = 20;
/// The longest time between two connections.
const MAX_BACKOFF: Duration = Duration::from_millis(30);

/// A client that is connected whenever it can be.
pub struct ReconnectingClient {
    pub user: i64,
    token: String,
    pub rooms: Vec<RoomState>,
    random: StdRng,
    next_message_at: Instant,
    /// How many connections it has had.
    pub connections: usize,
}

/// What a client has sent to and received from one room.
pub struct RoomState {
    pub name: String,
    pub log: ReceivedLog,
    /// The ids and texts of all messages that were written for this room, in order.
    pub sent: Vec<(String, String)>,
    /// The unconfirmed ones of these, in order. The first may be on its way.
    pending: VecDeque<(String, String)>,
    /// When the first of them may be sent. `None` while it is on its way.
    send_at: Option<Instant>,
    /// The first of them has been sent before, on this connection or an earlier one.
    was_sent: bool,
}

/// What all clients of a pool have to do.
#[derive(Clone)]
pub enum Goal {
    Send,
    /// Write no new messages, and send the pending ones until they are confirmed.
    Confirm,
    /// Receive everything up to these numbers, then return.
    ReceiveAll(BTreeMap<String, Seq>),
}

impl ReconnectingClient {
    /// Creates a client for a user who has already signed in.
    pub fn new(user: i64, token: String, rooms: &[&str], random: StdRng) -> Self {
        let room = |name: &&str| RoomState {
            name: (*name).to_owned(),
            log: ReceivedLog::default(),
            sent: Vec::new(),
            pending: VecDeque::new(),
            send_at: None,
            was_sent: false,
        };
        Self {
            user,
            token,
            rooms: rooms.iter().map(room).collect(),
            random,
            next_message_at: Instant::now(),
            connections: 0,
        }
    }

    /// Follows the goal, wherever the server is, and returns with what it has received. Drops
    /// `confirmed` when no message is pending any more.
    pub async fn run(
        mut self,
        server: watch::Receiver<SocketAddr>,
        mut goal: watch::Receiver<Goal>,
        confirmed: mpsc::Sender<()>,
    ) -> Self {
        let mut confirmed = Some(confirmed);
        loop {
            let address = *server.borrow();
            let server_is_current = || *server.borrow() == address;
            if let Ok(connection) = Connection::open(address).await {
                self.connections += 1;
                let result = self
                    .use_connection(connection, &mut goal, &mut confirmed, server_is_current)
                    .await;
                if result.is_ok() {
                    return self;
                }
            }
            sleep(self.random.random_range(Duration::ZERO..MAX_BACKOFF)).await;
        }
    }

    /// Uses a connection until it breaks or nothing is left to do.
    async fn use_connection(
        &mut self,
        mut connection: Connection,
        goal: &mut watch::Receiver<Goal>,
        confirmed: &mut Option<mpsc::Sender<()>>,
        server_is_current: impl Fn() -> bool,
    ) -> Result<(), ConnectionLost> {
        connection
            .send(json!({"type": "login", "token": self.token}))
            .await?;
        for room in &mut self.rooms {
            room.on_connected(&mut connection).await?;
        }
        loop {
            let is_sending = match &*goal.borrow_and_update() {
                Goal::Send => true,
                Goal::Confirm => {
                    if self.rooms.iter().all(|room| room.pending.is_empty()) {
                        // Dropping the sender signals it, once.
                        confirmed.take();
                    }
                    false
                }
                Goal::ReceiveAll(ends) => {
                    let has_all = |it: &RoomState| it.log.has_all(ends[&it.name]);
                    if self.rooms.iter().all(has_all) {
                        return Ok(());
                    }
                    false
                }
            };
            for room in &mut self.rooms {
                room.send_if_ready(&mut connection).await?;
            }
            let send_at = self.rooms.iter().filter_map(|room| room.send_at).min();
            tokio::select! {
                frames = connection.receive() => {
                    for frame in frames? {
                        self.handle(&mut connection, frame, &server_is_current).await?;
                    }
                }
                () = sleep_until(self.next_message_at), if is_sending => self.write_message(),
                () = sleep_until(send_at.unwrap_or(self.next_message_at)),
                    if send_at.is_some() => {}
                changed = goal.changed() => changed.expect("the pool keeps its sender to the end"),
            }
        }
    }

    async fn handle(
        &mut self,
        connection: &mut Connection,
        frame: ServerFrame,
        server_is_current: impl Fn() -> bool,
    ) -> Result<(), ConnectionLost> {
        let me = self.user;
        match frame {
            ServerFrame::Joined(joined) => {
                let room = self.room(&joined.room);
                room.log.on_joined(&joined);
                room.confirm(&joined.messages, me);
                room.request_missing(connection).await
            }
            ServerFrame::Message(message) => {
                let room = self.room(&message.room);
                let skipped = room.log.violations.skipped;
                room.log.on_live_message(&message, me);
                room.confirm(&[message], me);
                if room.log.violations.skipped > skipped {
                    room.request_missing(connection).await?;
                }
                Ok(())
            }
            ServerFrame::History(history) => {
                let room = self.room(&history.room);
                assert!(!history.messages.is_empty(), "what is missing is there");
                room.log.on_history(&history.messages);
                room.confirm(&history.messages, me);
                room.request_missing(connection).await
            }
            ServerFrame::Error(refusal) => self.refused(&refusal, server_is_current),
            ServerFrame::Bye(_) => Err(ConnectionLost),
            _ => Ok(()),
        }
    }

    fn refused(
        &mut self,
        refusal: &frame::Error,
        server_is_current: impl Fn() -> bool,
    ) -> Result<(), ConnectionLost> {
        let refused_room = self.rooms.iter_mut().find(|room| {
            let first = room.pending.front().map(|(id, _)| id);
            first.is_some() && first == refusal.id.as_ref()
        });
        let wait = refusal.retry_after_ms.map(Duration::from_millis);
        match (refusal.code, refused_room, wait) {
            (Code::TooFast | Code::StorageUnavailable, Some(room), Some(wait)) => {
                room.send_at = Some(Instant::now() + wait);
                Ok(())
            }
            // The server has not noticed yet that old connections broke, or a join met a full disk.
            (Code::TooManySockets | Code::StorageUnavailable, ..) => Err(ConnectionLost),
            // The server has moved, and another test's server uses its old address.
            _ if !server_is_current() => Err(ConnectionLost),
            _ => panic!("not a refusal to retry after: {refusal:?}"),
        }
    }

    fn write_message(&mut self) {
        // The first room is busier than the others, so that a long absence misses more than a page.
        let index = self.random.random_range(0..2 * self.rooms.len());
        let index = if index < self.rooms.len() { index } else { 0 };
        let room = &mut self.rooms[index];
        self.next_message_at = Instant::now() + self.random.random_range(Duration::ZERO..MAX_PAUSE);
        if room.pending.len() >= MAX_PENDING {
            return;
        }
        let id = format!("{}-{}", room.name, room.sent.len());
        let max_length = if self.random.random_ratio(1, 50) {
            4_000
        } else {
            80
        };
        let tail = "…".repeat(self.random.random_range(0..max_length));
        let text = format!("{} says {id} {tail}", self.user);
        room.sent.push((id.clone(), text.clone()));
        room.pending.push_back((id, text));
        if room.pending.len() == 1 {
            room.prepare_next();
        }
    }

    fn room(&mut self, name: &str) -> &mut RoomState {
        let room = self.rooms.iter_mut().find(|room| room.name == name);
        room.expect("a room that was joined")
    }
}

impl RoomState {
    async fn on_connected(&mut self, connection: &mut Connection) -> Result<(), ConnectionLost> {
        self.log.on_connected();
        self.send_at = (!self.pending.is_empty()).then(Instant::now);
        let after = self.log.reached();
        connection
            .send(json!({"type": "join", "room": self.name, "after": after}))
            .await
    }

    async fn send_if_ready(&mut self, connection: &mut Connection) -> Result<(), ConnectionLost> {
        let Some((id, text)) = self.pending.front() else {
            return Ok(());
        };
        if self.send_at.is_none_or(|send_at| send_at > Instant::now()) {
            return Ok(());
        }
        if self.was_sent {
            self.log.expect_answer(id);
        }
        self.was_sent = true;
        self.send_at = None;
        connection
            .send(json!({"type": "room", "to": self.name, "id": id, "text": text}))
            .await
    }

    /// Removes the pending message whose echo is among these.
    fn confirm(&mut self, messages: &[Message], me: i64) {
        for message in messages {
            let first = self.pending.front().map(|(id, _)| id);
            if message.author.0 == me && first == Some(&message.id) {
                self.pending.pop_front();
                self.prepare_next();
            }
        }
    }

    fn prepare_next(&mut self) {
        self.was_sent = false;
        self.send_at = (!self.pending.is_empty()).then(Instant::now);
    }

    async fn request_missing(&self, connection: &mut Connection) -> Result<(), ConnectionLost> {
        let Some(before) = self.log.highest_gap_end() else {
            return Ok(());
        };
        let limit = limits::HISTORY_PAGE;
        connection
            .send(json!({"type": "history", "room": self.name, "before": before, "limit": limit}))
            .await
    }
}
