//! To whom events are sent.

use protocol::{UserId, limits};

/// The connections that receive the events of a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Audience {
    /// The subscribers of a public room.
    Room,
    /// Every connection of the two members of a private conversation.
    Direct([UserId; 2]),
    /// Every connection, whether or not it has subscribed to the room.
    Everybody,
}

impl Audience {
    /// The audience of the public room with this name, as it was first written.
    pub fn of_public(room: &str) -> Self {
        match room == limits::ANNOUNCEMENTS {
            true => Self::Everybody,
            false => Self::Room,
        }
    }

    /// The two members of a private conversation; `None` for a public room.
    pub fn members(self) -> Option<[UserId; 2]> {
        match self {
            Self::Direct(members) => Some(members),
            Self::Room | Self::Everybody => None,
        }
    }
}
