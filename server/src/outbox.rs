//! What waits to be written to one socket. Bounded in bytes, and never waited for by those who put
//! something in: who reads too slowly is closed and comes back, and nobody else notices.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::{Close, Refusal, ServerFrame, frame, limits};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// One text frame's payload, shared by everyone who receives it.
pub type Frame = Utf8Bytes;

/// While more than this waits, the socket's own requests wait as well: a client that asks faster
/// than it reads is slowed down, not closed.
const REPLY_BYTES: usize = limits::PAGE_BYTES;

/// The queue between those who have something to say and one socket's writer.
pub struct Outbox {
    id: u64,
    queue: Mutex<Queue>,
    filled: Notify,
    drained: Notify,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Frame>,
    /// Of what waits, and of what the writer has taken and not written yet.
    bytes: usize,
    close: Option<Close>,
}

/// What the writer does next.
pub enum Next {
    /// Write all of these.
    Frames(VecDeque<Frame>),
    /// Close the socket.
    Close(Close),
}

impl Outbox {
    pub fn new() -> Self {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            queue: Mutex::default(),
            filled: Notify::new(),
            drained: Notify::new(),
        }
    }

    /// Names the socket for as long as the process lives.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Puts a frame at the end. When that is too much the socket is closed as too slow; after a
    /// close nothing is taken any more.
    pub fn push(&self, frame: Frame) {
        let mut queue = self.queue();
        if queue.close.is_some() {
            return;
        }
        if queue.bytes + frame.len() > limits::OUTBOX_BYTES {
            // What waits is dropped: it is in the log, and the client resumes from there.
            *queue = Queue {
                close: Some(Close::TooSlow),
                ..Queue::default()
            };
            // Nothing that waits for room has to wait any longer.
            self.drained.notify_one();
        } else {
            queue.bytes += frame.len();
            queue.frames.push_back(frame);
        }
        drop(queue);
        self.filled.notify_one();
    }

    /// Puts a frame for this socket alone at the end.
    pub fn send(&self, frame: &ServerFrame) {
        self.push(frame.encode().into());
    }

    /// Tells the client that something was refused; `id` is the refused message's.
    pub fn refuse(&self, refusal: impl Into<Refusal>, id: Option<String>) {
        self.send(&ServerFrame::error(refusal.into(), id, None));
    }

    /// Says goodbye, then closes, once what waits is written.
    pub fn close(&self, close: Close) {
        let bye = ServerFrame::Bye(frame::Bye {
            message: close.reason().to_owned(),
            retry_after_ms: protocol::close::worth_coming_back(close.code())
                .then(|| rand::random_range(0..2_000)),
        });
        let mut queue = self.queue();
        if queue.close.is_none() {
            // However full: it is the last one.
            let bye = Frame::from(bye.encode());
            queue.bytes += bye.len();
            queue.frames.push_back(bye);
            queue.close = Some(close);
        }
        drop(queue);
        self.filled.notify_one();
    }

    /// Is the socket about to close? Then nothing that it says counts any more.
    pub fn is_closing(&self) -> bool {
        self.queue().close.is_some()
    }

    /// Waits for something to do. Only the socket's writer calls this.
    pub async fn next(&self) -> Next {
        loop {
            {
                let mut queue = self.queue();
                if !queue.frames.is_empty() {
                    return Next::Frames(std::mem::take(&mut queue.frames));
                }
                if let Some(close) = queue.close {
                    return Next::Close(close);
                }
            }
            self.filled.notified().await;
        }
    }

    /// What [`Outbox::next`] gave, so many bytes in all, is written.
    pub fn written(&self, bytes: usize) {
        let mut queue = self.queue();
        queue.bytes = queue.bytes.saturating_sub(bytes);
        drop(queue);
        self.drained.notify_one();
    }

    /// Waits until so much came that the socket is closed as too slow. Only the socket's writer calls
    /// this, while it writes.
    pub async fn overflowed(&self) {
        while self.queue().close != Some(Close::TooSlow) {
            self.filled.notified().await;
        }
    }

    /// Waits until there is room for an answer. Only the socket's reader calls this.
    pub async fn has_room(&self) {
        while self.queue().bytes > REPLY_BYTES {
            self.drained.notified().await;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_put_in_comes_out_in_order_and_then_the_close() {
        let outbox = Outbox::new();
        outbox.push("a".into());
        outbox.push("b".into());
        outbox.close(Close::Restart);
        outbox.push("too late".into());
        let Next::Frames(frames) = outbox.next().await else {
            panic!("frames come before the close");
        };
        assert_eq!(frames.len(), 3);
        assert_eq!((&*frames[0], &*frames[1]), ("a", "b"));
        assert!(frames[2].contains("bye"));
        assert!(matches!(outbox.next().await, Next::Close(Close::Restart)));
    }

    #[tokio::test]
    async fn who_does_not_read_is_closed_as_too_slow() {
        let outbox = Outbox::new();
        let frame = Frame::from("x".repeat(limits::OUTBOX_BYTES / 4));
        for _ in 0..5 {
            outbox.push(frame.clone());
        }
        assert!(matches!(outbox.next().await, Next::Close(Close::TooSlow)));
    }

    #[tokio::test]
    async fn what_is_being_written_counts_until_it_is_written() {
        let outbox = Outbox::new();
        let frame = Frame::from("x".repeat(limits::OUTBOX_BYTES / 2));
        outbox.push(frame.clone());
        let Next::Frames(taken) = outbox.next().await else {
            panic!("nothing closed the outbox");
        };
        let mut waiting = std::pin::pin!(outbox.has_room());
        assert!(futures_util::poll!(&mut waiting).is_pending());
        outbox.written(taken.iter().map(|frame| frame.len()).sum());
        waiting.await;
        outbox.push(frame.clone());
        let _taken_and_not_written = outbox.next().await;
        outbox.push(frame.clone());
        outbox.push(frame);
        assert!(outbox.is_closing());
    }
}
