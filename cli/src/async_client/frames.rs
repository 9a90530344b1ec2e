//! Reads what the server sends.

use protocol::ServerFrame;

/// The frames of a text message, one JSON object a line.
///
/// A client ignores what it does not know, so that the protocol can grow.
pub fn decode(text: &str) -> impl Iterator<Item = ServerFrame> {
    text.split('\n')
        .filter_map(|line| serde_json::from_str(line).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_lines_are_ignored() {
        let text = "{\"type\":\"ping\"}\n{\"type\":\"unknown\"}\nnot JSON\n{\"type\":\"pong\"}";
        let frames: Vec<_> = decode(text).collect();
        assert!(matches!(frames[..], [ServerFrame::Ping, ServerFrame::Pong]));
    }
}
