//! The send queue of a connection: encoded frames that wait to be written to its socket.
//!
//! A queue is bounded in bytes, and producers never wait for it. A client that reads too slowly is
//! disconnected and resumes later; no other client is affected.
//!
//! A [`Flusher`] writes the queues of many sockets. What the kernel does not take at once is left
//! to the connection's session in [`ws`](crate::ws), which waits until the socket is writable.

mod flusher;
mod load;
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
use queue::{FlushBatch, FlushOwner, FlushStep, FrameQueue};
use tokio::{sync::Notify, time::timeout};

use crate::{
    connection_limit::ConnectionPermit, limits::SEND_QUEUE_BYTES, send_queue::ws_frame::Frame,
    stream::WriteHalf,
};

/// While more bytes than this wait, the session reads no further requests. So a client that asks
/// faster than it reads is slowed down instead of disconnected.
const REPLY_BYTES: usize = limits::PAGE_BYTES;

/// The same limit as a number of frames, for replies of a few bytes that cost more than they weigh:
/// those to Pings.
const REPLY_FRAMES: usize = 1_024;

/// Bytes that are worth a system call of their own: once so many wait, no frame is delayed.
const WRITE_BYTES: usize = 32 * 1024;

/// The frames that wait for one socket, in order.
pub struct SendQueue {
    id: u64,
    /// `None` if nothing is ever written, in tests and benchmarks.
    output: Option<Output>,
    queue: Mutex<FrameQueue>,
    /// Notified when the queue has capacity for a reply again.
    drained: Notify,
    /// Notified when the kernel takes no more bytes.
    blocked: Notify,
    /// Notified when nothing more will be written.
    closed: Notify,
}

/// The socket that a queue is written to, and the flusher that writes it.
struct Output {
    stream: WriteHalf,
    flusher: Arc<Flusher>,
    /// The connection counts for as long as this half of it is open.
    _permit: ConnectionPermit,
}

impl SendQueue {
    /// Creates the send queue of a socket and assigns it to a flusher.
    pub fn new(stream: WriteHalf, permit: ConnectionPermit, flushers: &FlusherPool) -> Arc<Self> {
        let id = Self::next_id();
        let output = Output {
            stream,
            flusher: flushers.flusher_for(id),
            _permit: permit,
        };
        Self::with_output(id, Some(output))
    }

    /// Creates a send queue without a socket, for tests and benchmarks.
    #[cfg(any(test, feature = "internals"))]
    pub fn detached() -> Arc<Self> {
        Self::with_output(Self::next_id(), None)
    }

    fn with_output(id: u64, output: Option<Output>) -> Arc<Self> {
        Arc::new(Self {
            id,
            output,
            queue: Mutex::default(),
            drained: Notify::new(),
            blocked: Notify::new(),
            closed: Notify::new(),
        })
    }

    fn next_id() -> u64 {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        NEXT_ID.fetch_add(1, Ordering::Relaxed)
    }

    /// Identifies the connection for as long as the process lives.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Appends a frame. Once the queue is closed, the frame is dropped. If more than
    /// [`SEND_QUEUE_BYTES`] would wait, the queue is closed with [`Close::TooSlow`].
    pub fn push(self: &Arc<Self>, frame: Frame) {
        self.push_delayed(frame, Duration::ZERO);
    }

    /// Like [`SendQueue::push`], but the frame may wait for up to `delay`, to be written together
    /// with later frames.
    pub fn push_delayed(self: &Arc<Self>, frame: Frame, delay: Duration) {
        let mut queue = self.queue();
        if queue.close.is_some() {
            return;
        }
        if queue.bytes + frame.len() > SEND_QUEUE_BYTES {
            queue.close_too_slow();
            drop(queue);
            // Wake a session that waits for capacity, so that it sees that the queue is closed.
            self.drained.notify_one();
            self.closed.notify_one();
            return;
        }
        queue.push(frame);
        let is_full_write = queue.bytes >= WRITE_BYTES;
        self.schedule(queue, if is_full_write { Duration::ZERO } else { delay });
    }

    /// Encodes and appends a frame that goes to this connection alone.
    pub fn send(self: &Arc<Self>, frame: &ServerFrame) {
        self.push(frame.into());
    }

    /// Sends `error`. `id` is that of the refused message, if it had one.
    pub fn refuse(self: &Arc<Self>, refusal: impl Into<Refusal>, id: Option<String>) {
        self.send(&ServerFrame::error(refusal.into(), id, None));
    }

    /// Sends `bye` and closes the queue. The socket closes after everything was written.
    pub fn close(self: &Arc<Self>, close: Close) {
        self.close_after_asking(close, Duration::ZERO);
    }

    /// The same, and asks a client that may reconnect to wait for at least so long.
    pub fn close_after_asking(self: &Arc<Self>, close: Close, wait: Duration) {
        let wait_ms = wait.as_millis() as u64;
        let bye = ServerFrame::Bye(frame::Bye {
            message: close.reason().to_owned(),
            retry_after_ms: protocol::close::should_reconnect(close.code())
                .then(|| wait_ms + rand::random_range(0..2_000)),
        });
        let mut queue = self.queue();
        if queue.close.is_none() {
            // `bye` is appended even if the queue is full: it is the last frame.
            queue.push(Frame::from(&bye));
            queue.close = Some(close);
            self.schedule(queue, Duration::ZERO);
        }
    }

    /// Accepts only control frames from now on. No data may follow a Close frame (RFC 6455, section
    /// 5.5.1), and replies of the writer may arrive later.
    pub fn stop_data(&self, close: Close) {
        self.queue().close.get_or_insert(close);
    }

