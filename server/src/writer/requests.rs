//! The requests to the writer. A request that is answered carries its own reply.

use std::{sync::Arc, time::Duration};

use protocol::{
    EventBody, Message, MessageId, Nickname, Refusal, RoomName, Seq, UserId, games::Act, name,
};

use super::reply::{MessageReply, Reply};
use crate::{
    hub::ConnectionHandle,
    permissions::Grant,
    rate_limit::{AddressBlock, Requester},
    send_queue::SendQueue,
    store::{room_use::ExpiryTimes, users::SecretHash, webhooks},
};

/// A request to the writer.
pub enum WriteRequest {
    Send(Draft),
    /// Deletes the text of a message, for the administrator.
    DeleteMessage(MessageRef, Reply<()>),
    /// Removes a public room. Answered with whether it was removed.
    RemoveRoom(RoomRemoval, Reply<bool>),
    /// Deletes a part of what is left of removed rooms. Answered with whether anything was left.
    PurgeRooms(Reply<bool>),
    /// Stores that the public rooms with these names are in use.
    RecordRoomUse(Vec<String>, Reply<()>),
    AdvanceReadMarker(ReadMarker),
    SignIn(SignIn, Reply<()>),
    ReserveNickname(ReserveNickname, Reply<()>),
    /// Replaces the secret of a session, by the old one and the new one.
    ReplaceSecret(SecretHash, SecretHash, Reply<()>),
    Authenticate(Authenticate, Reply<ConnectionHandle>),
    /// The socket with this id has closed.
    Disconnected(u64),
    SignOut(UserId, Reply<()>),
    /// Adds or removes a bot or a webhook.
    ChangeIntegrations(IntegrationChange, Reply<()>),
    /// Stores how far an outgoing webhook has delivered.
    RecordDelivery(DeliveryProgress),
    /// Ends the games whose timers have run out.
    TimeoutGames,
    /// Deletes expired reservations and sessions, and records which sessions are in use.
    Expire,
    /// Writes nothing. It is answered once all requests before it are done.
    Flush(Reply<()>),
}

/// A message that is to be appended to a room's log.
pub struct Draft {
    pub author: Author,
    /// Where the outcome is reported.
    pub reply: MessageReply,
    pub destination: Destination,
    pub id: MessageId,
    pub body: DraftBody,
    /// The refusal of the message if it is new. A resend is answered in any case.
    pub precondition: Result<(), Refusal>,
}

/// The author of a message, and how the name is shown.
#[derive(Clone, Debug)]
pub struct Author {
    pub user: UserId,
    pub nickname: String,
    /// A name to show instead of the nickname, unless it is another user's nickname.
    pub alias: Option<Nickname>,
    pub is_bot: bool,
    /// The address that the message came from, by which limits count it.
    pub address: Option<AddressBlock>,
}

impl Author {
    /// Whose budgets the message takes from.
    pub fn requester(&self) -> Requester {
        Requester {
            user: Some(self.user),
            address: self.address,
        }
    }
}

impl From<&ConnectionHandle> for Author {
    fn from(connection: &ConnectionHandle) -> Self {
        Self {
            user: connection.user,
            nickname: connection.nickname.clone(),
            alias: None,
            is_bot: connection.permissions.is_bot(),
            address: connection.address,
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
    /// The size of its text in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Game(_) => 0,
        }
    }

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
    /// The same, of a room in which something was said when the message was sent. If it is not
    /// stored, it was removed since, and is not created again.
    Stored(RoomName),
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
            Self::Public(name) | Self::Stored(name) => name::is_same(name.as_str(), &message.room),
            Self::Direct(id) => *id == message.room,
            Self::User(nickname) => message
                .to
                .as_deref()
                .is_some_and(|to| name::is_same(to, nickname.as_str())),
        }
    }
}

/// A message in a room's log.
pub struct MessageRef {
    /// The room's name as it is stored, or the conversation's id.
    pub room: String,
    pub seq: Seq,
}

