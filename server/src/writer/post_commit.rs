//! Publishes events and answers requests after a batch has committed or failed, in the order of the
//! batch.

use std::{collections::HashMap, sync::Arc};

use protocol::{Close, Code, Message, Refusal, UserId, limits};
use tokio::sync::oneshot;

use super::{
    Authenticated, ConnectionGuard,
    requests::{Outcome, Publication, Reply, WriteRequest},
};
use crate::{
    hub::{Audience, ConnectionHandle, Hub},
    rate_limit::UserLimiter,
};

/// What follows from one request.
pub enum PostCommit {
    /// Publish an event.
    Publish(Publication),
    /// Publish an event, and then send it to the task that waits for it.
    PublishAndAnswer(Publication, oneshot::Sender<Result<Message, Refusal>>),
    /// Publish several events.
    PublishAll(Vec<Publication>),
    /// Run the callback, which answers the request, after everything before it is published.
    Answer(Callback),
    Nothing,
}

type Callback = Box<dyn FnOnce(&Arc<Hub>)>;

impl PostCommit {
    /// What follows from a request whose batch has committed.
    pub fn committed(request: WriteRequest, outcome: Outcome, user_limiter: &UserLimiter) -> Self {
        match (request, outcome) {
            (WriteRequest::Send(draft), Outcome::Stored { message, members }) => {
                match draft.reply {
                    Reply::Socket(_) => Self::Publish((message, members)),
                    Reply::Channel(sender) => Self::PublishAndAnswer((message, members), sender),
                }
            }
            (WriteRequest::TimeoutGames, Outcome::TimedOut(ended)) => Self::PublishAll(ended),
            (WriteRequest::Send(draft), Outcome::Duplicate(original)) => {
                if draft.is_charged {
                    user_limiter.refund(draft.author.user);
                }
                Self::answer(move |_| draft.reply.send_original(original))
            }
            (WriteRequest::Send(draft), Outcome::Refused(refusal)) => Self::answer(move |_| {
                draft.reply.send_refusal(refusal, &draft.id);
            }),
            (WriteRequest::AdvanceReadMarker(marker), Outcome::ReadMarkerAdvanced(position)) => {
                Self::answer(move |hub| {
                    hub.broadcast_read(marker.user, marker.room, position);
                })
            }
            // Here and below, sending fails only if the receiver is gone, and then nobody waits.
            (
                WriteRequest::SignIn(_, sender) | WriteRequest::ChangeIntegrations(_, sender),
                outcome,
            ) => Self::answer(move |_| {
                let _ = sender.send(outcome.into_result());
            }),
            (
                WriteRequest::Authenticate(request, writer, sender),
                Outcome::Authenticated {
                    user,
                    nickname,
                    permissions,
                },
            ) => Self::answer(move |hub| {
                let guard = request.send_queue.map(|send_queue| {
                    let connection = ConnectionHandle {
                        user,
                        nickname: nickname.clone(),
                        send_queue,
                        permissions,
                    };
                    ConnectionGuard::new(connection, request.token, hub, writer)
                });
                let _ = sender.send(Ok(Authenticated {
                    user,
                    nickname,
                    guard,
                }));
            }),
            (WriteRequest::Authenticate(_, _, sender), Outcome::Refused(refusal)) => {
                Self::answer(move |_| {
                    let _ = sender.send(Err(refusal));
                })
            }
            (WriteRequest::SignOut(user, sender), outcome) => Self::answer(move |hub| {
                let signed_out = outcome.into_result();
                if signed_out.is_ok() {
                    hub.sign_out(user);
                }
                let _ = sender.send(signed_out);
            }),
            (WriteRequest::Flush(sender), _) => Self::answer(move |_| {
                let _ = sender.send(());
            }),
            (
                WriteRequest::AdvanceReadMarker(_)
                | WriteRequest::Disconnected(_)
                | WriteRequest::RecordDelivery(_)
                | WriteRequest::TimeoutGames
                | WriteRequest::Expire,
                _,
            ) => Self::Nothing,
            (WriteRequest::Send(_) | WriteRequest::Authenticate(..), _) => {
                unreachable!("a message and an authentication have outcomes of their own")
            }
        }
    }

    /// What follows from a request whose batch could not be written.
    pub fn failed(request: WriteRequest) -> Self {
        let refusal = Refusal::retry_after(Code::StorageUnavailable, limits::STORAGE_RETRY);
        Self::answer(move |hub| match request {
            WriteRequest::Send(draft) => draft.reply.send_refusal(refusal, &draft.id),
            WriteRequest::SignIn(_, sender) | WriteRequest::ChangeIntegrations(_, sender) => {
                let _ = sender.send(Err(refusal));
            }
            WriteRequest::Authenticate(_, _, sender) => {
                let _ = sender.send(Err(refusal));
            }
            WriteRequest::SignOut(user, sender) => {
                // The sign-out may be on disk all the same. A client that reconnects finds out.
                hub.disconnect_user(user, Close::StorageUnavailable);
                let _ = sender.send(Err(refusal));
            }
            WriteRequest::Flush(sender) => {
                let _ = sender.send(());
            }
            // These need no answer. The client sends a newer read marker with the next message that
            // the user reads. A webhook may post a message again whose delivery was not recorded.
            WriteRequest::AdvanceReadMarker(_)
            | WriteRequest::Disconnected(_)
            | WriteRequest::RecordDelivery(_)
            | WriteRequest::TimeoutGames
            | WriteRequest::Expire => {}
        })
    }

    fn answer(callback: impl FnOnce(&Arc<Hub>) + 'static) -> Self {
        Self::Answer(Box::new(callback))
    }
}

/// Publishes and answers in order. The events of a room are published together, unless an answer
/// comes between them: an answer is never sent before the events that precede it.
pub fn run(actions: Vec<PostCommit>, hub: &Arc<Hub>) {
    let mut pending = PendingPublications::default();
    for action in actions {
        match action {
            PostCommit::Publish((message, members)) => pending.add(message, members),
            PostCommit::PublishAll(publications) => {
                for (message, members) in publications {
                    pending.add(message, members);
                }
            }
            PostCommit::PublishAndAnswer((message, members), sender) => {
                pending.replies.push((message.clone(), sender));
                pending.add(message, members);
            }
            PostCommit::Nothing => {}
            PostCommit::Answer(callback) => {
                pending.publish(hub);
                callback(hub);
            }
        }
    }
    pending.publish(hub);
}

/// Events that are to be published, by room.
#[derive(Default)]
struct PendingPublications {
    rooms: Vec<(Vec<Message>, Option<[UserId; 2]>)>,
    /// The index of each room in `rooms`.
    by_room: HashMap<String, usize>,
    /// Events that are sent to a waiting task as well, after they are published.
    replies: Vec<(Message, oneshot::Sender<Result<Message, Refusal>>)>,
}

impl PendingPublications {
    fn add(&mut self, message: Message, members: Option<[UserId; 2]>) {
        match self.by_room.get(&message.room) {
            Some(&nth) => self.rooms[nth].0.push(message),
            None => {
                self.by_room.insert(message.room.clone(), self.rooms.len());
                self.rooms.push((vec![message], members));
            }
        }
    }

    fn publish(&mut self, hub: &Arc<Hub>) {
        for (messages, members) in self.rooms.drain(..) {
            let room = messages.last().map_or("", |message| &message.room);
            let audience = members.map_or_else(|| Audience::of_public(room), Audience::Direct);
            hub.publish(&messages, audience);
        }
        self.by_room.clear();
        for (message, sender) in self.replies.drain(..) {
            let _ = sender.send(Ok(message));
        }
    }
}
