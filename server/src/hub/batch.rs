//! Events as frames: encoded once, whoever receives them.

use protocol::{Message, Seq, ServerEvent};

use crate::send_queue::ws_frame::{Frame, Text};

/// Bytes of one delivered frame, after which a batch goes on in the next.
const BATCH_BYTES: usize = 64 * 1024;

/// One room's events as newline-separated JSON, in frames of [`BATCH_BYTES`] at most (or one event), each with the
/// number of the newest event of the whole batch: a batch is shown or new as a whole.
pub fn encode(messages: &[Message]) -> Vec<(Seq, Frame)> {
    let newest = messages.last().map_or(0, |message| message.seq);
    let mut frames = Vec::new();
    let mut text = Text::default();
    for message in messages {
        let before = text.len();
        text.add_line(&ServerEvent::Message(message));
        if text.len() > BATCH_BYTES && before > 0 {
            let next = text.split_off(before);
            frames.push((newest, std::mem::replace(&mut text, next).into_frame()));
        }
    }
    if text.len() > 0 {
        frames.push((newest, text.into_frame()));
    }
    frames
}

#[cfg(test)]
mod tests {
    use protocol::UserId;

    use super::*;

    fn message(seq: Seq, text: &str) -> Message {
        Message {
            room: "tea".into(),
            seq,
            from: "Toto".into(),
            author: UserId(1),
            id: seq.to_string(),
            text: text.into(),
            at: 0,
            ..Message::default()
        }
    }

    #[test]
    fn a_batch_shares_frames_until_one_is_full() {
        let small: Vec<_> = (1..=3).map(|seq| message(seq, "hi")).collect();
        let frames = encode(&small);
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0].1.payload().lines().count(), 3);
        let long = "x".repeat(BATCH_BYTES / 3);
        let large: Vec<_> = (1..=4).map(|seq| message(seq, &long)).collect();
        assert_eq!(encode(&large).len(), 2);
    }
}
