//! Somebody who plays in a room with whoever accepts, each move at random.

use std::collections::BTreeMap;

use cli::async_client::{Client, Event};
use protocol::{
    Message, Seq,
    games::{
        Act, Game, GameName, Played, Stage,
        tic_tac_toe::{Cell, after},
    },
};
use rand::seq::IndexedRandom as _;
use tokio::time::timeout;

use crate::client::PATIENCE;

/// A player by chance, with all games that were offered.
pub struct Opponent {
    client: Client,
    room: String,
    games: BTreeMap<Seq, Game>,
    /// How many lines it has had.
    pub lines: usize,
    /// The newest event that was heard: they come once, and in order.
    newest: Seq,
}

impl Opponent {
    pub fn new(mut client: Client, room: &str) -> Self {
        client.join(room);
        Self {
            client,
            room: room.to_owned(),
            games: BTreeMap::new(),
            lines: 1,
            newest: 0,
        }
    }

    /// Offers a game to whoever accepts it.
    pub fn invite(&mut self) {
        let invite = Act::Invite {
            game: GameName::TicTacToe,
            with: None,
            clock: None,
        };
        self.client.play(&self.room, invite);
    }

    /// Offers the newest game once more to the same.
    pub fn rematch(&mut self) {
        let (of, _) = self.games.last_key_value().expect("a game");
        self.client.play(&self.room, Act::Rematch { of: *of });
    }

    /// Waits until so many games are offered.
    pub async fn hear_of_offers(&mut self, games: usize) {
        while self.games.len() < games {
            self.attend().await;
        }
    }

    /// Plays until the room's log is so long.
    pub async fn hear_up_to(&mut self, events: usize) {
        while self.newest < events as Seq {
            self.attend().await;
        }
    }

    /// Plays until so many games are over.
    pub async fn finish(&mut self, games: usize) {
        let over = |games: &BTreeMap<Seq, Game>| {
            let over = games.values().filter(|game| game.stage == Stage::Over);
            over.count()
        };
        while over(&self.games) < games {
            self.attend().await;
        }
    }

    async fn attend(&mut self) {
        let event = timeout(PATIENCE, self.client.next()).await;
        match event.expect("something happens").expect("the line holds") {
            Event::Welcome(_) => self.lines += 1,
            Event::Message(message) => self.hear(&message),
            Event::Refused { message, refusal } => panic!("{message:?}: {}", refusal.message),
            Event::Joined { .. }
            | Event::JoinRefused { .. }
            | Event::Disconnected
            | Event::Stored { .. }
            | Event::Other(_) => {}
        }
    }

    fn hear(&mut self, message: &Message) {
        assert!(message.seq > self.newest, "once and in order");
        self.newest = message.seq;
        let of = message.played.as_deref().and_then(Played::of);
        let of = of.unwrap_or(message.seq);
        if let Some(game) = Game::of(message) {
            self.games.insert(of, game);
        }
        let Some(game) = self.games.get_mut(&of) else {
            return;
        };
        game.hear(message);
        let me = self.client.user();
        if game.waits_for(me)
            && let Some(at) = anywhere(&game.moves)
        {
            self.client.play(&self.room, Act::Move { of, at });
        }
    }
}

/// An empty cell.
fn anywhere(moves: &[String]) -> Option<String> {
    let state = after(moves);
    let empty: Vec<_> = Cell::all()
        .filter(|cell| state.at(*cell).is_none())
        .collect();
    empty.choose(&mut rand::rng()).map(|cell| cell.name())
}
