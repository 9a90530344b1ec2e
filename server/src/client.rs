//! A client of a Parlor, for the bots of this server: it keeps its side of "Never lost, never
//! twice" in docs/PROTOCOL.md and comes back after whatever happens to its line.
//!
//! [`Client`] is a handle. Behind it a task ([`connection`]) owns the socket and the timers, with the
//! page's own machine to decide when to connect. What it remembers is pure: [`outbox`] holds what is
//! not confirmed, [`rooms`] how much of each room was heard. [`line`] is one socket, [`address`] where
//! it leads.
//!
//! Deliberately absent: everything that serves. A client knows no store, no hub and no writer.

mod address;
mod connection;
mod line;
mod outbox;
mod rooms;
mod way;

pub use address::Address;
pub use outbox::{Body, Draft};
use protocol::{ClientFrame, Message, Seq, ServerFrame, UserId, frame, games::Act};
use tokio::{sync::mpsc, task::JoinHandle};

use self::{connection::Connection, way::Wish};

/// Events that wait for the program; beyond that nothing more is read from the socket.
const EVENTS: usize = 64;

/// Somebody in a server, for as long as this lives. To be used inside a Tokio runtime.
pub struct Client {
    wishes: mpsc::UnboundedSender<Wish>,
    events: mpsc::Receiver<Result<Event, Ended>>,
    task: JoinHandle<()>,
    user: UserId,
    nickname: String,
    /// What the ids of this client's drafts begin with: 64 random bits, as 16 hex digits.
    stem: String,
    drafts: u64,
}

/// As who one comes.
#[derive(Clone, Debug)]
pub enum Identity {
    /// Somebody new.
    Nickname(String),
    /// A program with a token, or somebody who was here before.
    Token(String),
}

/// What a client hears.
#[derive(Debug)]
pub enum Event {
    /// Signed in, for the first time or again. What was asked before, with [`Client::ask`], and not
    /// answered is to be asked anew.
    Welcome(frame::Welcome),
    /// The line is lost. The client looks for another one by itself.
    Lost,
    /// In the room; what is news of it follows as messages. With `is_afresh` events may have been left
    /// out before those, because it is the first time or because the absence was too long: what the
    /// program holds of the room is old, and cards tell how their games stand.
    Joined {
        joined: frame::Joined,
        is_afresh: bool,
    },
    /// The room could not be joined, and is not tried again.
    NotJoined { room: String, refusal: frame::Error },
    /// An event of a room's log: each once, in their order.
    Message(Message),
    /// What was said or played under this id is on disk, as this number of its room.
    Stored { id: String, room: String, seq: Seq },
    /// Refused for good.
    Refused { draft: Draft, refusal: frame::Error },
    /// Whatever else the server says.
    Other(ServerFrame),
}

/// Why there is no client, or none any more, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    #[error("“{0}” is not a server URL. Use one like http://localhost:3000.")]
    BadAddress(String),
    #[error("Cannot reach {address}: {why}.")]
    Unreachable { address: Address, why: String },
    /// Signing in was refused.
    #[error("{}", .0.message)]
    Refused(frame::Error),
    /// The server closed, and coming back will not help.
    #[error("{reason} (close code {code})")]
    Closed { code: u16, reason: String },
    #[error("The connection is already closed.")]
    Already,
}

impl Client {
    /// Connects, and signs in.
    ///
    /// # Errors
    /// [`Ended::Unreachable`] and [`Ended::Refused`]: the first time nothing is tried twice.
    pub async fn open(address: Address, identity: Identity) -> Result<Self, Ended> {
        let (wishes, wished) = mpsc::unbounded_channel();
        let (teller, mut events) = mpsc::channel(EVENTS);
        let connection = Connection::new(address, identity, wished, teller);
        let task = tokio::spawn(connection.run());
        match events.recv().await {
            Some(Ok(Event::Welcome(welcome))) => Ok(Self {
                wishes,
                events,
                task,
                user: welcome.user,
                nickname: welcome.nickname,
                stem: format!("{:016x}", rand::random::<u64>()),
                drafts: 0,
            }),
            Some(Err(ended)) => Err(ended),
            Some(Ok(_)) | None => Err(Ended::Already),
        }
    }

    /// Who one is.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// What one was called when one came in.
    pub fn nickname(&self) -> &str {
        &self.nickname
    }

    /// Enters a room, now and on every further line.
    pub fn join(&mut self, room: &str) {
        self.wish(Wish::Join(room.to_owned()));
    }

    /// Goes out of a room, and does not come back to it by itself.
    pub fn leave(&mut self, room: &str) {
        self.wish(Wish::Leave(room.to_owned()));
    }

    /// Says something in a room, now or when the line is back. Returns the id under which it will
    /// come back.
    pub fn say(&mut self, room: &str, text: impl Into<String>) -> String {
        self.draft(room, Body::Text(text.into()))
    }

    /// Says something in private to whoever has this nickname then, as [`Client::say`] says something.
    pub fn whisper(&mut self, nickname: &str, text: impl Into<String>) -> String {
        self.draft(nickname, Body::Whisper(text.into()))
    }

    /// Does something in a game of a room, as [`Client::say`] says something.
    pub fn play(&mut self, room: &str, act: Act) -> String {
        self.draft(room, Body::Act(act))
    }

    /// Sends a frame once, on this line; without one it is lost.
    pub fn ask(&mut self, frame: ClientFrame) {
        self.wish(Wish::Ask(frame));
    }

    /// What happens next. May be dropped before it is done: nothing is lost.
    ///
    /// # Errors
    /// When it is over for good. A line that broke is no error.
    pub async fn next(&mut self) -> Result<Event, Ended> {
        match self.events.recv().await {
            Some(event) => event,
            None => Err(Ended::Already),
        }
    }

    /// Closes the socket with 1000 and waits for the server's own close. What is not confirmed by then
    /// may not have arrived.
    pub async fn close(self) {
        drop(self.wishes);
        // A task that waits to tell something must not wait for ever.
        drop(self.events);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the connection task failed");
        }
    }

    fn draft(&mut self, room: &str, body: Body) -> String {
        self.drafts += 1;
        let id = format!("{}-{}", self.stem, self.drafts);
        self.wish(Wish::Say(Draft {
            id: id.clone(),
            to: room.to_owned(),
            body,
        }));
        id
    }

    /// Once the task has ended, [`Client::next`] says why.
    fn wish(&self, wish: Wish) {
        let _ = self.wishes.send(wish);
    }
}
