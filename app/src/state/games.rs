//! The games that a page knows: the state of each, actions that the server has not confirmed, and
//! which games are watched. The rules are those of the server.

use std::sync::Arc;

use protocol::games::{Act, Game, Played, Stage};
use protocol::{Message, Seq, UserId, frame};

use crate::sorted_map::SortedMap;

/// Games of one room that are remembered. Beyond this, games that are over go first, then those of
/// other users; their message is requested when something happens in them.
const REMEMBERED: usize = 500;
/// Game messages that are requested at the same time, because an event of their game was missed.
pub(super) const MAX_REQUESTED: usize = 20;

/// A game, with what is known of it besides its log.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownGame {
    /// The number of its message.
    pub of: Seq,
    pub game: Arc<Game>,
    /// When its clock runs out, by this page's clock; none if it has none.
    pub due: Option<i64>,
    pub watchers: u64,
}

/// An action that is not confirmed yet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PendingAction {
    pub id: String,
    pub room: String,
    pub act: Act,
    pub in_flight: bool,
}

/// The last event of a game, for screen readers.
#[derive(Clone, Debug, PartialEq)]
pub struct GameEvent {
    pub room: String,
    pub of: Seq,
    pub event: Arc<Message>,
}

/// The scores of a room.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    pub room: String,
    pub lines: Arc<Vec<frame::Score>>,
}

/// See the module's documentation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Games {
    pub(super) known: SortedMap<Vec<KnownGame>>,
    pub(super) pending: Vec<PendingAction>,
    /// Game messages that were requested.
    pub(super) requested: Vec<(String, Seq)>,
    /// The visible games, as last sent to the server.
    pub(super) watched: Option<(String, Vec<Seq>)>,
    /// A [`super::Output::SyncWatchedSoon`] is under way.
    pub(super) is_sync_scheduled: bool,
    pub(super) last_event: Option<GameEvent>,
    pub(super) scores: Option<Scores>,
    /// The user of this page.
    pub(super) user: UserId,
    /// The time of this page's clock when the last frames arrived.
    now: i64,
}

impl Games {
    /// Sets the time of this page's clock: milliseconds since 1970.
    pub fn set_now(&mut self, now: i64) {
        self.now = now;
    }

    pub(super) fn game(&self, room: &str, of: Seq) -> Option<&KnownGame> {
        let known = self.known.get(room)?;
        let place = known.binary_search_by_key(&of, |known| known.of).ok()?;
        Some(&known[place])
    }

    pub(super) fn game_mut(&mut self, room: &str, of: Seq) -> Option<&mut KnownGame> {
        let known = self.known.get_mut(room)?;
        let place = known.binary_search_by_key(&of, |known| known.of).ok()?;
        Some(&mut known[place])
    }

    /// Forgets a game.
    pub(super) fn forget(&mut self, room: &str, of: Seq) {
        if let Some(known) = self.known.get_mut(room) {
            known.retain(|known| known.of != of);
        }
    }

    /// Applies the state of a game in its message, unless a newer one is known.
    pub fn insert_message(&mut self, message: &Message) {
        let Some(game) = message.game_state() else {
            return;
        };
        let left = game.left.and_then(|left| i64::try_from(left).ok());
        let due = left.map(|left| self.now + left);
        let games = self.known.get_or_insert(&message.room, Vec::new);
        let place = games.binary_search_by_key(&message.seq, |known| known.of);
        match place {
            Ok(place) if games[place].game.seq > game.seq => {}
            Ok(place) => {
                let known = &mut games[place];
                known.due = due;
                if known.game.seq < game.seq {
                    known.game = Arc::new(game.clone());
                }
            }
            Err(place) => {
                let known = KnownGame {
                    of: message.seq,
                    game: Arc::new(game.clone()),
                    due,
                    watchers: 0,
                };
                games.insert(place, known);
                if games.len() > REMEMBERED {
                    let (of, me) = (message.seq, self.user);
                    let is_new = |known: &KnownGame| known.of == of;
                    let over = |known: &KnownGame| !known.game.is_alive() && !is_new(known);
                    let others = |known: &KnownGame| !involves(&known.game, me) && !is_new(known);
                    let place = games.iter().position(over);
                    let place = place.or_else(|| games.iter().position(others));
                    if let Some(place) = place {
                        games.remove(place);
                    }
                }
            }
        }
    }

    /// Applies an event of a game. Returns `false` if an event before it was missed.
    pub(super) fn apply_event(&mut self, of: Seq, event: &Message) -> bool {
        let now = self.now;
        let Some(known) = self.game_mut(&event.room, of) else {
            // Its message will contain its state.
            return true;
        };
        let is_next = |nth: usize| nth == known.game.moves.len() + 1;
        let is_missed = match event.played() {
            _ if event.seq <= known.game.seq => return true,
            Some(Played::Moved { nth, .. } | Played::TimedOut { nth, .. }) => !is_next(*nth),
            Some(Played::Accepted { .. }) => known.game.stage != Stage::Open,
            _ => false,
        };
        if is_missed {
            return false;
        }
        let game = Arc::make_mut(&mut known.game);
        game.apply(event);
        if game.resets_clock(event) {
            known.due = game.time().map(|time| now + time);
        }
        true
    }

    pub(super) fn reset_connection(&mut self) {
        self.requested.clear();
        self.watched = None;
        for sent in &mut self.pending {
            sent.in_flight = false;
        }
        for known in self.known.values_mut().flatten() {
            known.watchers = 0;
        }
    }
}

/// Does this user play in the game, or are they invited?
pub fn involves(game: &Game, user: UserId) -> bool {
    game.players().any(|player| player.user == user)
}

/// The opponent of this user.
pub fn opponent(game: &Game, user: UserId) -> Option<&str> {
    let other = game.players().find(|player| player.user != user)?;
    Some(&other.name)
}