/// A public room that is to be removed.
pub struct RoomRemoval {
    /// The room's name as it is stored.
    pub room: String,
    /// If set, the room is removed only if it has expired, and no webhook or token names it.
    pub if_expired: Option<ExpiryTimes>,
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
    /// Whether somebody may choose the nickname. One that is in use is refused as such first.
    pub may_be_reserved: Result<(), Refusal>,
    /// How long the nickname stays reserved after the user's last socket has closed.
    pub reservation: Duration,
    /// The hash of the session's secret.
    pub secret: SecretHash,
}

/// A request to reserve a nickname for the user of a session, whose old one may be taken. The
/// session gets a new secret.
pub struct ReserveNickname {
    pub old_secret: SecretHash,
    pub secret: SecretHash,
    pub nickname: Nickname,
    /// As in [`SignIn`].
    pub may_be_reserved: Result<(), Refusal>,
}

/// A change of the bots and webhooks.
pub enum IntegrationChange {
    AddBot(NewBot),
    /// The webhook, its room, and the key that signs its posts.
    AddWebhook(webhooks::NewWebhook, RoomName, String),
    /// The name of an outgoing webhook.
    RemoveWebhook(String),
    /// The name of an outgoing webhook whose receiver was gone.
    EnableWebhook(String),
}

/// What has become of an event that an outgoing webhook should deliver.
pub struct DeliveryProgress {
    /// The webhook's row.
    pub webhook: i64,
    /// The event's number in the webhook's room.
    pub seq: Seq,
    pub delivery: webhooks::Delivery,
}

/// A request to add a bot.
pub struct NewBot {
    pub name: Nickname,
    pub grant: Grant,
    /// The hash of the token.
    pub secret: SecretHash,
}

/// A request to authenticate a socket by a session.
pub struct Authenticate {
    pub secret: SecretHash,
    /// The nickname to reserve if the user's old one is taken by now.
    pub nickname: Option<Nickname>,
    /// The refusal of that nickname unless the user has it already: it may be older than a rule.
    pub may_be_reserved: Result<(), Refusal>,
    /// The server's own hosts, which nobody may have as a nickname again.
    pub own_hosts: Vec<String>,
    /// The socket to connect.
    pub send_queue: Arc<SendQueue>,
    /// The address by which limits count the socket.
    pub address: Option<AddressBlock>,
    /// The token that `welcome` gives a bot, so that it can sign in again.
    pub token: Option<String>,
}

impl WriteRequest {
    /// Identifies the user or the socket that the request comes from, if it comes from one.
    pub fn sender(&self) -> Option<u64> {
        match self {
            Self::Send(draft) => Some(draft.author.user.0.unsigned_abs()),
            Self::AdvanceReadMarker(marker) => Some(marker.user.0.unsigned_abs()),
            Self::Authenticate(socket, _) => Some(socket.send_queue.id()),
            Self::Disconnected(socket) => Some(*socket),
            Self::DeleteMessage(..)
            | Self::RemoveRoom(..)
            | Self::PurgeRooms(_)
            | Self::RecordRoomUse(..)
            | Self::SignIn(..)
            | Self::ReserveNickname(..)
            | Self::ReplaceSecret(..)
            | Self::SignOut(..)
            | Self::ChangeIntegrations(..)
            | Self::RecordDelivery(_)
            | Self::TimeoutGames
            | Self::Expire
            | Self::Flush(_) => None,
        }
    }

    /// The size of the request's text in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Send(draft) => draft.body.bytes(),
            Self::DeleteMessage(..)
            | Self::RemoveRoom(..)
            | Self::PurgeRooms(_)
            | Self::RecordRoomUse(..)
            | Self::AdvanceReadMarker(_)
            | Self::SignIn(..)
            | Self::ReserveNickname(..)
            | Self::ReplaceSecret(..)
            | Self::Authenticate(..)
            | Self::Disconnected(_)
            | Self::SignOut(..)
            | Self::ChangeIntegrations(..)
            | Self::RecordDelivery(_)
            | Self::TimeoutGames
            | Self::Expire
            | Self::Flush(_) => 0,
        }
    }
}
