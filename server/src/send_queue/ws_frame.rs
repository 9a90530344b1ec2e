//! WebSocket frames as a server sends them (RFC 6455, section 5.2). They are unmasked, so all
//! recipients can share the bytes of one frame.

use bytes::Bytes;
use protocol::ServerFrame;
use serde::Serialize;

/// Bytes of the longest header: two, and eight for the length of the payload.
const LONGEST_HEADER: usize = 10;

/// An encoded frame, header and payload. Clones share the bytes.
#[derive(Clone, Debug)]
pub struct Frame {
    bytes: Bytes,
    is_partly_written: bool,
}

impl Frame {
    /// A Ping without a payload (section 5.5.2).
    pub const PING: Self = Self::whole(Bytes::from_static(&[0x89, 0x00]));

    const fn whole(bytes: Bytes) -> Self {
        Self {
            bytes,
            is_partly_written: false,
        }
    }

    /// A frame that the WebSocket library has encoded: the reply to a Ping or a Close.
    pub fn encoded(bytes: &[u8]) -> Self {
        Self::whole(Bytes::copy_from_slice(bytes))
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether its first bytes were written already. Then the rest must follow, or the client could
    /// not read what comes after it.
    pub fn is_partly_written(&self) -> bool {
        self.is_partly_written
    }

    /// The frame without its first `written` bytes.
    pub fn remainder(&self, written: usize) -> Self {
        Self {
            bytes: self.bytes.slice(written..),
            is_partly_written: true,
        }
    }
}

impl From<&ServerFrame> for Frame {
    fn from(frame: &ServerFrame) -> Self {
        let mut builder = TextFrameBuilder::default();
        builder.add_line(frame);
        builder.into_frame()
    }
}

/// Builds a text frame of newline-separated JSON.
pub struct TextFrameBuilder {
    /// Space for the longest header, then the payload.
    bytes: Vec<u8>,
}

impl Default for TextFrameBuilder {
    fn default() -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.resize(LONGEST_HEADER, 0);
        Self { bytes }
    }
}

impl TextFrameBuilder {
    /// Bytes of payload.
    pub fn len(&self) -> usize {
        self.bytes.len() - LONGEST_HEADER
    }

    /// Moves the lines after the first `bytes` of payload, which must end a line, into another
    /// builder.
    pub fn split_off(&mut self, bytes: usize) -> Self {
        let end = LONGEST_HEADER + bytes;
        let mut rest = Self::default();
        // The newline between the two is dropped.
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

    /// Writes the header: FIN, opcode 1, and the length of the payload in the shortest form.
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
    /// A text frame with this payload.
    pub fn text(payload: &str) -> Self {
        let mut builder = TextFrameBuilder::default();
        builder.bytes.extend_from_slice(payload.as_bytes());
        builder.into_frame()
    }

    /// The payload as a client decodes it.
    pub fn payload(&self) -> String {
        use tungstenite::{Message, WebSocket, protocol::Role};

        let stream = std::io::Cursor::new(self.bytes.to_vec());
        match WebSocket::from_raw_socket(stream, Role::Client, None).read() {
            Ok(Message::Text(text)) => text.to_string(),
            other => panic!("no text frame: {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_decodes_payloads_of_every_length() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 300_000] {
            let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
            assert_eq!(Frame::text(&text).payload(), text);
        }
    }

    #[test]
    fn the_remainder_of_a_frame_is_what_was_not_written() {
        let frame = Frame::text("hello");
        assert_eq!(frame.remainder(4).as_bytes(), b"llo");
        assert_eq!(frame.remainder(frame.len()).len(), 0);
    }
}
