//! How a client signs in.

use protocol::ClientFrame;

/// The user that a client signs in as.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Identity {
    /// A new user with this nickname.
    Nickname(String),
    /// The bot or the earlier session that this token belongs to.
    Token(String),
}

impl Identity {
    /// The first frame on a new connection. The page does not send it: its cookie authenticates it.
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
