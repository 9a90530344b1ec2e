//! The state of a send queue: the waiting frames, and the task that may write them. Nothing here
//! waits, and only [`FlushBatch::write`] touches the socket.

use std::{
    collections::VecDeque,
    io::{ErrorKind, IoSlice},
};

use protocol::Close;

use super::load::WriteCounts;
use crate::{send_queue::ws_frame::Frame, stream::WriteHalf};

/// Frames that one system call writes at most.
const SLICES: usize = 32;
/// The capacity, in frames, up to which an empty queue keeps its memory.
const KEPT_CAPACITY: usize = 8;

#[derive(Default)]
pub struct FrameQueue {
    frames: VecDeque<Frame>,
    /// Bytes of the waiting frames and of those that are being written.
    pub bytes: usize,
    pub close: Option<Close>,
    pub owner: FlushOwner,
    /// The queue was closed as too slow, perhaps while frames were being written. Then `bytes` does
    /// not count them, and those of them that are not partly written are dropped.
    has_overflowed: bool,
    /// The connection was lost.
    is_broken: bool,
}

/// The owner of the next flush. Only the owner takes frames out, so writes never interleave.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FlushOwner {
    /// Nothing waits.
    #[default]
    Nobody,
    /// The flusher, when the delay is over.
    FlusherDelayed,
    /// The flusher, as soon as it can.
    Flusher,
    /// The session, when the kernel takes more bytes.
    Session,
}

/// What the caller of [`FrameQueue::next_step`] has to do.
#[derive(Debug, Eq, PartialEq)]
pub enum FlushStep {
    /// Write the batch.
    Write,
    /// Nothing: all is written. `is_closed` says whether nothing more will follow.
    Done { is_closed: bool },
    /// Leave the rest to the session: the kernel takes no more bytes now.
    Blocked,
    /// Nothing: somebody else owns the flush.
    NotOwner,
}

impl FrameQueue {
    pub fn push(&mut self, frame: Frame) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// How many frames wait, without those that are being written.
    pub fn frames(&self) -> usize {
        self.frames.len()
    }

    /// Closes the queue and drops the waiting frames: events are in the log, and the client resumes
    /// from there. A frame that is partly written stays, because without its rest the client could
    /// not read what follows.
    pub fn close_too_slow(&mut self) {
        self.close = Some(Close::TooSlow);
        self.has_overflowed = true;
        let partly_written = self.frames.drain(..).take_while(Frame::is_partly_written);
        self.frames = partly_written.collect();
        self.bytes = self.frames.iter().map(Frame::len).sum();
    }

    /// Once nothing more will be written: `Some` with the close code, or with `None` if the
    /// connection was lost.
    pub fn closed(&self) -> Option<Option<Close>> {
        let is_written = self.frames.is_empty() && self.owner == FlushOwner::Nobody;
        match self.close {
            _ if self.is_broken => Some(None),
            Some(Close::TooSlow) => Some(self.close),
            Some(_) if is_written => Some(self.close),
            _ => None,
        }
    }

    /// Accounts for what was written of the batch, and refills it.
    pub fn next_step(&mut self, is_session: bool, batch: &mut FlushBatch) -> FlushStep {
        let is_owner = match self.owner {
            FlushOwner::Nobody => false,
            FlushOwner::FlusherDelayed | FlushOwner::Flusher => !is_session,
            FlushOwner::Session => is_session,
        };
        if !is_owner {
            return FlushStep::NotOwner;
        }
        let written = std::mem::take(&mut batch.written);
        if std::mem::take(&mut self.has_overflowed) {
            batch.frames.retain(Frame::is_partly_written);
            self.bytes += batch.frames.iter().map(Frame::len).sum::<usize>();
        } else {
            self.bytes = self.bytes.saturating_sub(written);
        }
        match std::mem::take(&mut batch.state) {
            WriteState::Writable if self.frames.is_empty() => {
                self.owner = FlushOwner::Nobody;
                if self.frames.capacity() > KEPT_CAPACITY {
                    self.frames = VecDeque::new();
                }
                FlushStep::Done {
                    is_closed: self.closed().is_some(),
                }
            }
            WriteState::Writable => {
                batch.frames.append(&mut self.frames);
                FlushStep::Write
            }
            WriteState::Blocked => {
                self.owner = FlushOwner::Session;
                batch.frames.append(&mut self.frames);
                std::mem::swap(&mut self.frames, &mut batch.frames);
                FlushStep::Blocked
            }
            WriteState::Broken => {
                *self = Self {
                    close: self.close,
                    is_broken: true,
                    ..Self::default()
                };
                batch.frames.clear();
                FlushStep::Done { is_closed: true }
            }
        }
    }
}

/// Frames that were taken out of a queue to be written.
#[derive(Default)]
pub struct FlushBatch {
    frames: VecDeque<Frame>,
    /// Bytes that the kernel took since the last [`FrameQueue::next_step`].
    written: usize,
    counts: WriteCounts,
    state: WriteState,
}

/// What the last system call said about the socket.
#[derive(Default)]
enum WriteState {
    #[default]
    Writable,
    Blocked,
    Broken,
}

