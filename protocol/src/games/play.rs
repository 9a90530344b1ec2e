//! What users do in a game, and the events that result from it.

use serde::{Deserialize, Serialize};

use super::GameName;
use crate::{Code, Nickname, Refusal, Seq, UserId, is_direct, limits, name, number};

/// What a user wants to do in a game. `of` identifies the game: it is the number of the game
/// message in the room's log.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Offers a game to everybody in the room, or to one user.
    Invite {
        game: GameName,
        /// A nickname. In a private conversation the invited user is always the other member.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<String>,
        /// Seconds for each move; 0: no limit; [`crate::limits::CLOCK`] if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clock: Option<u32>,
    },
    /// Accepts the invitation. The server chooses at random who begins.
    Accept {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
    /// Declines the invitation. Only the invited user may.
    Decline {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
    /// Withdraws the user's own invitation.
    Withdraw {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
    /// Makes a move: `at` is a cell of the board in the game's own notation.
    Move {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
        at: String,
    },
    /// Resigns.
    Resign {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
    /// Offers a draw, or agrees to the opponent's offer.
    Draw {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
    /// Offers the same game to the same opponent again. The player who did not begin will begin.
    Rematch {
        #[serde(deserialize_with = "number::bounded")]
        of: Seq,
    },
}

/// What happened in a game. All of these events except `invited`, the game message, are hidden: see
/// [`crate::Message::hidden`].
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Played {
    /// The author offered a game.
    Invited {
        game: GameName,
        /// The invited user; left out: everybody in the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<Player>,
        /// Seconds for each move; 0: no limit.
        clock: u32,
        /// The game before, if this is a rematch …
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<Seq>,
        /// … and the user who will begin.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first: Option<UserId>,
    },
    /// The author accepted.
    Accepted {
        of: Seq,
        /// The user who begins.
        first: UserId,
    },
    Declined {
        of: Seq,
    },
    Withdrawn {
        of: Seq,
    },
    /// Nobody accepted for [`crate::limits::INVITATION_TIME`].
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
    /// The author offered a draw, or agreed to the opponent's offer.
    Draw {
        of: Seq,
    },
    /// The time for move `nth` was over.
    TimedOut {
        of: Seq,
        nth: usize,
    },
}

impl Act {
    /// The game that the act concerns; `None` if it begins one.
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

    /// Checks what depends neither on the game's state nor on any user.
    ///
    /// # Errors
    /// [`Code::OutsideBoard`], [`Code::NoSuchUser`], [`Code::BadField`].
    pub fn check(&self) -> Result<(), Refusal> {
        match self {
            // No move is that long, in any game.
            Self::Move { at, .. } if at.len() > limits::ID_CHARS => Err(Code::OutsideBoard.into()),
            Self::Invite { game, with, clock } => {
                let clock = clock.unwrap_or(0);
                if clock != 0 && !limits::CLOCKS.contains(&clock) {
                    let sentence = format!(
                        "“clock” must be {} to {} seconds per move, or 0 for no time limit.",
                        limits::CLOCKS.start(),
                        limits::CLOCKS.end()
                    );
                    return Err(Refusal::new(Code::BadField, sentence));
                }
                match with {
                    // Nobody has an invalid nickname.
                    Some(with) if Nickname::parse(with).is_err() => Err(Code::NoSuchUser.into()),
                    Some(_) if !game.rules().is_duel() => Err(Refusal::new(
                        Code::BadField,
                        "Everybody in the room can join that game. Leave out “with”.",
                    )),
                    Some(_) | None => Ok(()),
                }
            }
            Self::Accept { .. }
            | Self::Decline { .. }
            | Self::Withdraw { .. }
            | Self::Move { .. }
            | Self::Resign { .. }
            | Self::Draw { .. }
            | Self::Rematch { .. } => Ok(()),
        }
    }
}

impl Played {
    /// The game in which it happened; `None` for the game message, whose own number identifies the
    /// game.
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

    /// Whether this event results from that act in this room. If it does, an act that was sent
    /// again under the same id is answered with the event.
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
                    // In a private conversation it is the other member, whatever the act says.
                    _ if is_direct(room) => true,
                    (Some(with), Some(name)) => name::is_same(&with.name, name),
                    (with, whom) => with.is_none() && whom.is_none(),
                };
                game == asked && game.clock(*wanted) == *clock && is_whom
            }
            (Self::Invited { again, .. }, Act::Rematch { of }) => *again == Some(*of),
            // If both players offer a rematch, the second offer accepts the first one.
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

/// A player, or a user who is invited to play.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Player {
    #[serde(alias = "person")]
    pub user: UserId,
    /// The nickname at the time.
    pub name: String,
}
