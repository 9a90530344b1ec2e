//! What waits to be written to one socket. Bounded in bytes, and never waited for by those who put
//! something in: who reads too slowly is closed and comes back, and nobody else notices.
//!
//! [`Flusher`] writes it, with those of many other sockets; what the kernel does not take at once
//! is left to the socket's own [session](crate::session), which waits until there is room.

mod flusher;
mod queue;
pub mod ws_frame;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub use flusher::{Flusher, FlusherPool};
use protocol::{Close, Refusal, ServerFrame, frame, limits};
use queue::{Batch, Queue, Step, Writer};
use tokio::{net::tcp::OwnedWriteHalf, sync::Notify, time::timeout};

use crate::send_queue::ws_frame::Frame;

/// While more than this waits, the socket's own requests wait as well: a client that asks faster
/// than it reads is slowed down, not closed.
const REPLY_BYTES: usize = limits::PAGE_BYTES;

/// The same for answers of a few bytes, which cost more than they weigh: those to Pings.
const REPLY_FRAMES: usize = 1_024;

/// So much is worth a write of its own: nothing lingers any longer.
const WRITE_BYTES: usize = 32 * 1024;

/// The queue between those who have something to say and one socket.
pub struct SendQueue {
    id: u64,
    /// None where nobody listens.
    transport: Option<Transport>,
    queue: Mutex<Queue>,
    /// There is room for an answer.
    drained: Notify,
    /// The kernel would take no more.
    stuck: Notify,
    /// There is nothing more to be written.
    ended: Notify,
}

/// Where an send queue is written to, and by whom.
struct Transport {
    stream: OwnedWriteHalf,
    flusher: Arc<Flusher>,
}

impl SendQueue {
    /// An send queue of this socket's.
    pub fn new(stream: OwnedWriteHalf, flushers: &FlusherPool) -> Arc<Self> {
        let id = Self::next_id();
        let flusher = flushers.of(id);
        Self::with_transport(id, Some(Transport { stream, flusher }))
    }

    /// An send queue that nobody writes, for tests and benchmarks.
    #[cfg(any(test, feature = "internals"))]
    pub fn detached() -> Arc<Self> {
        Self::with_transport(Self::next_id(), None)
    }

    fn with_transport(id: u64, transport: Option<Transport>) -> Arc<Self> {
        Arc::new(Self {
            id,
            transport,
            queue: Mutex::default(),
            drained: Notify::new(),
            stuck: Notify::new(),
            ended: Notify::new(),
        })
    }

    fn next_id() -> u64 {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        NEXT_ID.fetch_add(1, Ordering::Relaxed)
    }

    /// Names the socket for as long as the process lives.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Puts a frame at the end. When that is too much the socket is closed as too slow; after a
    /// close nothing is taken any more.
    pub fn push(self: &Arc<Self>, frame: Frame) {
        self.push_delayed(frame, Duration::ZERO);
    }

    /// The same, of a frame that may wait for so long, to be written with what comes next.
    pub fn push_delayed(self: &Arc<Self>, frame: Frame, delay: Duration) {
        let mut queue = self.queue();
        if queue.close.is_some() {
            return;
        }
        if queue.bytes + frame.len() > limits::SEND_QUEUE_BYTES {
            queue.overflow();
            drop(queue);
            // Nothing that waits for room has to wait any longer.
            self.drained.notify_one();
            self.ended.notify_one();
            return;
        }
        queue.put(frame);
        let is_full_write = queue.bytes >= WRITE_BYTES;
        self.schedule(queue, if is_full_write { Duration::ZERO } else { delay });
    }

    /// Puts a frame for this socket alone at the end.
    pub fn send(self: &Arc<Self>, frame: &ServerFrame) {
        self.push(frame.into());
    }

    /// Tells the client that something was refused; `id` is the refused message's.
    pub fn refuse(self: &Arc<Self>, refusal: impl Into<Refusal>, id: Option<String>) {
        self.send(&ServerFrame::error(refusal.into(), id, None));
    }

    /// Says goodbye, then closes, once what waits is written.
    pub fn close(self: &Arc<Self>, close: Close) {
        let bye = ServerFrame::Bye(frame::Bye {
            message: close.reason().to_owned(),
            retry_after_ms: protocol::close::worth_coming_back(close.code())
                .then(|| rand::random_range(0..2_000)),
        });
        let mut queue = self.queue();
        if queue.close.is_none() {
            // However full: it is the last one.
            queue.put(Frame::from(&bye));
            queue.close = Some(close);
            self.schedule(queue, Duration::ZERO);
        }
    }

    /// Takes nothing more but control frames: after a Close no data may be sent (RFC 6455, section
    /// 5.5.1), and what the writer answers may come later.
    pub fn shut(&self, close: Close) {
        self.queue().close.get_or_insert(close);
    }

    /// Puts in what the library has encoded, even after a close: it ends the connection.
    pub fn push_control(self: &Arc<Self>, frame: Frame) {
        let mut queue = self.queue();
        queue.put(frame);
        self.schedule(queue, Duration::ZERO);
    }

