//! Encodes events as frames, once for all recipients.

use protocol::{Message, Seq, ServerEvent};

use crate::send_queue::ws_frame::{Frame, TextFrameBuilder};

/// Bytes of payload after which a batch continues in another frame.
const BATCH_BYTES: usize = 64 * 1024;

/// Encodes events of one room as newline-separated JSON. Each frame has at most [`BATCH_BYTES`],
/// or a single event.
///
/// Each frame comes with the number of the newest event of the whole batch, not of the frame,
/// because a client has seen either all events of a batch or none.
pub fn encode(messages: &[Message]) -> Vec<(Seq, Frame)> {
    let newest = messages.last().map_or(0, |message| message.seq);
    let mut frames = Vec::new();
    let mut builder = TextFrameBuilder::default();
    for message in messages {
        let before = builder.len();
        builder.add_line(&ServerEvent::Message(message));
        if builder.len() > BATCH_BYTES && before > 0 {
            let next = builder.split_off(before);
            frames.push((newest, std::mem::replace(&mut builder, next).into_frame()));
        }
    }
    if builder.len() > 0 {
        frames.push((newest, builder.into_frame()));
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
            body: text.into(),
            at: 0,
            ..Message::default()
        }
    }

    #[test]
    fn events_share_a_frame_until_it_is_full() {
        let small: Vec<_> = (1..=3).map(|seq| message(seq, "hi")).collect();
        let frames = encode(&small);
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0].1.payload().lines().count(), 3);
        let long = "x".repeat(BATCH_BYTES / 3);
        let large: Vec<_> = (1..=4).map(|seq| message(seq, &long)).collect();
        assert_eq!(encode(&large).len(), 2);
    }
}
