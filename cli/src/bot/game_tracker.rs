//! What a bot knows about the games that concern it, and what it does next.

use std::collections::BTreeMap;

use protocol::{
    Code, Message, Seq, UserId,
    games::{Act, By, Game, GameName, Played, Stage},
};

use crate::async_client::{Content, PendingMessage};

/// Names a game: the room, and the number of its game message.
type GameKey = (String, Seq);

/// The games of a bot, and the invitations that it may accept.
pub struct GameTracker {
    game: GameName,
    user: UserId,
    games: BTreeMap<GameKey, TrackedGame>,
}

struct TrackedGame {
    game: Game,
    /// The last state that the bot has answered: the stage, and the number of moves.
    answered: Option<(Stage, usize)>,
    /// Whether the bot has printed that the game has started.
    is_announced: bool,
    /// The invitation could not be accepted, and the bot will try again.
    is_deferred: bool,
    /// Whether events of the game may be missing.
    is_stale: bool,
}

/// What the bot does next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    Play {
        room: String,
        act: Act,
    },
    /// A line for standard output.
    Print(String),
}

impl GameTracker {
    /// A tracker that knows no game.
    pub fn new(game: GameName, user: UserId) -> Self {
        Self {
            game,
            user,
            games: BTreeMap::new(),
        }
    }

    /// Applies an event of a room's log, or a game message that was requested.
    pub fn apply(&mut self, event: &Message) -> Vec<Step> {
        let of = match event.played() {
            None => return Vec::new(),
            Some(Played::Invited { .. }) => None,
            Some(played) => played.of(),
        };
        let key = (event.room.clone(), of.unwrap_or(event.seq));
        if of.is_none() {
            self.apply_game_message(&key, event);
        } else if let Some(tracked) = self.games.get_mut(&key) {
            tracked.game.apply(event);
        }
        self.update(&key)
    }

    fn apply_game_message(&mut self, key: &GameKey, message: &Message) {
        let present = message.game_state().cloned();
        let present = present.or_else(|| Game::of(message));
        let Some(game) = present.filter(|game| game.game == self.game) else {
            return;
        };
        let tracked = self
            .games
            .entry(key.clone())
            .or_insert_with(|| TrackedGame {
                game: game.clone(),
                answered: None,
                is_announced: false,
                is_deferred: false,
                is_stale: false,
            });
        // A requested game message may be older than events that were applied since. If events are
        // missing, only the game message reflects them.
        if std::mem::take(&mut tracked.is_stale) || game.seq > tracked.game.seq {
            tracked.game = game;
        }
    }

    /// Marks the games of a room stale, because events are missing, until their game messages
    /// arrive.
    pub fn mark_stale(&mut self, room: &str) {
        for ((its_room, _), tracked) in &mut self.games {
            tracked.is_stale |= its_room == room;
        }
    }

    /// Applies the game messages of all games of the bot. Games that are still stale after that are
    /// over.
    pub fn replace_stale(&mut self, messages: &[Message]) -> Vec<Step> {
        let apply = |message| self.apply(message);
        let steps = messages.iter().flat_map(apply).collect();
        self.games.retain(|_, tracked| !tracked.is_stale);
        steps
    }

    /// Handles the final refusal of an act. A game that is over or not the bot's is forgotten: the
    /// bot had an old game message. If a user is away or has too many games, the bot tries again
    /// later. In all other cases, events report the state of the game.
    pub fn refused(&mut self, message: &PendingMessage, code: Code) {
        let Content::Act(act) = &message.content else {
            return;
        };
        let Some(of) = act.of() else {
            return;
        };
        let key = (message.to.name().to_owned(), of);
        match code {
            Code::Away | Code::TooManyGames => {
                if let Some(tracked) = self.games.get_mut(&key) {
                    tracked.is_deferred = true;
                }
            }
            Code::NoSuchGame | Code::NotYourGame | Code::SeatTaken | Code::GameOver => {
                self.games.remove(&key);
            }
            _ => {}
        }
    }

    /// Whether an invitation waits for [`GameTracker::retry`].
    pub fn has_deferred(&self) -> bool {
        self.games.values().any(|tracked| tracked.is_deferred)
    }

    /// Tries again to accept the invitations that could not be accepted.
    pub fn retry(&mut self) -> Vec<Step> {
        let mut keys = Vec::new();
        for (key, tracked) in &mut self.games {
            if std::mem::take(&mut tracked.is_deferred) {
                tracked.answered = None;
                keys.push(key.clone());
            }
        }
        let mut update = |key| self.update(&key);
        keys.drain(..).flat_map(&mut update).collect()
    }

    /// Returns what to do about a game that may have changed. A game that does not concern the bot
    /// is forgotten.
    fn update(&mut self, key: &GameKey) -> Vec<Step> {
        let Some(tracked) = self.games.get_mut(key) else {
            return Vec::new();
        };
        let (room, of) = key;
        let (user, mut steps) = (self.user, Vec::new());
        let seat = tracked.game.player_index(user);
        if let Some(seat) = seat
            && !tracked.is_announced
            && tracked.game.is_alive()
        {
            tracked.is_announced = true;
            let started = format!("{} has started.", title(key, &tracked.game, seat));
            steps.push(Step::Print(started));
        }
        let state = (tracked.game.stage, tracked.game.moves.len());
        if tracked.answered != Some(state)
            && let Some(act) = answer(&tracked.game, user, *of)
        {
            tracked.answered = Some(state);
            let room = room.clone();
            steps.push(Step::Play { room, act });
        }
        if let Some(seat) = seat
            && tracked.is_announced
            && tracked.game.stage == Stage::Over
        {
            let title = title(key, &tracked.game, seat);
            let ending = ending(&tracked.game, seat);
            steps.push(Step::Print(format!("{title} is over: {ending}.")));
        }
        if !concerns(&tracked.game, user) {
            self.games.remove(key);
        }
        steps
    }
}

/// Whether the bot may have something to do in the game, now or later.
fn concerns(game: &Game, user: UserId) -> bool {
    match game.stage {
        Stage::Open => game.with.is_none() || game.players().any(|it| it.user == user),
        _ => game.is_alive() && game.player_index(user).is_some(),
    }
}

/// What the bot does in a game now, if anything.
fn answer(game: &Game, user: UserId, of: Seq) -> Option<Act> {
    let accept = Act::Accept { of };
    if game.stage == Stage::Open {
        return game.check(user, &accept).is_ok().then_some(accept);
    }
    let player = game.player_index(user)?;
    let bot = game.game.bot().filter(|_| game.is_to_move(player))?;
    let at = bot.choose(game.played_moves(), player)?;
    Some(Act::Move { of, at })
}

fn title((room, of): &GameKey, game: &Game, seat: usize) -> String {
    let others = (0..).zip(&game.seats).filter(|(nth, _)| *nth != seat);
    let others: Vec<_> = others.map(|(_, player)| player.name.as_str()).collect();
    format!("Game {of} in {room} against {}", others.join(", "))
}

fn ending(game: &Game, seat: usize) -> String {
    let Some(end) = game.end else {
        return "unknown result".to_owned();
    };
    let winners = game.winners();
    let outcome = match winners.contains(seat) {
        _ if winners.is_empty() => "drawn",
        true => "won",
        false => "lost",
    };
    let by = match end.by {
        By::Play => "",
        By::Resignation => " by resignation",
        By::Time => " on time",
        By::Agreement => " by agreement",
    };
    format!("{outcome}{by}")
}

#[cfg(test)]
mod tests;
