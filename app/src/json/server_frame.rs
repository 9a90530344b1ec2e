//! Reads the server's frames.

use protocol::ServerFrame;
use serde::Deserialize;

use super::{Unreadable, read};

/// Reads one line of a server's text frame, the inverse of [`ServerFrame::encode`].
///
/// serde's own code for a tagged enum does the same, with some 20 kB more for a page to load.
///
/// # Errors
/// If the line is not one of these frames.
pub fn decode(line: &str) -> Result<ServerFrame, Unreadable> {
    let Head { kind } = read(line)?;
    Ok(match kind {
        FrameKind::Welcome => ServerFrame::Welcome(read(line)?),
        FrameKind::Joined => ServerFrame::Joined(read(line)?),
        FrameKind::Left => ServerFrame::Left(read(line)?),
        FrameKind::Message => ServerFrame::Message(read(line)?),
        FrameKind::Presence => ServerFrame::Presence(read(line)?),
        FrameKind::History => ServerFrame::History(read(line)?),
        FrameKind::Rooms => ServerFrame::Rooms(read(line)?),
        FrameKind::RoomsChanged => ServerFrame::RoomsChanged(read(line)?),
        FrameKind::Games => ServerFrame::Games(read(line)?),
        FrameKind::Scores => ServerFrame::Scores(read(line)?),
        FrameKind::Watchers => ServerFrame::Watchers(read(line)?),
        FrameKind::Read => ServerFrame::Read(read(line)?),
        FrameKind::Typing => ServerFrame::Typing(read(line)?),
        FrameKind::Error => ServerFrame::Error(read(line)?),
        FrameKind::Ping => ServerFrame::Ping,
        FrameKind::Pong => ServerFrame::Pong,
        FrameKind::Bye => ServerFrame::Bye(read(line)?),
    })
}

/// The type of a frame, which is read before the rest of the line.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: FrameKind,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum FrameKind {
    Welcome,
    Joined,
    Left,
    Message,
    Presence,
    History,
    Rooms,
    RoomsChanged,
    Games,
    Scores,
    Watchers,
    Read,
    Typing,
    Error,
    Ping,
    Pong,
    Bye,
}

#[cfg(test)]
mod tests {
    use protocol::{Code, Message, Refusal, UserId, frame};

    use super::*;

    /// docs/PROTOCOL.md has examples of every frame, and a test of `protocol` checks that.
    #[test]
    fn every_documented_frame_is_read_as_serde_json_reads_it() {
        let document = include_str!("../../../docs/PROTOCOL.md");
        let examples = document
            .lines()
            .filter(|line| line.starts_with("{\"type\""));
        let mut kinds = std::collections::HashSet::new();
        for line in examples {
            if let Ok(frame) = serde_json::from_str::<ServerFrame>(line) {
                kinds.insert(std::mem::discriminant(&frame));
                assert_eq!(decode(line), Ok(frame), "{line}");
            }
        }
        assert_eq!(kinds.len(), 17, "frames of the server");
    }

    #[test]
    fn an_encoded_message_is_read_back() {
        let frame = ServerFrame::Message(Message {
            room: "tea".into(),
            seq: 1,
            from: "Toto".into(),
            author: UserId(7),
            id: "m1".into(),
            at: 5,
            body: "hi".into(),
            ..Message::default()
        });
        assert_eq!(decode(&frame.encode()), Ok(frame));
    }

    #[test]
    fn an_unknown_code_is_a_final_refusal() {
        let line = r#"{"type":"error","code":"brand_new","message":"No.","id":"m1"}"#;
        let error = frame::Error {
            id: Some("m1".into()),
            ..Refusal::new(Code::Internal, "No.").into()
        };
        assert_eq!(decode(line), Ok(ServerFrame::Error(error)));
    }
}
