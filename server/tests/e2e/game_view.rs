//! Somebody at a table: what a program does in a game, and what it hears of it.

use protocol::{
    Code, Message, ServerFrame, frame,
    games::{Game, Played, Stage},
};
use serde_json::{Value, json};

use crate::client::Client;

/// A game that one client follows.
pub struct Table {
    pub room: String,
    /// The number of its card.
    pub of: u64,
    pub game: Game,
}

impl Client {
    /// Does something in a game of a room, and waits for what comes of it.
    pub async fn play(&mut self, room: &str, id: &str, act: Value) -> Message {
        self.send(json!({"type": "game", "to": room, "id": id, "act": act}))
            .await;
        self.until_echo(id).await
    }

    /// Does something that should be refused; returns the code.
    pub async fn may_not(&mut self, room: &str, act: Value) -> Code {
        let frame = json!({"type": "game", "to": room, "id": "no", "act": act});
        let (code, id) = self.expect_refusal(frame).await;
        assert_eq!(id.as_deref(), Some("no"), "which one is said");
        code
    }

    /// Offers a game, and sits down at its table.
    pub async fn invite(&mut self, room: &str, id: &str, terms: Value) -> Table {
        let mut invite = json!({"game": "tic_tac_toe"});
        for (name, value) in terms.as_object().expect("terms by name") {
            invite[name] = value.clone();
        }
        let card = self.play(room, id, json!({"invite": invite})).await;
        Table::at(&card)
    }

    /// Reads on to the next card in any room.
    pub async fn card(&mut self) -> Message {
        self.until(|frame| match frame {
            ServerFrame::Message(message) => message.game.is_some().then(|| message.clone()),
            _ => None,
        })
        .await
    }

    /// This user's games that are going on.
    pub async fn games(&mut self) -> Vec<Message> {
        self.send(json!({"type": "games"})).await;
        self.until(|frame| match frame {
            ServerFrame::Games(frame::Games { games }) => Some(games.clone()),
            _ => None,
        })
        .await
    }
}

impl Table {
    /// The game of a card, as the card tells it.
    pub fn at(card: &Message) -> Self {
        Self {
            room: card.room.clone(),
            of: card.seq,
            game: *card.game.clone().expect("a card tells how its game stands"),
        }
    }

    /// Takes in a frame, if it is about this game; says what has happened.
    pub fn hear(&mut self, frame: &ServerFrame) -> Option<Played> {
        let ServerFrame::Message(event) = frame else {
            return None;
        };
        let played = event.played.as_deref()?;
        let is_ours = event.room == self.room && played.of() == Some(self.of);
        (is_ours && self.game.hear(event)).then(|| played.clone())
    }

    /// Reads on until something happens in this game.
    pub async fn next(&mut self, client: &mut Client) -> Played {
        client.until(|frame| self.hear(frame)).await
    }

    /// Reads on until the game is at this stage.
    pub async fn reaches(&mut self, client: &mut Client, stage: Stage) {
        while self.game.stage != stage {
            self.next(client).await;
        }
    }

    /// Plays there when it is this client's turn, and hears what comes of it.
    pub async fn play(&mut self, client: &mut Client, at: &str) {
        while !self.is_turn_of(client) {
            self.next(client).await;
        }
        let id = format!("{} {at}", self.of);
        client
            .send(json!({"type": "game", "to": self.room, "id": id, "act": self.act("move", at)}))
            .await;
        let nth = self.game.moves.len();
        while self.game.moves.len() == nth {
            self.next(client).await;
        }
    }

    /// Is it this client's turn?
    pub fn is_turn_of(&self, client: &Client) -> bool {
        let turn = self.game.turn().map(|turn| self.game.seats[turn].user.0);
        turn == Some(client.user)
    }

    /// An act in this game; `at` for a move only.
    pub fn act(&self, name: &str, at: &str) -> Value {
        match at {
            "" => json!({name: {"of": self.of}}),
            at => json!({name: {"of": self.of, "at": at}}),
        }
    }
}

/// Two sit down at a table in a room that both are in: who begins, then the other one, each with
/// what they know of the game.
pub async fn sit_down(
    one: Client,
    other: Client,
    room: &str,
    terms: Value,
) -> [(Client, Table); 2] {
    let (mut one, mut other) = (one, other);
    let mut ones = one
        .invite(room, &format!("invite {}", rand::random::<u32>()), terms)
        .await;
    let mut others = loop {
        let card = other.card().await;
        if card.seq == ones.of && card.room == ones.room {
            break Table::at(&card);
        }
    };
    let id = format!("accept {}", others.of);
    other
        .send(json!({"type": "game", "to": others.room, "id": id, "act": others.act("accept", "")}))
        .await;
    others.reaches(&mut other, Stage::Running).await;
    ones.reaches(&mut one, Stage::Running).await;
    match ones.is_turn_of(&one) {
        true => [(one, ones), (other, others)],
        false => [(other, others), (one, ones)],
    }
}

/// Two who have sat down play these places in turn.
pub async fn play_out(players: &mut [(Client, Table); 2], places: &[&str]) {
    for (nth, at) in places.iter().enumerate() {
        let (client, table) = &mut players[nth % 2];
        table.play(client, at).await;
    }
    for (client, table) in players {
        while table.game.moves.len() < places.len() {
            table.next(client).await;
        }
    }
}
