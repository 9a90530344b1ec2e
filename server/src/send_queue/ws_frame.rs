//! WebSocket frames as a server sends them (RFC 6455, section 5.2): unmasked, so that one encoding
//! serves everyone who receives it.

use bytes::Bytes;
use protocol::ServerFrame;
use serde::Serialize;

/// Bytes of the longest header: two, and the payload's length in eight more.
const LONGEST_HEADER: usize = 10;

/// One frame, header and payload, shared by everyone who receives it.
#[derive(Clone, Debug)]
pub struct Frame {
    bytes: Bytes,
    /// Some of it is written already.
    is_begun: bool,
}

impl Frame {
    /// A Ping without a payload (section 5.5.2).
    pub const PING: Self = Self::whole(Bytes::from_static(&[0x89, 0x00]));

    const fn whole(bytes: Bytes) -> Self {
        Self {
            bytes,
            is_begun: false,
        }
    }

    /// What the library has encoded: the answer to a Ping or a Close.
    pub fn encoded(bytes: &[u8]) -> Self {
        Self::whole(Bytes::copy_from_slice(bytes))
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Is some of it written already? Then the rest has to follow, or nothing after it makes sense.
    pub fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// The frame without its first `written` bytes.
    pub fn after(&self, written: usize) -> Self {
        Self {
            bytes: self.bytes.slice(written..),
            is_begun: true,
        }
    }
}

impl From<&ServerFrame> for Frame {
    fn from(frame: &ServerFrame) -> Self {
        let mut text = Text::default();
        text.add_line(frame);
        text.into_frame()
    }
}

/// A text frame in the making, of newline-separated JSON.
pub struct Text {
    /// Room for the header, and the payload.
    bytes: Vec<u8>,
}

impl Default for Text {
    fn default() -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.resize(LONGEST_HEADER, 0);
        Self { bytes }
    }
}

impl Text {
    /// Bytes of payload.
    pub fn len(&self) -> usize {
        self.bytes.len() - LONGEST_HEADER
    }

    /// Takes out the lines after the first `bytes`, which end a line.
    pub fn split_off(&mut self, bytes: usize) -> Self {
        let end = LONGEST_HEADER + bytes;
        let mut rest = Self::default();
        // Without the newline between the two.
        rest.bytes.extend_from_slice(&self.bytes[end + 1..]);
        self.bytes.truncate(end);
        rest
    }

    pub fn add_line(&mut self, line: &impl Serialize) {
        if self.len() > 0 {
            self.bytes.push(b'\n');
        }
        serde_json::to_writer(&mut self.bytes, line).expect("frames hold strings and numbers only");
    }

    /// The whole frame: FIN, opcode 1, the payload's length in as few bytes as it takes.
    pub fn into_frame(mut self) -> Frame {
        const FIN_AND_TEXT: u8 = 0x81;
        let length = self.len();
        let header = match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ ..=125), _) => vec![FIN_AND_TEXT, short],
            (_, Ok(medium)) => [&[FIN_AND_TEXT, 126][..], &medium.to_be_bytes()].concat(),
            _ => [&[FIN_AND_TEXT, 127][..], &(length as u64).to_be_bytes()].concat(),
        };
        let start = LONGEST_HEADER - header.len();
        self.bytes[start..LONGEST_HEADER].copy_from_slice(&header);
        Frame::whole(Bytes::from(self.bytes).slice(start..))
    }
}

#[cfg(test)]
impl Frame {
    /// A text frame with this payload, as it is.
    pub fn text(payload: &str) -> Self {
        let mut text = Text::default();
        text.bytes.extend_from_slice(payload.as_bytes());
        text.into_frame()
    }

    /// What a client reads of it.
    pub fn payload(&self) -> String {
        use tungstenite::{Message, WebSocket, protocol::Role};

        let line = std::io::Cursor::new(self.bytes.to_vec());
        match WebSocket::from_raw_socket(line, Role::Client, None).read() {
            Ok(Message::Text(text)) => text.to_string(),
            other => panic!("no text frame: {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_reads_texts_of_every_length() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 300_000] {
            let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
            assert_eq!(Frame::text(&text).payload(), text);
        }
    }

    #[test]
    fn the_rest_of_a_frame_is_what_was_not_written() {
        let frame = Frame::text("hello");
        assert_eq!(frame.after(4).as_bytes(), b"llo");
        assert_eq!(frame.after(frame.len()).len(), 0);
    }
}
