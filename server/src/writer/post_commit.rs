//! What follows from a commit, or from its failure, in the order of the batch.

use std::{collections::HashMap, sync::Arc};

use protocol::{Close, Code, Message, Refusal, UserId, limits};
use tokio::sync::oneshot;

use super::{
    Authenticated, ConnectionGuard,
    requests::{Outcome, Publication, Reply, WriteRequest},
};
use crate::hub::{ConnectionHandle, Hub};

/// What is to be done now that the batch is on disk, or is not.
pub enum PostCommit {
    /// Deliver a message. Those of one room go out together.
    Publish(Publication),
    /// Deliver a message, and then answer whoever waits for that.
    PublishAndAnswer(Publication, oneshot::Sender<Result<Message, Refusal>>),
    /// Deliver several.
    PublishAll(Vec<Publication>),
    /// Answer somebody, after all that was published before.
    Answer(Answer),
    /// Nobody is told.
    Nothing,
}

type Answer = Box<dyn FnOnce(&Arc<Hub>)>;

impl PostCommit {
    /// The write is committed.
    pub fn committed(write: WriteRequest, outcome: Outcome) -> Self {
        match (write, outcome) {
            (WriteRequest::Send(draft), Outcome::Stored { message, members }) => {
                match draft.reply {
                    Reply::Socket(_) => Self::Publish((message, members)),
                    Reply::Channel(asker) => Self::PublishAndAnswer((message, members), asker),
                }
            }
            (WriteRequest::TimeoutGames, Outcome::TimedOut(ended)) => Self::PublishAll(ended),
            (WriteRequest::Send(draft), Outcome::Duplicate(first)) => Self::answer(move |hub| {
                if draft.is_charged {
                    hub.refund(draft.author.user);
                }
                draft.reply.duplicate(first);
            }),
            (WriteRequest::Send(draft), Outcome::Refused(refusal)) => Self::answer(move |_| {
                draft.reply.refused(refusal, &draft.id);
            }),
            (WriteRequest::AdvanceReadMarker(marker), Outcome::ReadMarkerAdvanced(mark)) => {
                Self::answer(move |hub| {
                    hub.broadcast_read(marker.user, marker.room, mark);
                })
            }
            // Whoever asked may be gone by now; then there is nobody to be told.
            (
                WriteRequest::SignIn(_, asker) | WriteRequest::ChangeIntegrations(_, asker),
                outcome,
            ) => Self::answer(move |_| {
                let _ = asker.send(outcome.into_result());
            }),
            (
                WriteRequest::Authenticate(arrival, writer, asker),
                Outcome::Authenticated {
                    user,
                    nickname,
                    permissions,
                },
            ) => Self::answer(move |hub| {
                let attendance = arrival.send_queue.map(|send_queue| {
                    let connection = ConnectionHandle {
                        user,
                        nickname: nickname.clone(),
                        send_queue,
                        permissions,
                    };
                    ConnectionGuard::new(connection, arrival.token, hub, writer)
                });
                let _ = asker.send(Ok(Authenticated {
                    user,
                    nickname,
                    guard: attendance,
                }));
            }),
            (WriteRequest::Authenticate(_, _, asker), Outcome::Refused(refusal)) => {
                Self::answer(move |_| {
                    let _ = asker.send(Err(refusal));
                })
            }
            (WriteRequest::SignOut(user, asker), outcome) => Self::answer(move |hub| {
                let signed_out = outcome.into_result();
                if signed_out.is_ok() {
                    hub.sign_out(user);
                }
                let _ = asker.send(signed_out);
            }),
            (WriteRequest::Flush(asker), _) => Self::answer(move |_| {
                let _ = asker.send(());
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
                unreachable!("the desk gives a message and an arrival outcomes of their own")
            }
        }
    }

    /// The batch could not be written, so this did not happen.
    pub fn failed(write: WriteRequest) -> Self {
        let refusal = Refusal::retry_after(Code::StorageUnavailable, limits::STORAGE_RETRY);
        Self::answer(move |hub| match write {
            WriteRequest::Send(draft) => draft.reply.refused(refusal, &draft.id),
            WriteRequest::SignIn(_, asker) | WriteRequest::ChangeIntegrations(_, asker) => {
                let _ = asker.send(Err(refusal));
            }
            WriteRequest::Authenticate(_, _, asker) => {
                let _ = asker.send(Err(refusal));
            }
            WriteRequest::SignOut(user, asker) => {
                // Perhaps it came to pass: whoever comes back finds out.
                hub.disconnect_user(user, Close::StorageUnavailable);
                let _ = asker.send(Err(refusal));
            }
            WriteRequest::Flush(asker) => {
                let _ = asker.send(());
            }
            // What was read is said again with the next message that is read: no loss worth a
            // sentence to somebody who typed nothing. What was delivered may be posted once more.
            WriteRequest::AdvanceReadMarker(_)
            | WriteRequest::Disconnected(_)
            | WriteRequest::RecordDelivery(_)
            | WriteRequest::TimeoutGames
            | WriteRequest::Expire => {}
        })
    }

    fn answer(answer: impl FnOnce(&Arc<Hub>) + 'static) -> Self {
        Self::Answer(Box::new(answer))
    }
}

/// Publishes and answers in order, each room's messages together as far as no answer stands
/// between them: an answer never overtakes what was said before it.
pub fn run(effects: Vec<PostCommit>, hub: &Arc<Hub>) {
    let mut gathered = Batch::default();
    for effect in effects {
        match effect {
            PostCommit::Publish((message, members)) => gathered.add(message, members),
            PostCommit::PublishAll(told) => {
                for (message, members) in told {
                    gathered.add(message, members);
                }
            }
            PostCommit::PublishAndAnswer((message, members), asker) => {
                gathered.replies.push((message.clone(), asker));
                gathered.add(message, members);
            }
            PostCommit::Nothing => {}
            PostCommit::Answer(answer) => {
                gathered.publish(hub);
                answer(hub);
            }
        }
    }
    gathered.publish(hub);
}

#[derive(Default)]
struct Batch {
    batches: Vec<(Vec<Message>, Option<[UserId; 2]>)>,
    by_room: HashMap<String, usize>,
    /// Whoever waits until these are published.
    replies: Vec<(Message, oneshot::Sender<Result<Message, Refusal>>)>,
}

impl Batch {
    fn add(&mut self, message: Message, members: Option<[UserId; 2]>) {
        match self.by_room.get(&message.room) {
            Some(&place) => self.batches[place].0.push(message),
            None => {
                self.by_room
                    .insert(message.room.clone(), self.batches.len());
                self.batches.push((vec![message], members));
            }
        }
    }

    fn publish(&mut self, hub: &Arc<Hub>) {
        for (messages, members) in self.batches.drain(..) {
            hub.publish(&messages, members);
        }
        self.by_room.clear();
        for (message, asker) in self.replies.drain(..) {
            let _ = asker.send(Ok(message));
        }
    }
}
