//! How a client signs in.

use protocol::ClientFrame;

/// As which user a client signs in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Identity {
    /// A new user with this nickname.
    Nickname(String),
    /// A bot with its token, or a user of an earlier session.
    Token(String),
}

impl Identity {
    /// The first frame on a new connection. The page sends none: its cookie signs it in.
    pub fn login(&self) -> ClientFrame {
        let (nickname, token) = match self {
            Self::Nickname(nickname) => (Some(nickname.clone()), None),
            Self::Token(token) => (None, Some(token.clone())),
        };
        ClientFrame::Login {
            nickname,
            token,
            room: None,
        }
    }
}
