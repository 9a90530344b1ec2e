//! A client on Tokio. It does what "Never lost, never twice" in docs/PROTOCOL.md asks of a client,
//! and reconnects after every loss of its connection.
//!
//! [`Client`] is a handle. Behind it a task ([`driver`]) owns the socket and the timers. The task
//! decides with the pure crate `client`. [`link`] is the connection while it opens and while it is
//! open, [`ws`] one WebSocket, [`address`] the server's URL.

mod address;
mod driver;
mod frames;
mod link;
mod ws;

use std::{sync::Arc, time::Duration};

pub use address::Address;
use client::message_id;
pub use client::{Content, Identity, PendingMessage, To};
use protocol::{ClientFrame, Message, Seq, ServerFrame, UserId, frame, games::Act};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use self::{driver::Driver, link::Request};
use crate::LOG_TARGET;

/// Events that wait for [`Client::next`]. While so many wait, nothing more is read from the socket.
const EVENTS: usize = 64;

/// How long a server may take to sign a user out.
const SIGN_OUT_TIME: Duration = Duration::from_secs(5);

/// A signed-in user. It has to be used inside a Tokio runtime.
pub struct Client {
    requests: mpsc::UnboundedSender<Request>,
    events: mpsc::Receiver<Result<Event, ClientError>>,
    task: JoinHandle<()>,
    user: UserId,
    nickname: String,
}

/// What a client receives.
#[derive(Debug)]
pub enum Event {
    /// Signed in, for the first time or again. A [`Client::request`] that was not answered before
    /// has to be repeated.
    Welcome(frame::Welcome),
    /// The connection is lost. The client reconnects by itself.
    Disconnected,
    /// The client is in the room; new events follow as messages. `starts_over` is set at the first
    /// join, and if the client was away for too long. Then events may be missing before the new
    /// ones: what the caller knows about the room is old, and game messages have the present state
    /// of their games.
    Joined {
        joined: frame::Joined,
        starts_over: bool,
    },
    /// The server refused to let the client join the room. The client does not try again.
    JoinRefused { room: String, refusal: frame::Error },
    /// An event of a room's log: each once, in order.
    Message(Message),
    /// The message with this id is on disk, under this number of its room.
    Stored { id: String, room: String, seq: Seq },
    /// The message was refused for good.
    Refused {
        message: Arc<PendingMessage>,
        refusal: frame::Error,
    },
    /// Any other frame of the server.
    Other(ServerFrame),
}

/// Why a client could not sign in, or has ended, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("“{0}” is not a server URL. Use one like http://localhost:3000.")]
    BadAddress(String),
    #[error("Cannot reach {address}: {why}.")]
    Unreachable { address: Address, why: String },
    /// Signing in was refused.
    #[error("{}", .0.message)]
    Refused(frame::Error),
    /// The server closed the connection, and reconnecting will not help.
    #[error("{reason} (close code {code})")]
    Closed { code: u16, reason: String },
    #[error("The connection is already closed.")]
    AlreadyClosed,
}

impl Client {
    /// Connects and signs in.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`] and [`ClientError::Refused`]: the first connection is tried
    /// only once.
    pub async fn open(address: Address, identity: Identity) -> Result<Self, ClientError> {
        let (requests, received) = mpsc::unbounded_channel();
        let (sender, mut events) = mpsc::channel(EVENTS);
        let driver = Driver::new(address, identity, received, sender);
        let task = tokio::spawn(driver.run());
        match events.recv().await {
            Some(Ok(Event::Welcome(welcome))) => Ok(Self {
                requests,
                events,
                task,
                user: welcome.user,
                nickname: welcome.nickname,
            }),
            Some(Err(error)) => Err(error),
            Some(Ok(_)) | None => Err(ClientError::AlreadyClosed),
        }
    }

    /// The user's id.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The user's nickname at the first sign-in.
    pub fn nickname(&self) -> &str {
        &self.nickname
    }

    /// Joins a room, now and on every further connection.
    pub fn join(&mut self, room: &str) {
        self.send_request(Request::Join(room.to_owned()));
    }

    /// Leaves a room, and does not join it again.
    pub fn leave(&mut self, room: &str) {
        self.send_request(Request::Leave(room.to_owned()));
    }

    /// Sends a text to a room, now or after reconnecting. Returns the id of the message.
    pub fn send(&mut self, room: &str, text: impl Into<String>) -> String {
        self.push(To::Room(room.to_owned()), Content::Text(text.into()))
    }

    /// Sends a private text, like [`Client::send`], to the user who has this nickname when the
    /// message arrives.
    pub fn send_direct(&mut self, nickname: &str, text: impl Into<String>) -> String {
        self.push(To::User(nickname.to_owned()), Content::Text(text.into()))
    }

    /// Acts in a game of a room, like [`Client::send`].
    pub fn play(&mut self, room: &str, act: Act) -> String {
        self.push(To::Room(room.to_owned()), Content::Act(act))
    }

    /// Sends a frame once, on the present connection. While the client is offline, the frame is
    /// dropped.
    pub fn request(&mut self, frame: ClientFrame) {
        self.send_request(Request::Frame(frame));
    }

    /// The next event. Cancel safe: a dropped call loses nothing.
    ///
    /// # Errors
    /// If the client has ended for good. A lost connection is no error.
    pub async fn next(&mut self) -> Result<Event, ClientError> {
        match self.events.recv().await {
            Some(event) => event,
            None => Err(ClientError::AlreadyClosed),
        }
    }

    /// Closes the socket with 1000 and waits for the server's own close. A message that is not
    /// confirmed by then may not have arrived.
    pub async fn close(self) {
        drop(self.requests);
        // The task must not wait forever for room in this channel.
        drop(self.events);
        if let Err(error) = self.task.await {
            tracing::error!(target: LOG_TARGET, %error, "the client's task failed");
        }
    }

    /// Signs out and closes the socket: the session ends, and the nickname is free. If the
    /// connection is lost, the server frees the nickname only when its reservation has expired.
    pub async fn sign_out(mut self) {
        self.request(ClientFrame::Logout);
        let signed_out = async {
            loop {
                match self.events.recv().await {
                    // A server that does not know the request refuses it.
                    Some(
                        Err(_) | Ok(Event::Disconnected | Event::Other(ServerFrame::Error(_))),
                    ) => {
                        break;
                    }
                    Some(Ok(_)) => {}
                    None => break,
                }
            }
        };
        let _ = timeout(SIGN_OUT_TIME, signed_out).await;
        self.close().await;
    }

    fn push(&mut self, to: To, content: Content) -> String {
        let id = message_id::from_random(rand::random());
        // The time is 0: the list of pending messages preserves the order of the calls.
        let message = PendingMessage::new(id.clone(), to, content, 0);
        self.send_request(Request::Send(message));
        id
    }

    /// Sends a request to the task. Once the task has ended, [`Client::next`] says why.
    fn send_request(&self, request: Request) {
        let _ = self.requests.send(request);
    }
}
