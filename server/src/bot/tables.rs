//! What a bot knows of the games that concern it, and what it wants to do about them.

use std::collections::BTreeMap;

use protocol::{
    Code, Message, Seq, UserId,
    games::{Act, By, Game, GameName, Played, Stage, opponent},
};

use super::choose;
use crate::client::{Body, Draft};

/// A game's name: the room, and the number of its card.
type Place = (String, Seq);

/// The games of a bot, and the invitations that it may accept.
pub struct Tables {
    game: GameName,
    user: UserId,
    tables: BTreeMap<Place, Table>,
}

struct Table {
    game: Game,
    /// The state that was answered last: stage, and number of moves.
    answered: Option<(Stage, usize)>,
    /// That it has begun was told.
    is_told: bool,
    /// It was not to be accepted for now.
    is_put_off: bool,
    /// Events of it may have been missed.
    is_doubtful: bool,
}

/// What a bot wants to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    Play {
        room: String,
        act: Act,
    },
    /// A line for whoever started it.
    Tell(String),
}

impl Tables {
    /// Nothing is known yet.
    pub fn new(game: GameName, user: UserId) -> Self {
        Self {
            game,
            user,
            tables: BTreeMap::new(),
        }
    }

    /// Takes in an event of a room's log, or a card as it is told later.
    pub fn hear(&mut self, event: &Message) -> Vec<Step> {
        let of = match event.played.as_deref() {
            None => return Vec::new(),
            Some(Played::Invited { .. }) => None,
            Some(played) => played.of(),
        };
        let place = (event.room.clone(), of.unwrap_or(event.seq));
        if of.is_none() {
            self.take_card(&place, event);
        } else if let Some(table) = self.tables.get_mut(&place) {
            table.game.apply(event);
        }
        self.consider(&place)
    }

    fn take_card(&mut self, place: &Place, card: &Message) {
        let stands = card.game.as_deref().cloned().or_else(|| Game::of(card));
        let Some(game) = stands.filter(|game| game.game == self.game) else {
            return;
        };
        let table = self.tables.entry(place.clone()).or_insert_with(|| Table {
            game: game.clone(),
            answered: None,
            is_told: false,
            is_put_off: false,
            is_doubtful: false,
        });
        // A card that was asked for may be older than what was heard meanwhile; but of what was missed
        // before that, the card alone tells.
        if std::mem::take(&mut table.is_doubtful) || game.seq > table.game.seq {
            table.game = game;
        }
    }

    /// Events of this room were missed: what is known of its games holds until their cards are told.
    pub fn doubt(&mut self, room: &str) {
        for ((place, _), table) in &mut self.tables {
            table.is_doubtful |= place == room;
        }
    }

    /// Takes in the cards of all one's own games: what is in doubt after that is no more.
    pub fn settle(&mut self, cards: &[Message]) -> Vec<Step> {
        let steps = cards.iter().flat_map(|card| self.hear(card)).collect();
        self.tables.retain(|_, table| !table.is_doubtful);
        steps
    }

    /// The server has refused something for good. What was for others, or is over, was known from an old
    /// card; who is not there, or has too many games, may be asked again later; of all else events say
    /// why, and what they say counts.
    pub fn refused(&mut self, draft: &Draft, code: Code) {
        let Body::Act(act) = &draft.body else {
            return;
        };
        let Some(of) = act.of() else {
            return;
        };
        let place = (draft.to.clone(), of);
        match code {
            Code::Away | Code::TooManyGames => {
                if let Some(table) = self.tables.get_mut(&place) {
                    table.is_put_off = true;
                }
            }
            Code::NoSuchGame | Code::NotYourGame | Code::SeatTaken | Code::GameOver => {
                self.tables.remove(&place);
            }
            _ => {}
        }
    }

    /// Does something wait for [`Tables::try_again`]?
    pub fn wait(&self) -> bool {
        self.tables.values().any(|table| table.is_put_off)
    }

    /// Some time has passed.
    pub fn try_again(&mut self) -> Vec<Step> {
        let mut places = Vec::new();
        for (place, table) in &mut self.tables {
            if std::mem::take(&mut table.is_put_off) {
                table.answered = None;
                places.push(place.clone());
            }
        }
        let mut consider = |place| self.consider(&place);
        places.drain(..).flat_map(&mut consider).collect()
    }

    /// What to do about a game that may have changed; what is of no concern any more is forgotten.
    fn consider(&mut self, place: &Place) -> Vec<Step> {
        let Some(table) = self.tables.get_mut(place) else {
            return Vec::new();
        };
        let (room, of) = place;
        let (user, mut steps) = (self.user, Vec::new());
        let seat = table.game.player_index(user);
        if let Some(seat) = seat
            && !table.is_told
            && table.game.is_alive()
        {
            table.is_told = true;
            let begun = format!("{} has started.", title(place, &table.game, seat));
            steps.push(Step::Tell(begun));
        }
        let state = (table.game.stage, table.game.moves.len());
        if table.answered != Some(state)
            && let Some(act) = answer(&table.game, user, *of)
        {
            table.answered = Some(state);
            let room = room.clone();
            steps.push(Step::Play { room, act });
        }
        if let Some(seat) = seat
            && table.is_told
            && table.game.stage == Stage::Over
        {
            let title = title(place, &table.game, seat);
            let ending = ending(&table.game, seat);
            steps.push(Step::Tell(format!("{title} is over: {ending}.")));
        }
        if !concerns(&table.game, user) {
            self.tables.remove(place);
        }
        steps
    }
}

/// Is there anything to be done in it, now or later?
fn concerns(game: &Game, user: UserId) -> bool {
    match game.stage {
        Stage::Open => game.with.is_none() || game.players().any(|it| it.user == user),
        _ => game.is_alive() && game.player_index(user).is_some(),
    }
}

/// What is to be done in a game now, if anything.
fn answer(game: &Game, user: UserId, of: Seq) -> Option<Act> {
    let accept = Act::Accept { of };
    if game.stage == Stage::Open {
        return game.check(user, &accept).is_ok().then_some(accept);
    }
    let at =
        (game.turn()? == game.player_index(user)?).then(|| choose(game.game, &game.moves))??;
    Some(Act::Move { of, at })
}

fn title((room, of): &Place, game: &Game, seat: usize) -> String {
    let opponent = game.seats.get(opponent(seat));
    let opponent = opponent.map_or("nobody", |player| &player.name);
    format!("Game {of} in {room} against {opponent}")
}

fn ending(game: &Game, seat: usize) -> String {
    let Some(end) = game.end else {
        return "unknown result".to_owned();
    };
    let outcome = match end.winner {
        None => "drawn",
        Some(winner) if winner == seat => "won",
        Some(_) => "lost",
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
