//! How far one socket has been brought in one room, so that between the pages that it catches up
//! with and the live events there is neither a hole nor a repeat.

use std::{sync::Arc, time::Duration};

use protocol::{Close, Seq};

use crate::{limits, send_queue::SendQueue, send_queue::ws_frame::Frame};

/// Events up to `shown` are not delivered again. Between entering a room and the last page, what is
/// published is held back, for the pages must come first.
#[derive(Default)]
pub struct Cursor {
    shown: Seq,
    joining: Option<Joining>,
}

#[derive(Default)]
struct Joining {
    frames: Vec<(Seq, Frame)>,
    bytes: usize,
    /// The first page is out, and with it who is here: what has no place in the log need not wait.
    has_begun: bool,
}

/// The place of what has no place in the log: it is never older than what was shown.
pub const EPHEMERAL: Seq = Seq::MAX;

impl Cursor {
    /// The cursor of a socket that has just entered, while its first page is being read.
    pub fn joining() -> Self {
        Self {
            shown: 0,
            joining: Some(Joining::default()),
        }
    }

    /// Passes on a frame whose newest event is `seq`. A batch is a transaction's, and a page that
    /// reaches the log's end sees whole transactions, so a frame is either all shown already or all
    /// new.
    pub fn deliver(
        &mut self,
        seq: Seq,
        frame: &Frame,
        send_queue: &Arc<SendQueue>,
        flush_delay: Duration,
    ) {
        if seq <= self.shown {
            return;
        }
        match &mut self.joining {
            Some(joining) if seq != EPHEMERAL || !joining.has_begun => {
                joining.bytes += frame.len();
                if joining.bytes <= limits::SEND_QUEUE_BYTES {
                    joining.frames.push((seq, frame.clone()));
                } else {
                    send_queue.close(Close::TooSlow);
                }
            }
            _ => send_queue.push_delayed(frame.clone(), flush_delay),
        }
    }

    /// A page that reaches up to `seq` was just sent. If that is all there was when it was read,
    /// what was held back and is newer follows, and from then on what is live.
    pub fn complete_join(&mut self, seq: Seq, is_all: bool, send_queue: &Arc<SendQueue>) {
        self.shown = seq;
        if is_all {
            let held = self.joining.take().unwrap_or_default();
            for (seq, frame) in held.frames {
                self.deliver(seq, &frame, send_queue, Duration::ZERO);
            }
        } else if let Some(joining) = &mut self.joining {
            for (_, frame) in joining.frames.extract_if(.., |(seq, _)| *seq == EPHEMERAL) {
                send_queue.push(frame);
            }
            joining.has_begun = true;
        }
    }

    /// Forgets what was held back: it is committed, so the page that is read next has it.
    pub fn begin_page(&mut self) {
        if let Some(joining) = &mut self.joining {
            joining.frames.clear();
            joining.bytes = 0;
        }
    }

    /// Sends what was held back, for there is no page.
    pub fn release(self, send_queue: &Arc<SendQueue>) {
        for (_, frame) in self.joining.unwrap_or_default().frames {
            send_queue.push(frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deliver(cursor: &mut Cursor, seq: Seq, text: &str, send_queue: &Arc<SendQueue>) {
        cursor.deliver(seq, &Frame::text(text), send_queue, Duration::ZERO);
    }

    #[test]
    fn the_page_comes_first_and_nothing_of_it_twice() {
        let send_queue = SendQueue::detached();
        let mut cursor = Cursor::joining();
        deliver(&mut cursor, 4, "in the page", &send_queue);
        deliver(&mut cursor, EPHEMERAL, "presence", &send_queue);
        deliver(&mut cursor, 6, "after the page", &send_queue);
        send_queue.push(Frame::text("page"));
        cursor.complete_join(5, true, &send_queue);
        deliver(&mut cursor, 5, "published late", &send_queue);
        deliver(&mut cursor, 7, "live", &send_queue);
        assert_eq!(
            send_queue.taken(),
            ["page", "presence", "after the page", "live"]
        );
    }

    #[test]
    fn page_after_page_comes_before_what_is_live() {
        let send_queue = SendQueue::detached();
        let mut cursor = Cursor::joining();
        deliver(&mut cursor, EPHEMERAL, "presence", &send_queue);
        deliver(&mut cursor, 9, "in the second page", &send_queue);
        send_queue.push(Frame::text("first page"));
        cursor.complete_join(5, false, &send_queue);
        deliver(&mut cursor, EPHEMERAL, "typing", &send_queue);
        cursor.begin_page();
        deliver(&mut cursor, 10, "while it is read", &send_queue);
        send_queue.push(Frame::text("second page"));
        cursor.complete_join(9, true, &send_queue);
        deliver(&mut cursor, 11, "live", &send_queue);
        let order = [
            "first page",
            "presence",
            "typing",
            "second page",
            "while it is read",
            "live",
        ];
        assert_eq!(send_queue.taken(), order);
    }
}
