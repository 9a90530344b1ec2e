//! What waits, and whose turn it is to write it. Only state: nothing here writes or waits.

use std::{
    collections::VecDeque,
    io::{ErrorKind, IoSlice},
};

use protocol::Close;
use tokio::net::tcp::OwnedWriteHalf;

use crate::send_queue::ws_frame::Frame;

/// Frames that one system call may write.
const SLICES: usize = 32;
/// Places for frames that an empty queue keeps.
const KEPT: usize = 8;

#[derive(Default)]
pub struct Queue {
    frames: VecDeque<Frame>,
    /// Of what waits, and of what is being written.
    pub bytes: usize,
    pub close: Option<Close>,
    pub writer: Writer,
    /// What is being written counts no more, and what of it is not begun is dropped.
    has_overflowed: bool,
    is_broken: bool,
}

/// Whose turn it is to write. There is never more than one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Writer {
    #[default]
    Nobody,
    /// The flusher will come for it, once it has lingered.
    FlusherLater,
    /// The flusher comes as soon as it can.
    Flusher,
    /// The socket's session waits until the kernel takes more.
    Session,
}

/// What comes next in writing.
#[derive(Debug, Eq, PartialEq)]
pub enum Step {
    /// Write what is in the batch.
    Write,
    /// All is written. Was it the last there will ever be?
    Done { is_end: bool },
    /// The kernel takes no more now.
    Stuck,
    /// It is somebody else's turn.
    NotOurs,
}

impl Queue {
    pub fn put(&mut self, frame: Frame) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// How many wait, without those that are being written.
    pub fn frames(&self) -> usize {
        self.frames.len()
    }

    /// More than may wait: it is dropped, for it is in the log, and the client resumes from there.
    /// What is begun has to be ended all the same, or nothing after it would make sense.
    pub fn overflow(&mut self) {
        self.close = Some(Close::TooSlow);
        self.has_overflowed = true;
        self.frames = self.frames.drain(..).take_while(|f| f.is_begun()).collect();
        self.bytes = self.frames.iter().map(Frame::len).sum();
    }

    /// There will be nothing more to be written: with which close code, and none if the line broke.
    pub fn end(&self) -> Option<Option<Close>> {
        let is_written = self.frames.is_empty() && self.writer == Writer::Nobody;
        match self.close {
            _ if self.is_broken => Some(None),
            Some(Close::TooSlow) => Some(self.close),
            Some(_) if is_written => Some(self.close),
            _ => None,
        }
    }

    /// Takes note of what was written of the batch, and fills it anew.
    pub fn step(&mut self, is_sessions: bool, batch: &mut Batch) -> Step {
        let is_ours = match self.writer {
            Writer::Nobody => false,
            Writer::FlusherLater | Writer::Flusher => !is_sessions,
            Writer::Session => is_sessions,
        };
        if !is_ours {
            return Step::NotOurs;
        }
        let written = std::mem::take(&mut batch.written);
        if std::mem::take(&mut self.has_overflowed) {
            batch.frames.retain(Frame::is_begun);
            self.bytes += batch.frames.iter().map(Frame::len).sum::<usize>();
        } else {
            self.bytes = self.bytes.saturating_sub(written);
        }
        match std::mem::take(&mut batch.state) {
            State::Going if self.frames.is_empty() => {
                self.writer = Writer::Nobody;
                if self.frames.capacity() > KEPT {
                    self.frames = VecDeque::new();
                }
                Step::Done {
                    is_end: self.end().is_some(),
                }
            }
            State::Going => {
                batch.frames.append(&mut self.frames);
                Step::Write
            }
            State::Stuck => {
                self.writer = Writer::Session;
                batch.frames.append(&mut self.frames);
                std::mem::swap(&mut self.frames, &mut batch.frames);
                Step::Stuck
            }
            State::Broken => {
                *self = Self {
                    close: self.close,
                    is_broken: true,
                    ..Self::default()
                };
                batch.frames.clear();
                Step::Done { is_end: true }
            }
        }
    }
}

/// What one writer has taken out of a queue to write it.
#[derive(Default)]
pub struct Batch {
    frames: VecDeque<Frame>,
    /// Bytes that the kernel took since the last [`Queue::step`].
    written: usize,
    state: State,
}