impl FlushBatch {
    /// Writes all frames, as far as the kernel takes them.
    pub fn write(&mut self, stream: &WriteHalf) {
        while let Some(first) = self.frames.front() {
            let result = if self.frames.len() == 1 {
                stream.try_write(first.as_bytes())
            } else {
                let mut slices = [IoSlice::new(&[]); SLICES];
                let frames = self.frames.iter().take(SLICES);
                let count = frames.len();
                for (slice, frame) in slices.iter_mut().zip(frames) {
                    *slice = IoSlice::new(frame.as_bytes());
                }
                stream.try_write_vectored(&slices[..count])
            };
            self.counts.calls += 1;
            match result {
                Ok(bytes) => self.remove_written(bytes),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.state = WriteState::Blocked;
                    return;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    self.state = WriteState::Broken;
                    return;
                }
            }
        }
        self.flush(stream);
    }

    /// Writes the encrypted bytes of earlier frames, as far as the kernel takes them.
    pub fn flush(&mut self, stream: &WriteHalf) {
        self.state = match stream.try_flush() {
            Ok(()) => WriteState::Writable,
            Err(error) if error.kind() == ErrorKind::WouldBlock => WriteState::Blocked,
            Err(_) => WriteState::Broken,
        };
    }

    /// Takes the counts of what was written since the last call.
    pub fn take_counts(&mut self) -> WriteCounts {
        std::mem::take(&mut self.counts)
    }

    fn remove_written(&mut self, mut bytes: usize) {
        self.written += bytes;
        while let Some(first) = self.frames.front_mut() {
            if bytes < first.len() {
                if bytes > 0 {
                    *first = first.remainder(bytes);
                }
                return;
            }
            bytes -= first.len();
            self.frames.pop_front();
            self.counts.frames += 1;
        }
    }
}

#[cfg(test)]
impl FlushBatch {
    /// Acts as if the kernel had taken all frames. Returns their payloads.
    pub fn written(&mut self) -> Vec<String> {
        self.written = self.frames.iter().map(Frame::len).sum();
        self.frames.drain(..).map(|frame| frame.payload()).collect()
    }

    /// Acts as if the kernel had taken this many bytes and no more.
    fn written_in_part(&mut self, bytes: usize) {
        self.remove_written(bytes);
        self.state = WriteState::Blocked;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::SEND_QUEUE_BYTES;

    #[test]
    fn bytes_that_the_kernel_does_not_take_are_left_to_the_session() {
        let mut queue = FrameQueue::default();
        let mut batch = FlushBatch::default();
        queue.push(Frame::text("one"));
        queue.push(Frame::text("two"));
        queue.owner = FlushOwner::Flusher;
        assert_eq!(queue.next_step(true, &mut batch), FlushStep::NotOwner);
        assert_eq!(queue.next_step(false, &mut batch), FlushStep::Write);
        batch.written_in_part(8);
        queue.push(Frame::text("three"));
        assert_eq!(queue.next_step(false, &mut batch), FlushStep::Blocked);
        assert_eq!(queue.bytes, 2 + 7);
        assert_eq!(queue.next_step(false, &mut batch), FlushStep::NotOwner);
        assert_eq!(queue.next_step(true, &mut batch), FlushStep::Write);
        assert_eq!(batch.frames[0].as_bytes(), b"wo");
        assert_eq!(batch.frames[1].payload(), "three");
    }

    #[test]
    fn a_partly_written_frame_is_completed_when_the_queue_overflows() {
        let mut queue = FrameQueue::default();
        let mut batch = FlushBatch::default();
        queue.push(Frame::text("hello"));
        queue.push(Frame::text("dropped"));
        queue.owner = FlushOwner::Flusher;
        queue.next_step(false, &mut batch);
        batch.written_in_part(3);
        // The queue overflows while the frame is being written …
        queue.close_too_slow();
        assert_eq!(queue.next_step(false, &mut batch), FlushStep::Blocked);
        assert_eq!(queue.closed(), Some(Some(Close::TooSlow)));
        assert_eq!(queue.next_step(true, &mut batch), FlushStep::Write);
        assert_eq!(batch.frames.len(), 1);
        assert_eq!(batch.frames[0].as_bytes(), b"ello");
        // … and while its rest waits.
        batch.written_in_part(1);
        queue.next_step(true, &mut batch);
        queue.close_too_slow();
        assert_eq!(queue.bytes, 3);
    }

    #[test]
    fn frames_count_until_they_are_written() {
        let mut queue = FrameQueue::default();
        let mut batch = FlushBatch::default();
        queue.push(Frame::text(&"x".repeat(SEND_QUEUE_BYTES / 2)));
        queue.owner = FlushOwner::Flusher;
        queue.next_step(false, &mut batch);
        assert!(queue.bytes > SEND_QUEUE_BYTES / 2);
        batch.written();
        let done = FlushStep::Done { is_closed: false };
        assert_eq!(queue.next_step(false, &mut batch), done);
        assert_eq!(queue.bytes, 0);
    }

    #[test]
    fn a_lost_connection_drops_all_frames() {
        let mut queue = FrameQueue::default();
        let mut batch = FlushBatch::default();
        queue.push(Frame::text("hello"));
        queue.owner = FlushOwner::Flusher;
        queue.next_step(false, &mut batch);
        batch.state = WriteState::Broken;
        let done = FlushStep::Done { is_closed: true };
        assert_eq!(queue.next_step(false, &mut batch), done);
        assert_eq!((queue.closed(), queue.bytes), (Some(None), 0));
    }
}
