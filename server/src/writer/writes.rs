//! What can be written, and what comes of it. An [`Outcome`] only becomes visible once the whole
//! batch is committed.

use std::{sync::Arc, time::Duration};

use protocol::{
    Mark, Message, MessageId, Nickname, Refusal, RoomName, Seq, ServerFrame, UserId, games::Act,
    name,
};
use tokio::sync::oneshot;

use super::{ConnectionGuard, WriterHandle};
use crate::{
    hub::ConnectionHandle,
    permissions::{Grant, Permissions},
    send_queue::SendQueue,
    store::{Error, users::SecretHash, webhooks},
};

/// Something to be written. Those with a sender are answered through it.
pub enum Write {
    Send(Draft),
    Read(Read),
    SignIn(SignIn, oneshot::Sender<Result<(), Refusal>>),
    Authenticate(
        Authenticate,
        WriterHandle,
        oneshot::Sender<Result<Authenticated, Refusal>>,
    ),
    Disconnected(UserId),
    SignOut(UserId, oneshot::Sender<Result<(), Refusal>>),
    /// Changes which bots and webhooks there are.
    Change(Change, oneshot::Sender<Result<(), Refusal>>),
    /// An outgoing webhook has come so far.
    Delivered(Delivered),
    /// Ends the games whose clocks have run out.
    TimeoutGames,
    /// Deletes the claims that have lapsed, and marks the sessions of open sockets as used.
    Expire,
    /// Nothing at all: answered when all before it is done.
    Flush(oneshot::Sender<()>),
}

/// A message on its way into a log.
pub struct Draft {
    pub author: Author,
    /// Who is told what came of it.
    pub reply: Reply,
    pub destination: Destination,
    pub id: MessageId,
    pub body: Body,
    /// It has used up some of the author's allowance. Only the answer to what was said before gives that
    /// back: what is refused has cost the writer as much as what is stored.
    pub is_paid: bool,
}

/// As who something is said.
#[derive(Clone, Debug)]
pub struct Author {
    pub user: UserId,
    pub nickname: String,
    /// Another name to be shown, if nobody else holds it.
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

/// Who is told what came of a message.
pub enum Reply {
    /// A socket: of the first event, if it was said before, or of a refusal. What is new comes as an
    /// event like to everybody else.
    Socket(Arc<SendQueue>),
    /// Whoever waits for this.
    Channel(oneshot::Sender<Result<Message, Refusal>>),
}

impl Reply {
    /// It was said before, as this.
    pub fn duplicate(self, first: Message) {
        match self {
            Self::Socket(send_queue) => send_queue.send(&ServerFrame::Message(first)),
            // Whoever asked may be gone by now; then there is nobody to be told.
            Self::Channel(asker) => drop(asker.send(Ok(first))),
        }
    }

    /// It was refused.
    pub fn refused(self, refusal: Refusal, id: &MessageId) {
        match self {
            Self::Socket(send_queue) => send_queue.refuse(refusal, Some(id.as_str().to_owned())),
            Self::Channel(asker) => drop(asker.send(Err(refusal))),
        }
    }
}

/// What there is to be written.
pub enum Body {
    Text(String),
    /// To be decided by the rules of its game.
    Act(Act),
}

impl Body {
    /// Is this what the message says?
    pub fn matches(&self, message: &Message) -> bool {
        match (self, message.played.as_deref()) {
            (Self::Text(text), None) => *text == message.text,
            (Self::Act(act), Some(played)) => played.results_from(act, &message.room),
            _ => false,
        }
    }
}

/// Where a message goes.
pub enum Destination {
    /// A public room that the author is in.
    Public(RoomName),
    /// A private conversation, by its id.
    Direct(String),
    /// Whoever holds this nickname; opens the conversation if it is new.
    User(Nickname),
}

impl Destination {
    /// Was this message meant for this place? Whoever holds a nickname now may not be who held it
    /// then, so what counts is the nickname of that time.
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

/// Up to where somebody has read a room.
pub struct Read {
    pub user: UserId,
    /// The room as it is written; the user is in it, or one of its two.
    pub room: String,
    pub seq: Seq,
}

/// A new user, to be signed in under a nickname.
pub struct SignIn {
    pub nickname: Nickname,
    /// How long the claim is held after the last socket closed.
    pub hold: Duration,
    /// The session's secret.
    pub secret: SecretHash,
}

/// A bot or a webhook that comes or goes.
pub enum Change {
    AddProgram(NewBot),
    /// With its room, and the secret that it signs with.
    AddOutgoing(webhooks::NewWebhook, RoomName, String),
    /// By its name.
    RemoveOutgoing(String),
}

/// An outgoing webhook has come so far.
pub struct Delivered {
    /// Its row in the database.
    pub row: i64,
    pub upto: Seq,
}

/// A new bot.
pub struct NewBot {
    pub name: Nickname,
    pub grant: Grant,
    /// Its token's.
    pub secret: SecretHash,
}

/// Somebody with a session.
pub struct Authenticate {
    pub secret: SecretHash,
    /// Another nickname, for who finds that the old one is somebody else's now.
    pub nickname: Option<Nickname>,
    /// The socket, if it is not a page that is asked for.
    pub send_queue: Option<Arc<SendQueue>>,
    /// What a bot comes back with, to be told in its `welcome`.
    pub token: Option<String>,
}

/// Who arrived.
pub struct Authenticated {
    pub user: UserId,
    pub nickname: String,
    /// The socket's place in the server, if it is a socket.
    pub guard: Option<ConnectionGuard>,
}

/// A message with the members of its room, if that is a private one.
pub type Publication = (Message, Option<[UserId; 2]>);

/// What came of a write; visible only after the commit.
pub enum Outcome {
    Stored {
        message: Message,
        members: Option<[UserId; 2]>,
    },
    Duplicate(Message),
    /// Games that were ended.
    TimedOut(Vec<Publication>),
    /// The user has read up to here, and had not before.
    Read(Mark),
    Authenticated {
        user: UserId,
        nickname: String,
        permissions: Permissions,
    },
    Refused(Refusal),
    Done,
}

impl Outcome {
    /// The events that it stores.
    pub fn events(&self) -> impl Iterator<Item = &Message> {
        let (one, several) = match self {
            Self::Stored { message, .. } => (Some(message), &[][..]),
            Self::TimedOut(ended) => (None, &ended[..]),
            Self::Duplicate(_)
            | Self::Read(_)
            | Self::Authenticated { .. }
            | Self::Refused(_)
            | Self::Done => (None, &[][..]),
        };
        one.into_iter()
            .chain(several.iter().map(|(message, _)| message))
    }

    /// The answer to who only asked whether it may be.
    pub fn into_result(self) -> Result<(), Refusal> {
        match self {
            Self::Refused(refusal) => Err(refusal),
            _ => Ok(()),
        }
    }
}

impl Write {
    /// Bytes of text in it.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Send(Draft {
                body: Body::Text(text),
                ..
            }) => text.len(),
            _ => 0,
        }
    }
}

/// A refusal is an outcome like any other: the rest of the batch goes on.
pub fn refused(refusal: impl Into<Refusal>) -> Result<Outcome, Error> {
    Ok(Outcome::Refused(refusal.into()))
}
