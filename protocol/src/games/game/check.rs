//! What each user may do in a game at each stage.

use super::{Game, Stage};
use crate::{Code, Refusal, UserId, games::Act};

impl Game {
    /// Checks whether this user may do this in this game now. Whether a rematch is pending already
    /// ([`Act::Rematch`]) depends on the next game, so the caller checks it.
    ///
    /// # Errors
    /// [`Code::GameOver`], [`Code::NotBegun`], [`Code::SeatTaken`], [`Code::ToYourself`],
    /// [`Code::NotYourGame`], [`Code::NotYourTurn`], [`Code::AlreadyOffered`], and those of the
    /// rules.
    pub fn check(&self, user: UserId, act: &Act) -> Result<(), Refusal> {
        let is_for_user = self.with.as_ref().is_none_or(|with| with.user == user);
        match act {
            Act::Invite { .. } => Ok(()),
            Act::Accept { .. } => match self.stage {
                Stage::Open if self.by.user == user => Err(Refusal::new(
                    Code::ToYourself,
                    "That is your own invitation. Someone else has to accept it.",
                )),
                Stage::Open if self.player_index(user).is_some() => Err(Code::SeatTaken.into()),
                Stage::Open if is_for_user => Ok(()),
                Stage::Open => Err(Refusal::new(
                    Code::SeatTaken,
                    "That invitation is for someone else. Start your own game.",
                )),
                Stage::Running => Err(Code::SeatTaken.into()),
                _ => Err(Code::GameOver.into()),
            },
            Act::Decline { .. } => match self.stage {
                Stage::Open if self.is_invited(user) => Ok(()),
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
            Act::Move { at, .. } => self.check_move(user, at),
            Act::Resign { .. } => {
                self.running_player(user)?;
                self.check_duel()
            }
            Act::Draw { .. } => match self.offer == Some(self.running_player(user)?) {
                true => Err(Code::AlreadyOffered.into()),
                false => self.check_duel(),
            },
            Act::Rematch { .. } => match self.stage {
                Stage::Over if self.player_index(user).is_some() => self.check_duel(),
                Stage::Running => Err(Refusal::new(
                    Code::NotBegun,
                    "That game is not over yet. Finish it first.",
                )),
                _ => Err(Code::NotYourGame.into()),
            },
        }
    }

    /// Checks whether this user may make this move now. In a game without turns, users who are not
    /// players yet join by their first move.
    ///
    /// # Errors
    /// As for [`Self::check`].
    pub fn check_move(&self, user: UserId, at: &str) -> Result<(), Refusal> {
        let rules = self.rules();
        let is_member = self.player_index(user).is_some();
        let has_place = !rules.has_turns() && self.seats.len() < *rules.players().end();
        let player = match self.stage {
            Stage::Running if !is_member && has_place => self.seats.len(),
            Stage::Over if has_place => return Err(Code::GameOver.into()),
            _ => self.running_player(user)?,
        };
        rules.check(self.played_moves(), player, at)
    }

    /// Checks whether two players take turns.
    fn check_duel(&self) -> Result<(), Refusal> {
        match self.rules().is_duel() {
            true => Ok(()),
            false => Err(Refusal::new(
                Code::BadField,
                "Only two players who take turns can do that. This is another kind of game.",
            )),
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