    /// Is the socket about to close? Then nothing that it says counts any more.
    pub fn is_closing(&self) -> bool {
        self.queue().close.is_some()
    }

    /// Waits until there is room for an answer. Only the socket's reader wakeups this.
    pub async fn has_room(&self) {
        while self.is_long() {
            self.drained.notified().await;
        }
    }

    /// Waits until there is nothing more to be written, and says with which close code; none if the
    /// line broke. Only the socket's session wakeups this.
    pub async fn ended(&self) -> Option<Close> {
        loop {
            let end = self.queue().end();
            match end {
                Some(close) => return close,
                None => self.ended.notified().await,
            }
        }
    }

    /// Writes what the kernel did not take at once, for as long as the socket lives; returns if it
    /// takes not a byte for [`limits::WRITE_TIME`]. Only the socket's session wakeups this.
    pub async fn unblock(&self) {
        let Some(line) = &self.transport else {
            return std::future::pending().await;
        };
        loop {
            let mut batch = Batch::default();
            while self.is_stuck() {
                let writable = timeout(limits::WRITE_TIME, line.stream.writable());
                if writable.await.is_err() {
                    return;
                }
                self.write(true, &mut batch);
            }
            self.stuck.notified().await;
        }
    }

    /// Has the flusher come for what waits, unless somebody is at it.
    fn schedule(self: &Arc<Self>, mut queue: MutexGuard<'_, Queue>, delay: Duration) {
        let Some(Transport { flusher, .. }) = &self.transport else {
            return;
        };
        let writer = if delay.is_zero() {
            Writer::Flusher
        } else {
            Writer::FlusherLater
        };
        if matches!(
            (queue.writer, writer),
            (Writer::Nobody, _) | (Writer::FlusherLater, Writer::Flusher)
        ) {
            queue.writer = writer;
            drop(queue);
            flusher.schedule(Arc::clone(self), delay);
        }
    }

    /// Writes all that waits, as far as the kernel takes it, if it is whose turn this is: the
    /// session's, or the flusher's.
    fn write(&self, is_sessions: bool, batch: &mut Batch) {
        let Some(Transport { stream, .. }) = &self.transport else {
            return;
        };
        loop {
            let step = self.queue().step(is_sessions, batch);
            match step {
                Step::Write => batch.write(stream),
                Step::Done { is_end } => {
                    self.drained.notify_one();
                    if is_end {
                        self.ended.notify_one();
                    }
                    return;
                }
                Step::Stuck => {
                    self.drained.notify_one();
                    self.stuck.notify_one();
                    return;
                }
                Step::NotOurs => return,
            }
        }
    }

    fn is_long(&self) -> bool {
        let queue = self.queue();
        queue.bytes > REPLY_BYTES || queue.frames() > REPLY_FRAMES
    }

    fn is_stuck(&self) -> bool {
        self.queue().writer == Writer::Session
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl SendQueue {
    /// What was put in since the last time.
    pub fn taken(&self) -> Vec<String> {
        let mut queue = self.queue();
        queue.writer = Writer::Flusher;
        let mut batch = Batch::default();
        let mut taken = Vec::new();
        while queue.step(false, &mut batch) == Step::Write {
            taken.extend(batch.written());
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_comes_out_in_order_and_then_the_close() {
        let send_queue = SendQueue::detached();
        send_queue.push(Frame::text("a"));
        send_queue.push(Frame::text("b"));
        send_queue.close(Close::Restart);
        send_queue.push(Frame::text("too late"));
        let taken = send_queue.taken();
        assert_eq!(taken.len(), 3);
        assert_eq!((&*taken[0], &*taken[1]), ("a", "b"));
        assert!(taken[2].contains("bye"));
        assert_eq!(send_queue.queue().end(), Some(Some(Close::Restart)));
    }

    #[test]
    fn after_the_goodbye_nothing_is_said_but_control_frames_pass() {
        let send_queue = SendQueue::detached();
        send_queue.shut(Close::Normal);
        send_queue.push(Frame::text("too late"));
        send_queue.push_control(Frame::text("a Close"));
        assert_eq!(send_queue.taken(), ["a Close"]);
    }

    #[test]
    fn who_pings_and_does_not_read_is_not_read_either() {
        let send_queue = SendQueue::detached();
        for _ in 0..REPLY_FRAMES {
            send_queue.push_control(Frame::PING);
        }
        assert!(!send_queue.is_long());
        send_queue.push_control(Frame::PING);
        assert!(send_queue.is_long());
    }

    #[test]
    fn who_does_not_read_is_closed_as_too_slow() {
        let send_queue = SendQueue::detached();
        let frame = Frame::text(&"x".repeat(limits::SEND_QUEUE_BYTES / 4));
        for _ in 0..5 {
            send_queue.push(frame.clone());
        }
        assert_eq!(send_queue.queue().end(), Some(Some(Close::TooSlow)));
        assert_eq!(send_queue.taken(), [""; 0]);
    }
}
