//! Where a request is answered.

use std::{cell::Cell, sync::Arc};

use protocol::{Message, MessageId, Refusal, ServerFrame};
use tokio::sync::oneshot;

use crate::send_queue::SendQueue;

/// Answers one request, at most once, to the task that waits for it. The task may be gone by then;
/// in that case nobody needs the answer.
pub struct Reply<T>(Cell<Option<oneshot::Sender<Result<T, Refusal>>>>);

impl<T> Reply<T> {
    /// Returns a reply and the receiver that waits for it.
    pub fn channel() -> (Self, oneshot::Receiver<Result<T, Refusal>>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Cell::new(Some(sender))), receiver)
    }

    /// Sends the answer. Returns an answer that nobody waits for.
    pub fn send(&self, answer: Result<T, Refusal>) -> Option<Result<T, Refusal>> {
        self.0.take()?.send(answer).err()
    }
}

/// Where the outcome of a message is reported.
pub enum MessageReply {
    /// A socket. It is sent a refusal, or the original event of a resend. A new event reaches it
    /// through the hub, as it reaches every other socket.
    Socket(Arc<SendQueue>),
    /// A task that waits for the event or the refusal.
    Channel(Reply<Message>),
}

impl MessageReply {
    /// Reports that the message is a resend, with the original event in its present state.
    pub fn send_original(&self, original: Message) {
        match self {
            Self::Socket(send_queue) => send_queue.send(&ServerFrame::Message(original)),
            Self::Channel(reply) => drop(reply.send(Ok(original))),
        }
    }

    /// Reports that the message was refused.
    pub fn send_refusal(&self, refusal: Refusal, id: &MessageId) {
        match self {
            Self::Socket(send_queue) => send_queue.refuse(refusal, Some(id.as_str().to_owned())),
            Self::Channel(reply) => drop(reply.send(Err(refusal))),
        }
    }
}
