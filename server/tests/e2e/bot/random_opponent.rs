//! An opponent that invites any user of a room to games and chooses each move at random.

use std::collections::BTreeMap;

use cli::async_client::{Client, Event};
use protocol::{
    Message, Seq,
    games::{Act, Game, GameName, Played, Stage},
};
use rand::seq::IndexedRandom as _;
use tokio::time::timeout;

use crate::client::TIMEOUT;

/// A random player, with all games of the room.
pub struct Opponent {
    client: Client,
    room: String,
    games: BTreeMap<Seq, Game>,
    /// How many connections it has had.
    pub connections: usize,
    /// The number of the newest event that was received. Events come once and in order.
    newest: Seq,
}

impl Opponent {
    pub fn new(mut client: Client, room: &str) -> Self {
        client.join(room);
        Self {
            client,
            room: room.to_owned(),
            games: BTreeMap::new(),
            connections: 1,
            newest: 0,
        }
    }

    /// Invites any user to a game.
    pub fn invite(&mut self) {
        let invite = Act::Invite {
            game: GameName::TicTacToe,
            with: None,
            clock: None,
        };
        self.client.play(&self.room, invite);
    }

    /// Offers a rematch of the newest game.
    pub fn rematch(&mut self) {
        let (of, _) = self.games.last_key_value().expect("a game");
        self.client.play(&self.room, Act::Rematch { of: *of });
    }

    /// Waits until there are so many invitations.
    pub async fn until_invitations(&mut self, games: usize) {
        while self.games.len() < games {
            self.handle_event().await;
        }
    }

    /// Plays until the room's log has so many events.
    pub async fn until_events(&mut self, events: usize) {
        while self.newest < events as Seq {
            self.handle_event().await;
        }
    }

    /// Plays until so many games are over.
    pub async fn finish(&mut self, games: usize) {
        let over = |games: &BTreeMap<Seq, Game>| {
            let over = games.values().filter(|game| game.stage == Stage::Over);
            over.count()
        };
        while over(&self.games) < games {
            self.handle_event().await;
        }
    }

    async fn handle_event(&mut self) {
        let event = timeout(TIMEOUT, self.client.next()).await;
        match event
            .expect("something happens")
            .expect("the connection holds")
        {
            Event::Welcome(_) => self.connections += 1,
            Event::Message(message) => self.apply(&message),
            Event::Refused { message, refusal } => panic!("{message:?}: {}", refusal.message),
            Event::Joined { .. }
            | Event::JoinRefused { .. }
            | Event::Disconnected
            | Event::Stored { .. }
            | Event::Other(_) => {}
        }
    }

    fn apply(&mut self, message: &Message) {
        assert!(message.seq > self.newest, "once and in order");
        self.newest = message.seq;
        let of = message.played().and_then(Played::of);
        let of = of.unwrap_or(message.seq);
        if let Some(game) = Game::of(message) {
            self.games.insert(of, game);
        }
        let Some(game) = self.games.get_mut(&of) else {
            return;
        };
        game.apply(message);
        let me = self.client.user();
        if game.waits_for(me)
            && let Some(at) = random_move(game)
        {
            self.client.play(&self.room, Act::Move { of, at });
        }
    }
}

/// An empty cell.
fn random_move(game: &Game) -> Option<String> {
    let cells = game.rules().board(game.played_moves()).cells.into_iter();
    let empty: Vec<_> = cells.filter(|cell| cell.piece.is_none()).collect();
    empty.choose(&mut rand::rng()).map(|cell| cell.at.clone())
}
