//! What players do, and what a room's log holds of it.

use serde::{Deserialize, Serialize};

use super::GameName;
use crate::{Seq, UserId, is_direct, limits, name, number};

/// What somebody wants to do in a game. `of` is the game: the number of its card, the invitation, in
/// the room's log.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Offer a game to everybody in the room, or to one user.
    Invite {
        game: GameName,
        /// A nickname; in a private conversation it is always the other one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<String>,
        /// Seconds for each move; 0: as long as one likes; [`crate::limits::CLOCK`] if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clock: Option<u32>,
    },
    /// Take the other seat. Who begins is drawn by lot.
    Accept {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
    /// Not now: only of an invitation to oneself.
    Decline {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
    /// Take back one's own invitation.
    Withdraw {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
    /// Play: `at` is a place of the board, by the game's own names.
    Move {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
        at: String,
    },
    /// Give up.
    Resign {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
    /// Offer a draw, or agree to the one that is offered.
    Draw {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
    /// Offer the same again to the same opponent, who begins if one did oneself.
    Rematch {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
}

/// What happened in a game. All but `invited`, which is its card, are hidden: see
/// [`crate::Message::hidden`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Played {
    /// A game was offered.
    Invited {
        game: GameName,
        /// To whom; left out: to everybody in the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<Player>,
        /// Seconds for each move; 0: as long as one likes.
        clock: u32,
        /// The game before, if this is a rematch …
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<Seq>,
        /// … and who will begin.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<UserId>,
    },
    /// The author took the other seat.
    Accepted {
        of: Seq,
        /// Who begins.
        first: UserId,
    },
    Declined {
        of: Seq,
    },
    Withdrawn {
        of: Seq,
    },
    /// Nobody took the seat for [`crate::limits::INVITATION_TIME`].
    Lapsed {
        of: Seq,
    },
    Moved {
        of: Seq,
        /// 1 for the first move of the game.
        nth: usize,
        at: String,
    },
    Resigned {
        of: Seq,
    },
    /// The author offered a draw, or agreed to the other one's offer.
    Draw {
        of: Seq,
    },
    /// The time for this move was over.
    TimedOut {
        of: Seq,
        nth: usize,
    },
}

impl Act {
    /// The game that it is about; none for what begins one.
    pub fn of(&self) -> Option<Seq> {
        match self {
            Self::Invite { .. } => None,
            Self::Accept { of }
            | Self::Decline { of }
            | Self::Withdraw { of }
            | Self::Move { of, .. }
            | Self::Resign { of }
            | Self::Draw { of }
            | Self::Rematch { of } => Some(*of),
        }
    }
}

impl Played {
    /// The game that it happened in; none for its card, which the game is named after.
    pub fn of(&self) -> Option<Seq> {
        match self {
            Self::Invited { .. } => None,
            Self::Accepted { of, .. }
            | Self::Declined { of }
            | Self::Withdrawn { of }
            | Self::Lapsed { of }
            | Self::Moved { of, .. }
            | Self::Resigned { of }
            | Self::Draw { of }
            | Self::TimedOut { of, .. } => Some(*of),
        }
    }

    /// Is this what came of that act in this room? So an id that is used again for the same is known.
    pub fn results_from(&self, act: &Act, room: &str) -> bool {
        match (self, act) {
            (
                Self::Invited {
                    game,
                    with,
                    clock,
                    again: None,
                    ..
                },
                Act::Invite {
                    game: asked,
                    with: whom,
                    clock: wanted,
                },
            ) => {
                let is_whom = match (with, whom) {
                    // In private it is always the other one, whoever is named.
                    _ if is_direct(room) => true,
                    (Some(with), Some(name)) => name::is_same(&with.name, name),
                    (with, whom) => with.is_none() && whom.is_none(),
                };
                game == asked && wanted.unwrap_or(limits::CLOCK) == *clock && is_whom
            }
            (Self::Invited { again, .. }, Act::Rematch { of }) => *again == Some(*of),
            // A rematch that both ask for is agreed to.
            (Self::Accepted { .. }, Act::Rematch { .. }) => true,
            (
                Self::Moved { of, at, .. },
                Act::Move {
                    of: game,
                    at: place,
                },
            ) => of == game && at == place,
            (Self::Accepted { of, .. }, Act::Accept { of: game })
            | (Self::Declined { of }, Act::Decline { of: game })
            | (Self::Withdrawn { of }, Act::Withdraw { of: game })
            | (Self::Resigned { of }, Act::Resign { of: game })
            | (Self::Draw { of }, Act::Draw { of: game }) => of == game,
            _ => false,
        }
    }
}

/// Somebody who plays, or is asked to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Player {
    #[serde(alias = "person")]
    pub user: UserId,
    /// The nickname at the time.
    pub name: String,
}
