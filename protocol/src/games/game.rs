//! One game, as what its room's log says of it adds up to: the same on the server, which decides by
//! it, and in every client.

use serde::{Deserialize, Serialize};

use super::{Act, Ending, GameName, Played, Player, Position};
use crate::{Code, Refusal, Seq, UserId, limits};

/// A game's present state.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Game {
    pub game: GameName,
    /// The newest event that this state takes in.
    pub seq: Seq,
    pub stage: Stage,
    /// Who offered it.
    pub by: Player,
    /// To whom; left out: to everybody in the room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Player>,
    /// Seconds for each move; 0: as long as one likes.
    pub clock: u32,
    /// Who plays, in the order of their turns; nobody before it has begun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Player>,
    /// The places that were played at, by the game's own names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<String>,
    /// The seat that offers a draw, until the other one plays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<usize>,
    /// How it ended, once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
    /// The game before, if this is a rematch …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Seq>,
    /// … and who begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<UserId>,
    /// The rematch that was offered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Seq>,
    /// Milliseconds that are left for this move, as it is told; on a card alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
}

/// What a game needs to know of an event in its room's log.
#[derive(Clone, Copy, Debug)]
pub struct GameEvent<'a> {
    pub seq: Seq,
    pub author: UserId,
    /// The author's nickname at the time.
    pub from: &'a str,
    /// What happened; `None` if the event is no game's.
    pub played: Option<&'a Played>,
}

/// How far a game is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Offered.
    Open,
    Running,
    Over,
    /// It never began.
    Declined,
    Withdrawn,
    Lapsed,
}

/// How a game ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct End {
    /// The seat that won; left out: nobody did.
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
    /// One's clock.
    Time,
    /// Both wanted a draw.
    Agreement,
}

impl Game {
    /// The game that this event begins; `None` for any event but an invitation.
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

    /// Takes in an event of this game: what was known already, and what is of another one, changes
    /// nothing. Says whether anything has changed.
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
        let seat = self.player_index(event.author);
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
                // Who plays on does not want the draw that was offered to them.
                self.offer = self.offer.filter(|offer| Some(*offer) == seat);
                if let Some(ending) = self.position().ending {
                    let winner = match ending {
                        Ending::Won(winner) => Some(winner),
                        Ending::Drawn => None,
                    };
                    self.ends(winner, By::Play);
                }
            }
            Played::Resigned { .. } => self.ends(seat.map(opponent), By::Resignation),
            Played::Draw { .. } => match self.offer {
                Some(offer) if Some(offer) != seat => self.ends(None, By::Agreement),
                _ => self.offer = seat,
            },
            Played::TimedOut { .. } => self.ends(Some(opponent(self.position().turn)), By::Time),
        }
        true
    }

    fn ends(&mut self, winner: Option<usize>, by: By) {
        self.stage = Stage::Over;
        self.offer = None;
        self.end = Some(End { winner, by });
    }

    /// What the rules say of the moves so far.
    pub fn position(&self) -> Position {
        self.game.position(&self.moves)
    }

    /// The seat of a user who plays.
    pub fn player_index(&self, user: UserId) -> Option<usize> {
        self.seats.iter().position(|seat| seat.user == user)
    }

    /// The seat whose turn it is, while the game runs.
    pub fn turn(&self) -> Option<usize> {
        (self.stage == Stage::Running).then(|| self.position().turn)
    }

    /// Does the game wait for this user: for a move, or for an answer to an invitation?
    pub fn waits_for(&self, user: UserId) -> bool {
        match self.stage {
            Stage::Open => self.with.as_ref().is_some_and(|with| with.user == user),
            _ => {
                let next = self.turn().and_then(|turn| self.seats.get(turn));
                next.is_some_and(|next| next.user == user)
            }
        }
    }

    /// Whom it concerns: who plays; before it has begun, who offered it and to whom.
    pub fn players(&self) -> impl Iterator<Item = &Player> {
        let asked = [&self.by].into_iter().chain(&self.with);
        let seats = self.seats.iter();
        asked
            .take(if self.seats.is_empty() { 2 } else { 0 })
            .chain(seats)
    }

    /// Is it going on, or may it begin?
    pub fn is_alive(&self) -> bool {
        matches!(self.stage, Stage::Open | Stage::Running)
    }

    /// How long it waits now before its clock ends it, in milliseconds; none for ever.
    pub fn time(&self) -> Option<i64> {
        match self.stage {
            Stage::Open => Some(limits::INVITATION_TIME.as_millis() as i64),
            Stage::Running if self.clock > 0 => Some(i64::from(self.clock) * 1_000),
            _ => None,
        }
    }

    /// Is this event of the game, once it is heard, where its clock starts anew, or stops? A draw that is
    /// offered leaves the clock as it is.
    pub fn resets_clock<'a>(&self, event: impl Into<GameEvent<'a>>) -> bool {
        !self.is_alive() || !matches!(event.into().played, Some(Played::Draw { .. }))
    }

    /// May this user do this in this game now? What [`Act::Rematch`] needs besides is known to
    /// whoever knows the next game, too.
    ///
    /// # Errors
    /// [`Code::GameOver`], [`Code::NotBegun`], [`Code::SeatTaken`], [`Code::ToYourself`],
    /// [`Code::NotYourGame`], [`Code::NotYourTurn`], [`Code::AlreadyOffered`], and those of the rules.
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
                let seat = self.playing(user)?;
                self.game.check(&self.moves, seat, at)
            }
            Act::Resign { .. } => self.playing(user).map(drop),
            Act::Draw { .. } => match self.offer == Some(self.playing(user)?) {
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

    /// The seat of somebody who plays in the running game.
    fn playing(&self, user: UserId) -> Result<usize, Refusal> {
        match (self.stage, self.player_index(user)) {
            (Stage::Running, Some(seat)) => Ok(seat),
            (Stage::Over, Some(_)) => Err(Code::GameOver.into()),
            (Stage::Open, _) if self.players().any(|player| player.user == user) => {
                Err(Code::NotBegun.into())
            }
            (Stage::Open | Stage::Running | Stage::Over, _) => Err(Code::NotYourGame.into()),
            (Stage::Declined | Stage::Withdrawn | Stage::Lapsed, _) => Err(Code::GameOver.into()),
        }
    }
}

/// The other one of two seats.
pub fn opponent(seat: usize) -> usize {
    1 - seat.min(1)
}
