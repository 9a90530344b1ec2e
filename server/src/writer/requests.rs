//! The requests to the writer, and their outcomes. An [`Outcome`] may be shown only after its batch
//! has committed.

use std::{sync::Arc, time::Duration};

use protocol::{
    EventBody, LogPosition, Message, MessageId, Nickname, Refusal, RoomName, Seq, ServerFrame,
    UserId, games::Act, name,
};
use tokio::sync::oneshot;

use super::{ConnectionGuard, WriterHandle};
use crate::{
    hub::ConnectionHandle,
    permissions::{Grant, Permissions},
    send_queue::SendQueue,
    store::{Error, users::SecretHash, webhooks},
};

/// A request to the writer. If it has a `oneshot` sender, the outcome is sent through it.
pub enum WriteRequest {
    Send(Draft),
    AdvanceReadMarker(ReadMarker),
    SignIn(SignIn, oneshot::Sender<Result<(), Refusal>>),
    Authenticate(
        Authenticate,
        WriterHandle,
        oneshot::Sender<Result<Authenticated, Refusal>>,
    ),
    Disconnected(UserId),
    SignOut(UserId, oneshot::Sender<Result<(), Refusal>>),
    /// Adds or removes a bot or a webhook.
    ChangeIntegrations(IntegrationChange, oneshot::Sender<Result<(), Refusal>>),
    /// Stores how far an outgoing webhook has delivered.
    RecordDelivery(DeliveryProgress),
    /// Ends the games whose timers have run out.
    TimeoutGames,
    /// Deletes expired reservations and sessions, and records that the sessions of open sockets are
    /// in use.
    Expire,
    /// Writes nothing. It is answered once all requests before it are done.
    Flush(oneshot::Sender<()>),
}

/// A message that is to be appended to a room's log.
pub struct Draft {
    pub author: Author,
    /// Where the outcome is reported.
    pub reply: Reply,
    pub destination: Destination,
    pub id: MessageId,
    pub body: DraftBody,
    /// Whether the message was charged to the author's rate limit. Only a resend is refunded: a
    /// refused message costs the writer as much as a stored one.
    pub is_charged: bool,
}

/// The author of a message, and how the name is shown.
#[derive(Clone, Debug)]
pub struct Author {
    pub user: UserId,
    pub nickname: String,
    /// A name to show instead of the nickname, unless it is another user's nickname.
    pub alias: Option<Nickname>,
    pub is_bot: bool,
}

impl From<&ConnectionHandle> for Author {
    fn from(connection: &ConnectionHandle) -> Self {
        Self {
            user: connection.user,
            nickname: connection.nickname.clone(),
            alias: None,
            is_bot: connection.permissions.is_bot(),
        }
    }
}

/// Where the outcome of a message is reported.
pub enum Reply {
    /// A socket. It is sent a refusal, or the original event of a resend. A new event reaches it
    /// through the hub, as it reaches every other socket.
    Socket(Arc<SendQueue>),
    /// A task that waits for the event or the refusal.
    Channel(oneshot::Sender<Result<Message, Refusal>>),
}

impl Reply {
    /// Reports that the message is a resend, with the original event.
    pub fn send_original(self, original: Message) {
        match self {
            Self::Socket(send_queue) => send_queue.send(&ServerFrame::Message(original)),
            // The receiver may be gone, for instance if the HTTP client has closed the connection.
            Self::Channel(sender) => drop(sender.send(Ok(original))),
        }
    }

    /// Reports that the message was refused.
    pub fn send_refusal(self, refusal: Refusal, id: &MessageId) {
        match self {
            Self::Socket(send_queue) => send_queue.refuse(refusal, Some(id.as_str().to_owned())),
            Self::Channel(sender) => drop(sender.send(Err(refusal))),
        }
    }
}

/// The content of a draft.
pub enum DraftBody {
    Text(String),
    /// An action in a game. The rules of the game decide on it.
    Game(Act),
}

impl DraftBody {
    /// Returns whether the message was sent with this content. A text that has changed since is not
    /// compared.
    pub fn matches(&self, message: &Message) -> bool {
        match (self, &message.body) {
            (Self::Text(_), EventBody::Deleted) => true,
            (Self::Text(text), EventBody::Text(sent)) => text == sent,
            (Self::Game(act), EventBody::Game(game)) => {
                game.played.results_from(act, &message.room)
            }
            (Self::Text(_) | Self::Game(_), _) => false,
        }
    }
}

