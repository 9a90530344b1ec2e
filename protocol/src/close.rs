//! Why the server closes a socket, and whether the client should reconnect.

/// A reason to close a socket (RFC 6455, section 7.4). Codes below 4000 are those of the standard.
/// 4000 to 4099 mean that the client should reconnect, 4100 to 4199 that reconnecting with the same
/// session will not help.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u16)]
pub enum Close {
    /// The client closed the socket, and the server answers with the same code.
    Normal = 1000,
    /// The client sent bytes that are not a WebSocket frame, or a frame that RFC 6455 forbids.
    ProtocolError = 1002,
    /// The client sent a text frame that is not UTF-8.
    NotUtf8 = 1007,
    /// The client sent a frame larger than [`crate::limits::FRAME_BYTES`].
    TooLarge = 1009,
    /// A fault of the server kept this client from signing in. Its session stays valid.
    Internal = 1011,
    /// The server stops or restarts.
    Restart = 1012,
    /// The client read too slowly, and its send queue was full.
    TooSlow = 4000,
    /// The server received nothing from the client for [`crate::limits::SILENCE`].
    Silent = 4001,
    /// The storage failed while the client signed in or joined.
    StorageUnavailable = 4002,
    /// The user signed out, here or in another tab, or the token was revoked. The session has
    /// ended.
    SignedOut = 4100,
    /// The client sent no `login` within [`crate::limits::LOGIN_TIME`].
    LoginTimeout = 4101,
    /// The user's reservation expired and another user has the nickname now: sign in with another.
    NicknameTaken = 4102,
    /// The user already has [`crate::limits::SOCKETS_PER_USER`] sockets open.
    TooManySockets = 4103,
}

impl Close {
    /// All of them, for documents and tests.
    pub const ALL: [Self; 13] = [
        Self::Normal,
        Self::ProtocolError,
        Self::NotUtf8,
        Self::TooLarge,
        Self::Internal,
        Self::Restart,
        Self::TooSlow,
        Self::Silent,
        Self::StorageUnavailable,
        Self::SignedOut,
        Self::LoginTimeout,
        Self::NicknameTaken,
        Self::TooManySockets,
    ];

    /// The code on the wire.
    pub fn code(self) -> u16 {
        self as u16
    }

    /// The reason on the wire: a sentence of at most 123 bytes (RFC 6455, section 5.5.1).
    pub fn reason(self) -> &'static str {
        match self {
            Self::Normal => "The connection was closed.",
            Self::ProtocolError => "The WebSocket frame was not valid.",
            Self::NotUtf8 => "Text must be UTF-8.",
            Self::TooLarge => "The frame was too large; send smaller frames.",
            Self::Internal => {
                "The server had an internal error; reconnect, or contact its administrator."
            }
            Self::Restart => "The server is restarting; reconnect in a moment.",
            Self::TooSlow => "You were reading too slowly; reconnect to catch up.",
            Self::Silent => "The connection timed out; reconnect when you can.",
            Self::StorageUnavailable => {
                "The server can't write to its disk right now; reconnect in a moment."
            }
            Self::SignedOut => "You were signed out; sign in again.",
            Self::LoginTimeout => "You did not sign in in time; sign in right after connecting.",
            Self::NicknameTaken => "Someone else is using your nickname; choose another.",
            Self::TooManySockets => "You have too many connections open; close one.",
        }
    }
}

/// Whether a client whose socket was closed with this code should reconnect by itself.
///
/// It should after an unknown code and after a broken connection (1006), but not after a code whose
/// cause will not go away.
pub fn should_reconnect(code: u16) -> bool {
    !matches!(code, 1000 | 1002 | 1007 | 4100..=4199)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_fits_into_a_close_frame() {
        for close in Close::ALL {
            assert!(close.reason().len() <= 123, "{close:?}");
        }
    }

    #[test]
    fn a_client_reconnects_after_a_broken_connection_or_a_restart_but_not_after_a_sign_out() {
        assert!(should_reconnect(1006));
        assert!(should_reconnect(Close::Restart.code()));
        assert!(should_reconnect(Close::TooSlow.code()));
        assert!(!should_reconnect(Close::SignedOut.code()));
        assert!(!should_reconnect(Close::NicknameTaken.code()));
    }
}
