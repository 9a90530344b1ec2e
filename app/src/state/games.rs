//! Games as far as this page knows them: how each stands, what the reader wants to do and the server
//! has not confirmed, which are watched. The rules are the server's own.

use std::sync::Arc;

use protocol::games::{Act, Game, Played, Stage};
use protocol::{Message, Seq, UserId, frame};

use crate::by_room::ByRoom;

/// Games of one room that are remembered; beyond that those that are over go first, then those of
/// others, of which the card is asked for when something happens in them.
const REMEMBERED: usize = 500;
/// Cards that are asked for at the same time, because something of their games was missed.
pub(super) const ASKED: usize = 20;

/// A game with what is known of it besides its log.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The number of its card.
    pub of: Seq,
    pub game: Arc<Game>,
    /// When its clock runs out, by this page's own clock; none if it has none.
    pub due: Option<i64>,
    pub watchers: u64,
}

/// Something done that is not confirmed yet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sent {
    pub id: String,
    pub room: String,
    pub act: Act,
    pub in_flight: bool,
}

/// What was played last, to be read aloud.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    pub room: String,
    pub of: Seq,
    pub event: Arc<Message>,
}

/// The lines of a room's table of scores: nothing before the server told.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    pub room: String,
    pub lines: Arc<Vec<frame::Score>>,
}

/// See the module's documentation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Games {
    pub(super) tables: ByRoom<Vec<Table>>,
    pub(super) sent: Vec<Sent>,
    /// Cards that were asked for by themselves.
    pub(super) asked: Vec<(String, Seq)>,
    /// The games that are before the reader's eyes, as the server was told.
    pub(super) watched: Option<(String, Vec<Seq>)>,
    /// In a moment it is told.
    pub(super) is_telling: bool,
    pub(super) news: Option<News>,
    pub(super) scores: Option<Scores>,
    /// The reader.
    pub(super) user: UserId,
    /// The time of this page's clock, as of what was heard last.
    now: i64,
}

impl Games {
    /// The time of this page's clock: milliseconds since 1970.
    pub fn tell_time(&mut self, now: i64) {
        self.now = now;
    }

    pub(super) fn table(&self, room: &str, of: Seq) -> Option<&Table> {
        let tables = self.tables.get(room)?;
        let place = tables.binary_search_by_key(&of, |table| table.of).ok()?;
        Some(&tables[place])
    }

    pub(super) fn table_mut(&mut self, room: &str, of: Seq) -> Option<&mut Table> {
        let tables = self.tables.get_mut(room)?;
        let place = tables.binary_search_by_key(&of, |table| table.of).ok()?;
        Some(&mut tables[place])
    }

    /// Forgets a game.
    pub(super) fn forget(&mut self, room: &str, of: Seq) {
        if let Some(tables) = self.tables.get_mut(room) {
            tables.retain(|table| table.of != of);
        }
    }

    /// Takes in a card as it is told, unless more is known already.
    pub fn take_card(&mut self, card: &Message) {
        let Some(game) = &card.game else {
            return;
        };
        let left = game.left.and_then(|left| i64::try_from(left).ok());
        let due = left.map(|left| self.now + left);
        let tables = self.tables.get_or_insert(&card.room, Vec::new);
        let place = tables.binary_search_by_key(&card.seq, |table| table.of);
        match place {
            Ok(place) if tables[place].game.seq > game.seq => {}
            Ok(place) => {
                let table = &mut tables[place];
                table.due = due;
                if table.game.seq < game.seq {
                    table.game = Arc::new((**game).clone());
                }
            }
            Err(place) => {
                let table = Table {
                    of: card.seq,
                    game: Arc::new((**game).clone()),
                    due,
                    watchers: 0,
                };
                tables.insert(place, table);
                if tables.len() > REMEMBERED {
                    let (of, me) = (card.seq, self.user);
                    let is_new = |table: &Table| table.of == of;
                    let over = |table: &Table| !table.game.is_alive() && !is_new(table);
                    let others = |table: &Table| !concerns(&table.game, me) && !is_new(table);
                    let place = tables.iter().position(over);
                    let place = place.or_else(|| tables.iter().position(others));
                    if let Some(place) = place {
                        tables.remove(place);
                    }
                }
            }
        }
    }

    /// Takes in what happened in a game. `false` if something before it was missed.
    pub(super) fn take_event(&mut self, of: Seq, event: &Message) -> bool {
        let now = self.now;
        let Some(table) = self.table_mut(&event.room, of) else {
            // Whoever draws its card will be told how it stands.
            return true;
        };
        let is_next = |nth: usize| nth == table.game.moves.len() + 1;
        let is_missed = match event.played.as_deref() {
            _ if event.seq <= table.game.seq => return true,
            Some(Played::Moved { nth, .. } | Played::TimedOut { nth, .. }) => !is_next(*nth),
            Some(Played::Accepted { .. }) => table.game.stage != Stage::Open,
            _ => false,
        };
        if is_missed {
            return false;
        }
        let game = Arc::make_mut(&mut table.game);
        game.apply(event);
        if game.resets_clock(event) {
            table.due = game.time().map(|time| now + time);
        }
        true
    }

    pub(super) fn forget_connection(&mut self) {
        self.asked.clear();
        self.watched = None;
        for sent in &mut self.sent {
            sent.in_flight = false;
        }
        for table in self.tables.values_mut().flatten() {
            table.watchers = 0;
        }
    }
}

/// Does this user play in it, or is asked to?
pub fn concerns(game: &Game, user: UserId) -> bool {
    game.players().any(|player| player.user == user)
}

/// The other one of a game between two, to this user.
pub fn opponent(game: &Game, user: UserId) -> Option<&str> {
    let other = game.players().find(|player| player.user != user)?;
    Some(&other.name)
}
