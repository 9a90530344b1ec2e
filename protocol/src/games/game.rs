//! The state of one game, built up from the events of its room's log. The server, which referees
//! the game, and every client compute the same state.

mod check;

use serde::{Deserialize, Serialize};

use super::{GameName, Moves, Played, Player, PlayerSet, Position, Rules, ToMove};
use crate::{Seq, UserId, limits};

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
    /// The players, in the order of their turns if there are turns. Before the game has begun:
    /// those who have joined, if it takes more than two; otherwise empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Player>,
    /// The moves so far, in the game's own notation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<String>,
    /// In a game without turns: the player of each move.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub movers: Vec<Player>,
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

/// What a finished game adds to the score of one player against another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GameResult {
    pub user: UserId,
    pub against: UserId,
    /// Whether the user has won; `None`: nobody has.
    pub has_won: Option<bool>,
}

/// How a game has ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct End {
    /// The index of the player who won; left out: nobody did, or several did.
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
            } => {
                let by = invitation.player();
                let begins = *game.rules().players().start() <= 1;
                Some(Self {
                    game: *game,
                    seq: invitation.seq,
                    stage: if begins { Stage::Running } else { Stage::Open },
                    seats: if begins { vec![by.clone()] } else { Vec::new() },
                    by,
                    with: with.clone(),
                    clock: *clock,
                    moves: Vec::new(),
                    movers: Vec::new(),
                    offer: None,
                    end: None,
                    again: *again,
                    first: *first,
                    next: None,
                    left: None,
                })
            }
            _ => None,
        }
    }

    /// Applies an event of this game and returns whether the state has changed.
    ///
    /// An event that the state includes already, or that does not belong to a game, changes
    /// nothing. The caller passes only events of this game.
    pub fn apply<'a>(&mut self, event: impl Into<GameEvent<'a>>) -> bool {
        self.apply_event(event.into())
    }

    fn apply_event(&mut self, event: GameEvent<'_>) -> bool {
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
            Played::Accepted { first, .. } => self.join(event.player(), *first),
            Played::Declined { .. } => self.stage = Stage::Declined,
            Played::Withdrawn { .. } => self.stage = Stage::Withdrawn,
            Played::Lapsed { .. } => self.stage = Stage::Lapsed,
            Played::Moved { at, .. } => {
                self.moves.push(at.clone());
                if !self.rules().has_turns() {
                    if player.is_none() {
                        self.seats.push(event.player());
                    }
                    self.movers.push(event.player());
                }
                // A player who moves declines the opponent's offer of a draw.
                self.offer = self.offer.filter(|offer| Some(*offer) == player);
                if let Some(ending) = self.position().ending {
                    self.finish(ending.winners.only(), By::Play);
                }
            }
            Played::Resigned { .. } => {
                self.finish(player.and_then(|it| self.other(it)), By::Resignation);
            }
            Played::Draw { .. } => match self.offer {
                Some(offer) if Some(offer) != player => self.finish(None, By::Agreement),
                _ => self.offer = player,
            },
            Played::TimedOut { .. } => {
                let late = self.position().turn();
                self.finish(late.and_then(|it| self.other(it)), By::Time);
            }
        }
        true
    }

    /// A user accepts an open game. If it now has enough players, it begins with `first`.
    fn join(&mut self, player: Player, first: UserId) {
        if self.stage != Stage::Open {
            return;
        }
        if self.seats.is_empty() {
            self.seats.push(self.by.clone());
        }
        self.seats.push(player);
        if self.seats.len() >= *self.rules().players().start() {
            let first = self.player_index(first).unwrap_or(0);
            self.seats.swap(0, first);
            self.stage = Stage::Running;
        }
    }

    fn finish(&mut self, winner: Option<usize>, by: By) {
        self.stage = Stage::Over;
        self.offer = None;
        self.end = Some(End { winner, by });
    }

    /// The rules of the game.
    pub fn rules(&self) -> &'static dyn Rules {
        self.game.rules()
    }

    /// The moves so far, as the rules need them.
    pub fn played_moves(&self) -> Moves<'_> {
        Moves {
            at: &self.moves,
            by: &self.movers,
            seats: &self.seats,
        }
    }

    /// What the rules say about the moves so far.
    pub fn position(&self) -> Position {
        self.rules().position(self.played_moves())
    }

    /// The index of a user who is a player.
    pub fn player_index(&self, user: UserId) -> Option<usize> {
        self.seats.iter().position(|player| player.user == user)
    }

    /// The index of the opponent, if there are two players.
    fn other(&self, player: usize) -> Option<usize> {
        (self.seats.len() == 2).then_some(1 - player.min(1))
    }

    /// The opponent of a player, if there are two players.
    pub fn opponent(&self, user: UserId) -> Option<&Player> {
        let other = self.other(self.player_index(user)?)?;
        self.seats.get(other)
    }

    /// The index of the player whose turn it is, if the game is running and waits for one player.
    pub fn turn(&self) -> Option<usize> {
        match self.stage {
            Stage::Running => self.position().turn(),
            _ => None,
        }
    }

    /// Whether the game waits for a move of the player with this index.
    pub fn is_to_move(&self, player: usize) -> bool {
        let is_running = self.stage == Stage::Running;
        is_running
            && match self.position().to_move {
                ToMove::Players(players) => players.contains(player),
                ToMove::Everybody => !self.played_moves().has_moved(player),
            }
    }

    /// Whether the game waits for this user: for a player's move, or for an answer to an invitation.
    pub fn waits_for(&self, user: UserId) -> bool {
        match self.stage {
            Stage::Open => self.is_invited(user),
            _ => self
                .player_index(user)
                .is_some_and(|it| self.is_to_move(it)),
        }
    }

    /// Whether the game is open, and this user was invited by name.
    pub fn is_invited(&self, user: UserId) -> bool {
        let with = self.with.as_ref().filter(|_| self.stage == Stage::Open);
        with.is_some_and(|with| with.user == user)
    }

    /// The players who have won.
    pub fn winners(&self) -> PlayerSet {
        let ending = match self.end {
            Some(End {
                winner: None,
                by: By::Play,
            }) => self.position().ending,
            _ => None,
        };
        match ending {
            Some(ending) => ending.winners,
            None => self.end.and_then(|end| end.winner).into(),
        }
    }

    /// What the game adds to the scores: nothing, unless it was between two players and is over.
    pub fn results(&self) -> Vec<GameResult> {
        let (Some(end), [one, two], true) = (self.end, &self.seats[..], self.rules().is_duel())
        else {
            return Vec::new();
        };
        let result = |nth, user: &Player, against: &Player| GameResult {
            user: user.user,
            against: against.user,
            has_won: end.winner.map(|winner| winner == nth),
        };
        vec![result(0, one, two), result(1, two, one)]
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
}

impl GameEvent<'_> {
    /// The author as a player.
    fn player(&self) -> Player {
        Player {
            user: self.author,
            name: self.from.to_owned(),
        }
    }
}