/// The room that a message is sent to.
pub enum Destination {
    /// A public room that the author is in.
    Public(RoomName),
    /// A private conversation, given by its id.
    Direct(String),
    /// The private conversation with the user who has this nickname. It is created if it is new.
    User(Nickname),
}

impl Destination {
    /// Returns whether the message was sent to this destination. A nickname can become another
    /// user's, so this compares the nickname at the time of sending.
    pub fn matches(&self, message: &Message) -> bool {
        match self {
            Self::Public(name) => name::is_same(name.as_str(), &message.room),
            Self::Direct(id) => *id == message.room,
            Self::User(nickname) => message
                .to
                .as_deref()
                .is_some_and(|to| name::is_same(to, nickname.as_str())),
        }
    }
}

/// A request to advance a user's read marker.
pub struct ReadMarker {
    pub user: UserId,
    /// The room's name as it is stored, or the conversation's id. The user is in the room.
    pub room: String,
    pub seq: Seq,
}

/// A request to add a user with a nickname.
pub struct SignIn {
    pub nickname: Nickname,
    /// How long the nickname stays reserved after the user's last socket has closed.
    pub reservation: Duration,
    /// The hash of the session's secret.
    pub secret: SecretHash,
}

/// A change of the bots and webhooks.
pub enum IntegrationChange {
    AddBot(NewBot),
    /// The webhook, its room, and the key that signs its posts.
    AddWebhook(webhooks::NewWebhook, RoomName, String),
    /// The name of an outgoing webhook.
    RemoveWebhook(String),
}

/// How far an outgoing webhook has delivered.
pub struct DeliveryProgress {
    /// The webhook's row.
    pub webhook: i64,
    pub delivered_seq: Seq,
}

/// A request to add a bot.
pub struct NewBot {
    pub name: Nickname,
    pub grant: Grant,
    /// The hash of the token.
    pub secret: SecretHash,
}

/// A request to authenticate by a session.
pub struct Authenticate {
    pub secret: SecretHash,
    /// The nickname to reserve if the user's old one is taken by now.
    pub nickname: Option<Nickname>,
    /// The socket to connect; `None` for a page.
    pub send_queue: Option<Arc<SendQueue>>,
    /// The token that `welcome` gives a bot, so that it can sign in again.
    pub token: Option<String>,
}

/// The user whom a session has authenticated.
pub struct Authenticated {
    pub user: UserId,
    pub nickname: String,
    /// Unregisters the socket when it is dropped; `None` for a page.
    pub guard: Option<ConnectionGuard>,
}

/// An event to publish, with the members of its room if that is a private conversation.
pub type Publication = (Message, Option<[UserId; 2]>);

/// The outcome of a request. It may be shown only after the batch has committed.
pub enum Outcome {
    Stored {
        message: Message,
        members: Option<[UserId; 2]>,
    },
    Duplicate(Message),
    /// The final events of the games that were ended.
    TimedOut(Vec<Publication>),
    /// The user's read marker has advanced to here.
    ReadMarkerAdvanced(LogPosition),
    Authenticated {
        user: UserId,
        nickname: String,
        permissions: Permissions,
    },
    Refused(Refusal),
    Done,
}

impl Outcome {
    /// Returns the events that this outcome has stored.
    pub fn events(&self) -> impl Iterator<Item = &Message> {
        let (one, several) = match self {
            Self::Stored { message, .. } => (Some(message), &[][..]),
            Self::TimedOut(ended) => (None, &ended[..]),
            Self::Duplicate(_)
            | Self::ReadMarkerAdvanced(_)
            | Self::Authenticated { .. }
            | Self::Refused(_)
            | Self::Done => (None, &[][..]),
        };
        one.into_iter()
            .chain(several.iter().map(|(message, _)| message))
    }

    /// Reduces the outcome to whether the request was refused.
    pub fn into_result(self) -> Result<(), Refusal> {
        match self {
            Self::Refused(refusal) => Err(refusal),
            _ => Ok(()),
        }
    }
}

impl WriteRequest {
    /// The size of the request's text in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Send(Draft {
                body: DraftBody::Text(text),
                ..
            }) => text.len(),
            _ => 0,
        }
    }
}

/// Wraps a refusal, which is an outcome like any other and does not stop the batch.
pub fn refused(refusal: impl Into<Refusal>) -> Result<Outcome, Error> {
    Ok(Outcome::Refused(refusal.into()))
}