#[derive(Default)]
enum State {
    #[default]
    Going,
    Stuck,
    Broken,
}

impl Batch {
    /// Writes all of it, as far as the kernel takes it.
    pub fn write(&mut self, stream: &OwnedWriteHalf) {
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
            match result {
                Ok(bytes) => self.took(bytes),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.state = State::Stuck;
                    return;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    self.state = State::Broken;
                    return;
                }
            }
        }
    }

    fn took(&mut self, mut bytes: usize) {
        self.written += bytes;
        while let Some(first) = self.frames.front_mut() {
            if bytes < first.len() {
                if bytes > 0 {
                    *first = first.after(bytes);
                }
                return;
            }
            bytes -= first.len();
            self.frames.pop_front();
        }
    }
}

#[cfg(test)]
impl Batch {
    /// As if the kernel had taken all of it.
    pub fn written(&mut self) -> Vec<String> {
        self.written = self.frames.iter().map(Frame::len).sum();
        self.frames.drain(..).map(|frame| frame.payload()).collect()
    }

    /// As if the kernel had taken so many bytes of it, and no more.
    fn written_in_part(&mut self, bytes: usize) {
        self.took(bytes);
        self.state = State::Stuck;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::SEND_QUEUE_BYTES;

    #[test]
    fn what_the_kernel_does_not_take_is_left_to_the_session() {
        let mut queue = Queue::default();
        let mut batch = Batch::default();
        queue.put(Frame::text("one"));
        queue.put(Frame::text("two"));
        queue.writer = Writer::Flusher;
        assert_eq!(queue.step(true, &mut batch), Step::NotOurs);
        assert_eq!(queue.step(false, &mut batch), Step::Write);
        batch.written_in_part(8);
        queue.put(Frame::text("three"));
        assert_eq!(queue.step(false, &mut batch), Step::Stuck);
        assert_eq!(queue.bytes, 2 + 7);
        assert_eq!(queue.step(false, &mut batch), Step::NotOurs);
        assert_eq!(queue.step(true, &mut batch), Step::Write);
        assert_eq!(batch.frames[0].as_bytes(), b"wo");
        assert_eq!(batch.frames[1].payload(), "three");
    }

    #[test]
    fn a_frame_that_is_begun_is_ended_however_much_waits() {
        let mut queue = Queue::default();
        let mut batch = Batch::default();
        queue.put(Frame::text("hello"));
        queue.put(Frame::text("never seen"));
        queue.writer = Writer::Flusher;
        queue.step(false, &mut batch);
        batch.written_in_part(3);
        // While it is being written …
        queue.overflow();
        assert_eq!(queue.step(false, &mut batch), Step::Stuck);
        assert_eq!(queue.end(), Some(Some(Close::TooSlow)));
        assert_eq!(queue.step(true, &mut batch), Step::Write);
        assert_eq!(batch.frames.len(), 1);
        assert_eq!(batch.frames[0].as_bytes(), b"ello");
        // … and while it waits.
        batch.written_in_part(1);
        queue.step(true, &mut batch);
        queue.overflow();
        assert_eq!(queue.bytes, 3);
    }

    #[test]
    fn what_is_being_written_counts_until_it_is_written() {
        let mut queue = Queue::default();
        let mut batch = Batch::default();
        queue.put(Frame::text(&"x".repeat(SEND_QUEUE_BYTES / 2)));
        queue.writer = Writer::Flusher;
        queue.step(false, &mut batch);
        assert!(queue.bytes > SEND_QUEUE_BYTES / 2);
        batch.written();
        assert_eq!(queue.step(false, &mut batch), Step::Done { is_end: false });
        assert_eq!(queue.bytes, 0);
    }

    #[test]
    fn a_line_that_breaks_is_the_end_of_all_that_waits() {
        let mut queue = Queue::default();
        let mut batch = Batch::default();
        queue.put(Frame::text("hello"));
        queue.writer = Writer::Flusher;
        queue.step(false, &mut batch);
        batch.state = State::Broken;
        assert_eq!(queue.step(false, &mut batch), Step::Done { is_end: true });
        assert_eq!((queue.end(), queue.bytes), (Some(None), 0));
    }
}