    /// Appends a control frame that the WebSocket library has encoded. Unlike data it is accepted
    /// after a close, because a Close frame ends the connection.
    pub fn push_control(self: &Arc<Self>, frame: Frame) {
        let mut queue = self.queue();
        queue.push(frame);
        self.schedule(queue, Duration::ZERO);
    }

    /// Whether the socket is about to close. Then further requests of the client are ignored.
    pub fn is_closing(&self) -> bool {
        self.queue().close.is_some()
    }

    /// Waits until the queue has capacity for a reply. Only the session's reader may call this.
    pub async fn wait_for_capacity(&self) {
        while self.is_backlogged() {
            self.drained.notified().await;
        }
    }

    /// Waits until nothing more will be written. Returns the close code, or `None` if the
    /// connection was lost. Only the session may call this.
    pub async fn closed(&self) -> Option<Close> {
        loop {
            let closed = self.queue().closed();
            match closed {
                Some(close) => return close,
                None => self.closed.notified().await,
            }
        }
    }

    /// Writes what the kernel did not take at once, for as long as the socket is open. Returns if
    /// the kernel takes no byte for [`limits::WRITE_TIME`]. Only the session may call this.
    pub async fn write_blocked(&self) {
        let Some(output) = &self.output else {
            return std::future::pending().await;
        };
        loop {
            let mut batch = FlushBatch::default();
            while self.is_blocked() {
                let writable = timeout(limits::WRITE_TIME, output.stream.writable());
                if writable.await.is_err() {
                    return;
                }
                batch.flush(&output.stream);
                self.write(true, &mut batch);
            }
            self.blocked.notified().await;
        }
    }

    /// Schedules a write by the flusher, unless one is scheduled or running, or the session waits
    /// for the socket.
    fn schedule(self: &Arc<Self>, mut queue: MutexGuard<'_, FrameQueue>, delay: Duration) {
        let Some(Output { flusher, .. }) = &self.output else {
            return;
        };
        let delay = flusher.delay(delay);
        let owner = if delay.is_zero() {
            FlushOwner::Flusher
        } else {
            FlushOwner::FlusherDelayed
        };
        if matches!(
            (queue.owner, owner),
            (FlushOwner::Nobody, _) | (FlushOwner::FlusherDelayed, FlushOwner::Flusher)
        ) {
            queue.owner = owner;
            drop(queue);
            flusher.schedule(Arc::clone(self), delay);
        }
    }

    /// Writes the waiting frames as far as the kernel takes them. Does nothing if the caller, the
    /// session or the flusher, does not own the flush.
    fn write(&self, is_session: bool, batch: &mut FlushBatch) {
        let Some(Output { stream, .. }) = &self.output else {
            return;
        };
        loop {
            let step = self.queue().next_step(is_session, batch);
            match step {
                FlushStep::Write => batch.write(stream),
                FlushStep::Done { is_closed } => {
                    self.drained.notify_one();
                    if is_closed {
                        self.closed.notify_one();
                    }
                    return;
                }
                FlushStep::Blocked => {
                    self.drained.notify_one();
                    self.blocked.notify_one();
                    return;
                }
                FlushStep::NotOwner => return,
            }
        }
    }

    fn is_backlogged(&self) -> bool {
        let queue = self.queue();
        queue.bytes > REPLY_BYTES || queue.frames() > REPLY_FRAMES
    }

    fn is_blocked(&self) -> bool {
        self.queue().owner == FlushOwner::Session
    }

    fn queue(&self) -> MutexGuard<'_, FrameQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tls_tests;

#[cfg(test)]
impl SendQueue {
    /// Takes the payloads of the frames that were pushed since the last call.
    pub fn taken(&self) -> Vec<String> {
        let mut queue = self.queue();
        queue.owner = FlushOwner::Flusher;
        let mut batch = FlushBatch::default();
        let mut taken = Vec::new();
        while queue.next_step(false, &mut batch) == FlushStep::Write {
            taken.extend(batch.written());
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_sent_in_order_and_bye_is_the_last() {
        let send_queue = SendQueue::detached();
        send_queue.push(Frame::text("a"));
        send_queue.push(Frame::text("b"));
        send_queue.close(Close::Restart);
        send_queue.push(Frame::text("too late"));
        let taken = send_queue.taken();
        assert_eq!(taken.len(), 3);
        assert_eq!((&*taken[0], &*taken[1]), ("a", "b"));
        assert!(taken[2].contains("bye"));
        assert_eq!(send_queue.queue().closed(), Some(Some(Close::Restart)));
    }

    #[test]
    fn only_control_frames_are_accepted_after_data_was_stopped() {
        let send_queue = SendQueue::detached();
        send_queue.stop_data(Close::Normal);
        send_queue.push(Frame::text("too late"));
        send_queue.push_control(Frame::text("a Close"));
        assert_eq!(send_queue.taken(), ["a Close"]);
    }

    #[test]
    fn many_small_replies_make_a_backlog() {
        let send_queue = SendQueue::detached();
        for _ in 0..REPLY_FRAMES {
            send_queue.push_control(Frame::PING);
        }
        assert!(!send_queue.is_backlogged());
        send_queue.push_control(Frame::PING);
        assert!(send_queue.is_backlogged());
    }

    #[test]
    fn a_client_that_does_not_read_is_closed_as_too_slow() {
        let send_queue = SendQueue::detached();
        let frame = Frame::text(&"x".repeat(SEND_QUEUE_BYTES / 4));
        for _ in 0..5 {
            send_queue.push(frame.clone());
        }
        assert_eq!(send_queue.queue().closed(), Some(Some(Close::TooSlow)));
        assert_eq!(send_queue.taken(), [""; 0]);
    }
}
