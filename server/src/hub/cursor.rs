//! How far one socket has been brought in one room, so that between the page that `joined` brings
//! and the live events there is neither a hole nor a repeat.

use protocol::{Close, Seq, limits};

use crate::outbox::{Frame, Outbox};

/// Events up to `shown` are not delivered again. Between entering a room and `settle`, what is
/// published is held back, for the page must come first.
#[derive(Default)]
pub struct Cursor {
    shown: Seq,
    held: Option<Vec<(Seq, Frame)>>,
}

/// The place of what has no place in the log: it is never older than what was shown.
pub const EPHEMERAL: Seq = Seq::MAX;

impl Cursor {
    /// The cursor of a socket that has just entered, while its page is being read.
    pub fn holding() -> Self {
        Self {
            shown: 0,
            held: Some(Vec::new()),
        }
    }

    /// Passes on a frame whose newest event is `seq`. A batch is a transaction's, and a page sees
    /// whole transactions, so a frame is either all shown already or all new.
    pub fn deliver(&mut self, seq: Seq, frame: &Frame, outbox: &Outbox) {
        if seq <= self.shown {
            return;
        }
        match &mut self.held {
            Some(held) => {
                let bytes: usize = held.iter().map(|(_, frame)| frame.len()).sum();
                if bytes + frame.len() <= limits::OUTBOX_BYTES {
                    held.push((seq, frame.clone()));
                } else {
                    outbox.close(Close::TooSlow);
                }
            }
            None => outbox.push(frame.clone()),
        }
    }

    /// Sends the page, whose newest event is `seq`, and then what was held back and is newer.
    pub fn settle(&mut self, seq: Seq, page: Frame, outbox: &Outbox) {
        self.shown = seq;
        outbox.push(page);
        for (seq, frame) in self.held.take().into_iter().flatten() {
            self.deliver(seq, &frame, outbox);
        }
    }

    /// Sends what was held back, for there is no page.
    pub fn release(self, outbox: &Outbox) {
        for (_, frame) in self.held.into_iter().flatten() {
            outbox.push(frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::Next;

    #[tokio::test]
    async fn the_page_comes_first_and_nothing_of_it_twice() {
        let outbox = Outbox::new();
        let mut cursor = Cursor::holding();
        cursor.deliver(4, &"in the page".into(), &outbox);
        cursor.deliver(EPHEMERAL, &"presence".into(), &outbox);
        cursor.deliver(6, &"after the page".into(), &outbox);
        cursor.settle(5, "page".into(), &outbox);
        cursor.deliver(5, &"published late".into(), &outbox);
        cursor.deliver(7, &"live".into(), &outbox);
        let Next::Frames(frames) = outbox.next().await else {
            panic!("nothing closed the outbox");
        };
        assert_eq!(frames, ["page", "presence", "after the page", "live"]);
    }
}
