//! The state of one game, built up from the events of its room's log. The server, which referees
//! the game, and every client compute the same state.

use serde::{Deserialize, Serialize};

use super::{Act, Ending, GameName, Played, Player, Position};
use crate::{Code, Refusal, Seq, UserId, limits};

/// A game's present state.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Game {
    pub game: GameName,
    /// The newest event that this state includes.
    pub seq: Seq,
    pub stage: Stage,
    /// The user who sent the invitation.
    pub by: Player,
    /// The invited user; left out: everybody in the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Player>,
    /// Seconds for each move; 0: no limit.
    pub clock: u32,
    /// The players in the order of their turns; empty before the game has begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Player>,
    /// The moves so far, in the game's own notation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<String>,
    /// The index of the player who offers a draw, until the opponent moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<usize>,
    /// How the game has ended, if it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
    /// The game before, if this is a rematch …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Seq>,
    /// … and the user who begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<UserId>,
    /// The latest rematch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Seq>,
    /// Milliseconds left for this move or for the invitation when the state was sent; only in game
    /// messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
}

/// The part of an event in a room's log that concerns a game.
#[derive(Clone, Copy, Debug)]
pub struct GameEvent<'a> {
    pub seq: Seq,
    pub author: UserId,
    /// The author's nickname at the time.
    pub from: &'a str,
    /// What happened; `None` if the event does not belong to a game.
    pub played: Option<&'a Played>,
}

/// The stage that a game has reached.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Offered, and not accepted yet.
    Open,
    Running,
    Over,
    /// The game never began. The same is true of the next two stages.
    Declined,
    Withdrawn,
    Lapsed,
}

/// How a game has ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct End {
    /// The index of the player who won; left out: nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<usize>,
    pub by: By,
}

/// What ended a game.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The last move, by the rules.
    Play,
    Resignation,
    /// A player ran out of time.
    Time,
    /// Both players agreed to a draw.
    Agreement,
}

