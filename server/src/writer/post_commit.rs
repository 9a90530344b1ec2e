//! What follows from the requests of a batch once it has committed: events are published, and
//! requests are answered, in the order of the batch.

use std::collections::HashMap;

use protocol::{Close, Code, LogPosition, Message, Refusal, limits};

use super::{
    reply::{MessageReply, Reply},
    requests::{Draft, ReadMarker, WriteRequest},
};
use crate::hub::{Audience, ConnectionHandle, Hub};

/// An event to publish, with its recipients.
pub type Publication = (Message, Audience);

/// What follows from one request. It borrows the request, whose reply it answers.
pub enum PostCommit<'a> {
    /// Publish the event of a message. If a task waits for the event, send it to the task after
    /// that.
    Stored(Publication, &'a MessageReply),
    /// Publish the deletion of a message, then answer.
    Deleted(Publication, &'a Reply<()>),
    /// The message is a resend: answer with the original event.
    Resent(Message, &'a MessageReply),
    /// Publish events that nobody waits for.
    PublishAll(Vec<Publication>),
    /// Tell the user's connections that the read marker has moved here.
    ReadMarkerAdvanced(&'a ReadMarker, LogPosition),
    /// Connect an authenticated socket to the hub, which sends `welcome` with this token before
    /// anything else can reach the socket; then answer.
    Connect(
        ConnectionHandle,
        Option<&'a String>,
        &'a Reply<ConnectionHandle>,
    ),
    /// Run the callback, which answers the request.
    Answer(Callback<'a>),
    /// Refuse the request. A refusal does not stop the batch.
    Refuse(&'a WriteRequest, Refusal),
    Nothing,
}

type Callback<'a> = Box<dyn FnOnce(&Hub) + 'a>;

impl PostCommit<'_> {
    /// Returns the events that the request has stored.
    pub fn events(&self) -> impl Iterator<Item = &Message> {
        let (one, several) = match self {
            Self::Stored((message, _), _) | Self::Deleted((message, _), _) => {
                (Some(message), &[][..])
            }
            Self::PublishAll(publications) => (None, &publications[..]),
            Self::Resent(..)
            | Self::ReadMarkerAdvanced(..)
            | Self::Connect(..)
            | Self::Answer(_)
            | Self::Refuse(..)
            | Self::Nothing => (None, &[][..]),
        };
        one.into_iter()
            .chain(several.iter().map(|(message, _)| message))
    }
}

impl<T: 'static> Reply<T> {
    /// What sends this answer after the commit.
    pub fn answer(&self, answer: T) -> PostCommit<'_> {
        PostCommit::Answer(Box::new(move |_| drop(self.send(Ok(answer)))))
    }
}

impl WriteRequest {
    /// Answers the request with a refusal.
    fn refuse(&self, refusal: Refusal) {
        match self {
            Self::Send(Draft { reply, id, .. }) => reply.send_refusal(refusal, id),
            Self::RemoveRoom(_, reply) | Self::PurgeRooms(reply) => {
                drop(reply.send(Err(refusal)));
            }
            Self::SignIn(_, reply)
            | Self::ReserveNickname(_, reply)
            | Self::ReplaceSecret(_, _, reply)
            | Self::SignOut(_, reply)
            | Self::ChangeIntegrations(_, reply)
            | Self::DeleteMessage(_, reply)
            | Self::RecordRoomUse(_, reply)
            | Self::Flush(reply) => drop(reply.send(Err(refusal))),
            Self::Authenticate(_, reply) => drop(reply.send(Err(refusal))),
            // These need no answer. The client sends a newer read marker with the next message that
            // the user reads. A webhook may post a message again whose delivery was not recorded.
            Self::AdvanceReadMarker(_)
            | Self::Disconnected(_)
            | Self::RecordDelivery(_)
            | Self::TimeoutGames
            | Self::Expire => {}
        }
    }

    /// Answers a request whose batch could not be written.
    pub fn fail(&self, hub: &Hub) {
        if let Self::SignOut(user, _) = self {
            // The sign-out may be on disk all the same. A client that reconnects finds out.
            hub.disconnect_user(*user, Close::StorageUnavailable);
        }
        self.refuse(Refusal::retry_after(
            Code::StorageUnavailable,
            limits::STORAGE_RETRY,
        ));
    }
}

/// Publishes and answers in order. The events of a room are published together, unless an answer
/// comes between them: an answer is never sent before the events that precede it.
pub fn run(recovered: Vec<Publication>, actions: Vec<PostCommit<'_>>, hub: &Hub) {
    let mut pending = PendingPublications::default();
    pending.extend(recovered);
    for action in actions {
        match action {
            PostCommit::Stored(publication, reply) => {
                if let MessageReply::Channel(reply) = reply {
                    pending.replies.push((publication.0.clone(), reply));
                }
                pending.extend([publication]);
            }
            PostCommit::Deleted(publication, reply) => {
                pending.extend([publication]);
                pending.publish(hub);
                drop(reply.send(Ok(())));
            }
            PostCommit::PublishAll(publications) => pending.extend(publications),
            PostCommit::Nothing => {}
            PostCommit::Resent(original, reply) => {
                pending.publish(hub);
                reply.send_original(original);
            }
            PostCommit::ReadMarkerAdvanced(ReadMarker { user, room, .. }, position) => {
                pending.publish(hub);
                hub.broadcast_read(*user, room.clone(), position);
            }
            PostCommit::Connect(connection, token, reply) => {
                pending.publish(hub);
                hub.connect(&connection, token.cloned());
                // The session may have ended meanwhile.
                if let Some(Ok(connection)) = reply.send(Ok(connection)) {
                    hub.disconnect(&connection);
                }
            }
            PostCommit::Answer(callback) => {
                pending.publish(hub);
                callback(hub);
            }
            PostCommit::Refuse(request, refusal) => {
                pending.publish(hub);
                request.refuse(refusal);
            }
        }
    }
    pending.publish(hub);
}

/// Events that are to be published, by room.
#[derive(Default)]
struct PendingPublications<'a> {
    rooms: Vec<(Vec<Message>, Audience)>,
    /// The index of each room in `rooms`.
    by_room: HashMap<String, usize>,
    /// Events that are sent to a waiting task as well, after they are published.
    replies: Vec<(Message, &'a Reply<Message>)>,
}

impl PendingPublications<'_> {
    fn extend(&mut self, publications: impl IntoIterator<Item = Publication>) {
        for (message, audience) in publications {
            match self.by_room.get(&message.room) {
                Some(&nth) => self.rooms[nth].0.push(message),
                None => {
                    self.by_room.insert(message.room.clone(), self.rooms.len());
                    self.rooms.push((vec![message], audience));
                }
            }
        }
    }

    fn publish(&mut self, hub: &Hub) {
        for (messages, audience) in self.rooms.drain(..) {
            hub.publish(&messages, audience);
        }
        self.by_room.clear();
        for (message, reply) in self.replies.drain(..) {
            drop(reply.send(Ok(message)));
        }
    }
}
