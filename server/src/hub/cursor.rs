//! Which events of one room were delivered to one connection. The cursor joins stored pages to live
//! events without a gap and without a repeat.

use std::{sync::Arc, time::Duration};

use protocol::{Close, Seq};

use crate::{limits, send_queue::SendQueue, send_queue::ws_frame::Frame};

/// The delivery position of one connection in one room.
///
/// Events up to `delivered` are not sent again. From the subscription to the last page, published
/// frames are buffered, because the pages must be sent first.
#[derive(Default)]
pub struct DeliveryCursor {
    delivered: Seq,
    buffer: Option<JoinBuffer>,
}

#[derive(Default)]
struct JoinBuffer {
    frames: Vec<(Seq, Frame)>,
    bytes: usize,
    /// Whether the first page was sent. It lists who is present, so from then on ephemeral frames
    /// need not be buffered.
    has_first_page: bool,
}

/// Stands for the number of a frame that is not in the log. It is above every number, so such a
/// frame never counts as delivered.
pub const EPHEMERAL: Seq = Seq::MAX;

impl DeliveryCursor {
    /// The cursor of a connection that has just subscribed and whose first page is being read.
    pub fn joining() -> Self {
        Self {
            delivered: 0,
            buffer: Some(JoinBuffer::default()),
        }
    }

    /// Sends or buffers a frame, or skips it if its events were delivered before. `seq` is the
    /// newest event of the frame's batch.
    ///
    /// A batch is one transaction, and a page that reaches the end of the log sees whole
    /// transactions. So the events of a frame were either all delivered before or are all new.
    ///
    /// If more than [`limits::SEND_QUEUE_BYTES`] are buffered, the connection is closed as too
    /// slow.
    pub fn deliver(
        &mut self,
        seq: Seq,
        frame: &Frame,
        send_queue: &Arc<SendQueue>,
        flush_delay: Duration,
    ) {
        if seq <= self.delivered {
            return;
        }
        match &mut self.buffer {
            Some(buffer) if seq != EPHEMERAL || !buffer.has_first_page => {
                buffer.bytes += frame.len();
                if buffer.bytes <= limits::SEND_QUEUE_BYTES {
                    buffer.frames.push((seq, frame.clone()));
                } else {
                    send_queue.close(Close::TooSlow);
                }
            }
            _ => send_queue.push_delayed(frame.clone(), flush_delay),
        }
    }

    /// Drops the buffered frames: their events are committed, so the page that is read next
    /// contains them.
    pub fn begin_page(&mut self) {
        if let Some(buffer) = &mut self.buffer {
            buffer.frames.clear();
            buffer.bytes = 0;
        }
    }

    /// Records that a page up to `seq` was sent. If it reached the end of the log, buffered frames
    /// that are newer follow, and live ones from then on. Otherwise only ephemeral frames follow.
    pub fn end_page(&mut self, seq: Seq, is_all: bool, send_queue: &Arc<SendQueue>) {
        self.delivered = seq;
        if is_all {
            let buffer = self.buffer.take().unwrap_or_default();
            for (seq, frame) in buffer.frames {
                self.deliver(seq, &frame, send_queue, Duration::ZERO);
            }
        } else if let Some(buffer) = &mut self.buffer {
            for (_, frame) in buffer.frames.extract_if(.., |(seq, _)| *seq == EPHEMERAL) {
                send_queue.push(frame);
            }
            buffer.has_first_page = true;
        }
    }

    /// Sends the buffered frames without a page, after a page could not be read.
    pub fn send_buffered(self, send_queue: &Arc<SendQueue>) {
        for (_, frame) in self.buffer.unwrap_or_default().frames {
            send_queue.push(frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deliver(cursor: &mut DeliveryCursor, seq: Seq, text: &str, send_queue: &Arc<SendQueue>) {
        cursor.deliver(seq, &Frame::text(text), send_queue, Duration::ZERO);
    }

    #[test]
    fn the_page_comes_first_and_its_events_are_not_repeated() {
        let send_queue = SendQueue::detached();
        let mut cursor = DeliveryCursor::joining();
        deliver(&mut cursor, 4, "in the page", &send_queue);
        deliver(&mut cursor, EPHEMERAL, "presence", &send_queue);
        deliver(&mut cursor, 6, "after the page", &send_queue);
        send_queue.push(Frame::text("page"));
        cursor.end_page(5, true, &send_queue);
        deliver(&mut cursor, 5, "published late", &send_queue);
        deliver(&mut cursor, 7, "live", &send_queue);
        assert_eq!(
            send_queue.taken(),
            ["page", "presence", "after the page", "live"]
        );
    }

    #[test]
    fn all_pages_come_before_live_events() {
        let send_queue = SendQueue::detached();
        let mut cursor = DeliveryCursor::joining();
        deliver(&mut cursor, EPHEMERAL, "presence", &send_queue);
        deliver(&mut cursor, 9, "in the second page", &send_queue);
        send_queue.push(Frame::text("first page"));
        cursor.end_page(5, false, &send_queue);
        deliver(&mut cursor, EPHEMERAL, "typing", &send_queue);
        cursor.begin_page();
        deliver(&mut cursor, 10, "while it is read", &send_queue);
        send_queue.push(Frame::text("second page"));
        cursor.end_page(9, true, &send_queue);
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