impl Game {
    /// The game that this event begins; `None` if the event is not an invitation.
    pub fn of<'a>(invitation: impl Into<GameEvent<'a>>) -> Option<Self> {
        let invitation = invitation.into();
        match invitation.played? {
            Played::Invited {
                game,
                with,
                clock,
                again,
                first,
            } => Some(Self {
                game: *game,
                seq: invitation.seq,
                stage: Stage::Open,
                by: Player {
                    user: invitation.author,
                    name: invitation.from.to_owned(),
                },
                with: with.clone(),
                clock: *clock,
                seats: Vec::new(),
                moves: Vec::new(),
                offer: None,
                end: None,
                again: *again,
                first: *first,
                next: None,
                left: None,
            }),
            _ => None,
        }
    }

    /// Applies an event of this game and returns whether the state has changed.
    ///
    /// An event that the state includes already, or that does not belong to a game, changes
    /// nothing. The caller passes only events of this game.
    pub fn apply<'a>(&mut self, event: impl Into<GameEvent<'a>>) -> bool {
        let event = event.into();
        let Some(played) = event.played else {
            return false;
        };
        if event.seq <= self.seq {
            return false;
        }
        self.seq = event.seq;
        self.left = None;
        let player = self.player_index(event.author);
        match played {
            Played::Invited { .. } => self.next = Some(event.seq),
            Played::Accepted { first, .. } => {
                let other = Player {
                    user: event.author,
                    name: event.from.to_owned(),
                };
                self.seats = match *first == self.by.user {
                    true => vec![self.by.clone(), other],
                    false => vec![other, self.by.clone()],
                };
                self.stage = Stage::Running;
            }
            Played::Declined { .. } => self.stage = Stage::Declined,
            Played::Withdrawn { .. } => self.stage = Stage::Withdrawn,
            Played::Lapsed { .. } => self.stage = Stage::Lapsed,
            Played::Moved { at, .. } => {
                self.moves.push(at.clone());
                // A player who moves declines the opponent's offer of a draw.
                self.offer = self.offer.filter(|offer| Some(*offer) == player);
                if let Some(ending) = self.position().ending {
                    let winner = match ending {
                        Ending::Won(winner) => Some(winner),
                        Ending::Drawn => None,
                    };
                    self.finish(winner, By::Play);
                }
            }
            Played::Resigned { .. } => self.finish(player.map(opponent), By::Resignation),
            Played::Draw { .. } => match self.offer {
                Some(offer) if Some(offer) != player => self.finish(None, By::Agreement),
                _ => self.offer = player,
            },
            Played::TimedOut { .. } => self.finish(Some(opponent(self.position().turn)), By::Time),
        }
        true
    }

    fn finish(&mut self, winner: Option<usize>, by: By) {
        self.stage = Stage::Over;
        self.offer = None;
        self.end = Some(End { winner, by });
    }

    /// What the rules say about the moves so far.
    pub fn position(&self) -> Position {
        self.game.position(&self.moves)
    }

    /// The index of a user who is a player.
    pub fn player_index(&self, user: UserId) -> Option<usize> {
        self.seats.iter().position(|player| player.user == user)
    }

    /// The index of the player whose turn it is, if the game is running.
    pub fn turn(&self) -> Option<usize> {
        (self.stage == Stage::Running).then(|| self.position().turn)
    }

    /// Whether the game waits for this user: for a move, or for an answer to an invitation.
    pub fn waits_for(&self, user: UserId) -> bool {
        match self.stage {
            Stage::Open => self.with.as_ref().is_some_and(|with| with.user == user),
            _ => {
                let next = self.turn().and_then(|turn| self.seats.get(turn));
                next.is_some_and(|next| next.user == user)
            }
        }
    }

    /// The players; before the game has begun, the user who offered it and the invited user.
    pub fn players(&self) -> impl Iterator<Item = &Player> {
        let asked = [&self.by].into_iter().chain(&self.with);
        let seats = self.seats.iter();
        asked
            .take(if self.seats.is_empty() { 2 } else { 0 })
            .chain(seats)
    }

    /// Whether the game is running, or may still begin.
    pub fn is_alive(&self) -> bool {
        matches!(self.stage, Stage::Open | Stage::Running)
    }

    /// The time limit for the present move or for the invitation, in milliseconds; `None` if there
    /// is no limit.
    pub fn time(&self) -> Option<i64> {
        match self.stage {
            Stage::Open => Some(limits::INVITATION_TIME.as_millis() as i64),
            Stage::Running if self.clock > 0 => Some(i64::from(self.clock) * 1_000),
            _ => None,
        }
    }

    /// Whether this event of the game, which has been applied, restarts or stops the clock. An
    /// offer of a draw does neither.
    pub fn resets_clock<'a>(&self, event: impl Into<GameEvent<'a>>) -> bool {
        !self.is_alive() || !matches!(event.into().played, Some(Played::Draw { .. }))
    }

    /// Checks whether this user may do this in this game now. Whether a rematch is pending already
    /// ([`Act::Rematch`]) depends on the next game, so the caller checks it.
    ///
    /// # Errors
    /// [`Code::GameOver`], [`Code::NotBegun`], [`Code::SeatTaken`], [`Code::ToYourself`],
    /// [`Code::NotYourGame`], [`Code::NotYourTurn`], [`Code::AlreadyOffered`], and those of the
    /// rules.
    pub fn check(&self, user: UserId, act: &Act) -> Result<(), Refusal> {
        let is_invited = self.with.as_ref().is_none_or(|with| with.user == user);
        match act {
            Act::Invite { .. } => Ok(()),
            Act::Accept { .. } => match self.stage {
                Stage::Open if self.by.user == user => Err(Refusal::new(
                    Code::ToYourself,
                    "That is your own invitation. Someone else has to accept it.",
                )),
                Stage::Open if is_invited => Ok(()),
                Stage::Open => Err(Refusal::new(
                    Code::SeatTaken,
                    "That invitation is for someone else. Start your own game.",
                )),
                Stage::Running => Err(Code::SeatTaken.into()),
                _ => Err(Code::GameOver.into()),
            },
            Act::Decline { .. } => match self.stage {
                Stage::Open if self.with.is_some() && is_invited => Ok(()),
                Stage::Open | Stage::Running => Err(Code::NotYourGame.into()),
                _ => Err(Code::GameOver.into()),
            },
            Act::Withdraw { .. } => match self.stage {
                _ if self.by.user != user => Err(Code::NotYourGame.into()),
                Stage::Open => Ok(()),
                Stage::Running => Err(Refusal::new(
                    Code::SeatTaken,
                    "Someone already accepted. Play, or resign.",
                )),
                _ => Err(Code::GameOver.into()),
            },
            Act::Move { at, .. } => {
                let player = self.running_player(user)?;
                self.game.check(&self.moves, player, at)
            }
            Act::Resign { .. } => self.running_player(user).map(drop),
            Act::Draw { .. } => match self.offer == Some(self.running_player(user)?) {
                true => Err(Code::AlreadyOffered.into()),
                false => Ok(()),
            },
            Act::Rematch { .. } => match self.stage {
                Stage::Over if self.player_index(user).is_some() => Ok(()),
                Stage::Running => Err(Refusal::new(
                    Code::NotBegun,
                    "That game is not over yet. Finish it first.",
                )),
                _ => Err(Code::NotYourGame.into()),
            },
        }
    }

    /// The index of a user who is a player of the running game.
    fn running_player(&self, user: UserId) -> Result<usize, Refusal> {
        match (self.stage, self.player_index(user)) {
            (Stage::Running, Some(player)) => Ok(player),
            (Stage::Over, Some(_)) => Err(Code::GameOver.into()),
            (Stage::Open, _) if self.players().any(|player| player.user == user) => {
                Err(Code::NotBegun.into())
            }
            (Stage::Open | Stage::Running | Stage::Over, _) => Err(Code::NotYourGame.into()),
            (Stage::Declined | Stage::Withdrawn | Stage::Lapsed, _) => Err(Code::GameOver.into()),
        }
    }
}

/// The index of the other one of two players.
pub fn opponent(player: usize) -> usize {
    1 - player.min(1)
}
