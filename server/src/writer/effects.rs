//! What follows from a commit, or from its failure, in the order of the batch.

use std::{collections::HashMap, sync::Arc};

use protocol::{Close, Code, Message, PersonId, Refusal, limits};
use tokio::sync::oneshot;

use super::{
    Arrived, Attendance,
    writes::{Outcome, Reply, Told, Write},
};
use crate::hub::{Hub, Visitor};

/// What is to be done now that the batch is on disk, or is not.
pub enum Effect {
    /// Deliver a message. Those of one room go out together.
    Publish(Told),
    /// Deliver a message, and then answer whoever waits for that.
    PublishAndAnswer(Told, oneshot::Sender<Result<Message, Refusal>>),
    /// Deliver several.
    PublishAll(Vec<Told>),
    /// Answer somebody, after all that was published before.
    Answer(Answer),
    /// Nobody is told.
    Nothing,
}

type Answer = Box<dyn FnOnce(&Arc<Hub>)>;

impl Effect {
    /// The write is committed.
    pub fn done(write: Write, outcome: Outcome) -> Self {
        match (write, outcome) {
            (Write::Say(draft), Outcome::Said { message, members }) => match draft.reply {
                Reply::Socket(_) => Self::Publish((message, members)),
                Reply::Answer(asker) => Self::PublishAndAnswer((message, members), asker),
            },
            (Write::Clocks, Outcome::Ended(ended)) => Self::PublishAll(ended),
            (Write::Say(draft), Outcome::SaidBefore(first)) => Self::answer(move |hub| {
                if draft.is_paid {
                    hub.give_back(draft.author.person);
                }
                draft.reply.known(first);
            }),
            (Write::Say(draft), Outcome::Refused(refusal)) => Self::answer(move |_| {
                draft.reply.refused(refusal, &draft.id);
            }),
            (Write::Read(read), Outcome::Read(upto)) => Self::answer(move |hub| {
                hub.tell_read(read.person, read.room, upto);
            }),
            // Whoever asked may be gone by now; then there is nobody to be told.
            (Write::SignIn(_, asker) | Write::Change(_, asker), outcome) => {
                Self::answer(move |_| {
                    let _ = asker.send(outcome.into_result());
                })
            }
            (
                Write::Arrive(arrival, writer, asker),
                Outcome::Arrived {
                    person,
                    nickname,
                    rights,
                },
            ) => Self::answer(move |hub| {
                let attendance = arrival.outbox.map(|outbox| {
                    let visitor = Visitor {
                        person,
                        nickname: nickname.clone(),
                        outbox,
                        rights,
                    };
                    Attendance::begin(visitor, arrival.token, hub, writer)
                });
                let _ = asker.send(Ok(Arrived {
                    person,
                    nickname,
                    attendance,
                }));
            }),
            (Write::Arrive(_, _, asker), Outcome::Refused(refusal)) => Self::answer(move |_| {
                let _ = asker.send(Err(refusal));
            }),
            (Write::SignOut(person, asker), outcome) => Self::answer(move |hub| {
                let signed_out = outcome.into_result();
                if signed_out.is_ok() {
                    hub.sign_out(person);
                }
                let _ = asker.send(signed_out);
            }),
            (Write::Settle(asker), _) => Self::answer(move |_| {
                let _ = asker.send(());
            }),
            (
                Write::Read(_)
                | Write::Depart(_)
                | Write::Delivered(_)
                | Write::Clocks
                | Write::Tidy,
                _,
            ) => Self::Nothing,
            (Write::Say(_) | Write::Arrive(..), _) => {
                unreachable!("the desk gives a message and an arrival outcomes of their own")
            }
        }
    }

    /// The batch could not be written, so this did not happen.
    pub fn failed(write: Write) -> Self {
        let refusal = Refusal::retry_after(Code::StorageUnavailable, limits::STORAGE_RETRY);
        Self::answer(move |hub| match write {
            Write::Say(draft) => draft.reply.refused(refusal, &draft.id),
            Write::SignIn(_, asker) | Write::Change(_, asker) => {
                let _ = asker.send(Err(refusal));
            }
            Write::Arrive(_, _, asker) => {
                let _ = asker.send(Err(refusal));
            }
            Write::SignOut(person, asker) => {
                // Perhaps it came to pass: whoever comes back finds out.
                hub.send_away(person, Close::StorageUnavailable);
                let _ = asker.send(Err(refusal));
            }
            Write::Settle(asker) => {
                let _ = asker.send(());
            }
            // What was read is said again with the next message that is read: no loss worth a
            // sentence to somebody who typed nothing. What was delivered may be posted once more.
            Write::Read(_)
            | Write::Depart(_)
            | Write::Delivered(_)
            | Write::Clocks
            | Write::Tidy => {}
        })
    }

    fn answer(answer: impl FnOnce(&Arc<Hub>) + 'static) -> Self {
        Self::Answer(Box::new(answer))
    }
}

/// Publishes and answers in order, each room's messages together as far as no answer stands
/// between them: an answer never overtakes what was said before it.
pub fn carry_out(effects: Vec<Effect>, hub: &Arc<Hub>) {
    let mut gathered = Gathered::default();
    for effect in effects {
        match effect {
            Effect::Publish((message, members)) => gathered.add(message, members),
            Effect::PublishAll(told) => {
                for (message, members) in told {
                    gathered.add(message, members);
                }
            }
            Effect::PublishAndAnswer((message, members), asker) => {
                gathered.waiting.push((message.clone(), asker));
                gathered.add(message, members);
            }
            Effect::Nothing => {}
            Effect::Answer(answer) => {
                gathered.publish(hub);
                answer(hub);
            }
        }
    }
    gathered.publish(hub);
}

#[derive(Default)]
struct Gathered {
    batches: Vec<(Vec<Message>, Option<[PersonId; 2]>)>,
    by_room: HashMap<String, usize>,
    /// Whoever waits until these are published.
    waiting: Vec<(Message, oneshot::Sender<Result<Message, Refusal>>)>,
}

impl Gathered {
    fn add(&mut self, message: Message, members: Option<[PersonId; 2]>) {
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
        for (message, asker) in self.waiting.drain(..) {
            let _ = asker.send(Ok(message));
        }
    }
}
