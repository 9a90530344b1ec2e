//! Why a socket ends, and whether it is worth coming back.

/// The server's reasons to close a socket (RFC 6455, section 7.4). Below 4000 the codes are the
/// standard's; 4000 to 4099 say "come back", 4100 to 4199 "coming back as you are will not help".
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u16)]
pub enum Close {
    /// The client closed; the server answers in kind.
    Normal = 1000,
    /// Not a WebSocket frame, or one that RFC 6455 forbids.
    ProtocolError = 1002,
    /// A text frame that is not UTF-8.
    NotUtf8 = 1007,
    /// A frame larger than [`crate::limits::FRAME_BYTES`].
    TooLarge = 1009,
    /// A fault of the server kept this client from signing in. Its session stands.
    Internal = 1011,
    /// The server stops or restarts.
    Restart = 1012,
    /// The client read too slowly and its outbox was full.
    TooSlow = 4000,
    /// Nothing was heard from the client for [`crate::limits::SILENCE`].
    Silent = 4001,
    /// The disk refused what signing in has to write.
    StorageUnavailable = 4002,
    /// Signed out, here or in another tab; the session is no more.
    SignedOut = 4100,
    /// No `login` within [`crate::limits::LOGIN_TIME`].
    LoginTimeout = 4101,
    /// The nickname lapsed and somebody else holds it now: sign in with another.
    NicknameTaken = 4102,
    /// This user has [`crate::limits::SOCKETS_PER_USER`] sockets open.
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

    /// The number on the wire.
    pub fn code(self) -> u16 {
        self as u16
    }

    /// The sentence that travels with it, at most 123 bytes (RFC 6455, section 5.5.1).
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

/// Should a client that was closed with this code come back by itself? Unknown codes and a line
/// that simply broke (1006) are worth another try; what cannot get better is not.
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
    fn a_broken_line_and_a_restart_are_worth_coming_back_a_sign_out_is_not() {
        assert!(should_reconnect(1006));
        assert!(should_reconnect(Close::Restart.code()));
        assert!(should_reconnect(Close::TooSlow.code()));
        assert!(!should_reconnect(Close::SignedOut.code()));
        assert!(!should_reconnect(Close::NicknameTaken.code()));
    }
}
