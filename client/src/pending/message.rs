//! A message that the server has not confirmed yet.

use protocol::{ClientFrame, Code, Limits, Refusal, games::Act, text};

/// Where a message goes.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum To {
    /// A public room by its name, or a private conversation by its id.
    Room(String),
    /// A user with whom there is no conversation yet, by nickname.
    User(String),
}

/// Marks a nickname in a key: no room's name contains it.
const USER: char = ':';

impl To {
    /// The recipient as a short text, for storage.
    pub fn key(&self) -> String {
        match self {
            Self::Room(room) => room.clone(),
            Self::User(nickname) => format!("{USER}{nickname}"),
        }
    }

    /// Parses the result of [`To::key`].
    pub fn from_key(key: &str) -> Self {
        match key.strip_prefix(USER) {
            Some(nickname) => Self::User(nickname.to_owned()),
            None => Self::Room(key.to_owned()),
        }
    }

    /// The room's name, the conversation's id or the nickname, as a frame has it.
    pub fn name(&self) -> &str {
        match self {
            Self::Room(name) | Self::User(name) => name,
        }
    }
}

/// What a message consists of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    Text(String),
    /// An act in a game of a room.
    Act(Act),
}

/// A message that was written and is not confirmed yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PendingMessage {
    /// The id of every attempt to send it: the server stores it once.
    pub id: String,
    pub to: To,
    pub content: Content,
    /// When it was written, by the author's clock: milliseconds since 1970. It orders the messages,
    /// so no two of one client have the same.
    pub at: i64,
    /// The sentence of the server's refusal, if the message was refused.
    pub refused: Option<String>,
}

impl PendingMessage {
    /// A new message.
    pub fn new(id: String, to: To, content: Content, at: i64) -> Self {
        Self {
            id,
            to,
            content,
            at,
            refused: None,
        }
    }

    /// The text; empty for an act in a game.
    pub fn text(&self) -> &str {
        match &self.content {
            Content::Text(text) => text,
            Content::Act(_) => "",
        }
    }

    /// Checks the limits that the server announced in `welcome`, so that no message is sent that
    /// the server would refuse.
    ///
    /// # Errors
    /// Those of [`text::check_up_to`]; [`Code::TooLarge`] for a frame that would close the socket.
    pub fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        if let Content::Text(text) = &self.content {
            text::check_up_to(text, limits.text)?;
        }
        match self.frame().encode().len() > limits.frame {
            true => Err(Code::TooLarge.into()),
            false => Ok(()),
        }
    }

    /// The frame that sends it.
    pub fn frame(&self) -> ClientFrame {
        let (to, id) = (self.to.name().to_owned(), Some(self.id.clone()));
        match (&self.content, &self.to) {
            (Content::Text(text), To::Room(_)) => ClientFrame::Room {
                to,
                id,
                text: text.clone(),
            },
            (Content::Text(text), To::User(_)) => ClientFrame::Private {
                to,
                id,
                text: text.clone(),
            },
            (Content::Act(act), _) => ClientFrame::Game {
                to,
                id,
                act: act.clone(),
            },
        }
    }
}
