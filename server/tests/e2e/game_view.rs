//! What a client does in a game, and its view of the game.

use protocol::{
    Code, Message, ServerFrame, frame,
    games::{Game, Played, Stage},
};
use serde_json::{Value, json};

use crate::client::Client;

/// One client's view of a game.
pub struct GameView {
    pub room: String,
    /// The number of its game message.
    pub of: u64,
    pub game: Game,
}

impl Client {
    /// Sends an act in a game of a room, and waits for its echo.
    pub async fn play(&mut self, room: &str, id: &str, act: Value) -> Message {
        self.send(json!({"type": "game", "to": room, "id": id, "act": act}))
            .await;
        self.until_echo(id).await
    }

    /// Sends an act that the server must refuse. Returns the code.
    pub async fn expect_act_refusal(&mut self, room: &str, act: Value) -> Code {
        let frame = json!({"type": "game", "to": room, "id": "no", "act": act});
        let (code, id) = self.expect_refusal(frame).await;
        assert_eq!(id.as_deref(), Some("no"), "the refusal names the act");
        code
    }

    /// Invites to a game with these terms.
    pub async fn invite(&mut self, room: &str, id: &str, terms: Value) -> GameView {
        let mut invite = json!({"game": "tic_tac_toe"});
        for (name, value) in terms.as_object().expect("terms by name") {
            invite[name] = value.clone();
        }
        let invitation = self.play(room, id, json!({"invite": invite})).await;
        GameView::of(&invitation)
    }

    /// Reads until the next game message in any room.
    pub async fn next_invitation(&mut self) -> Message {
        self.until(|frame| match frame {
            ServerFrame::Message(message) => {
                message.game_state().is_some().then(|| message.clone())
            }
            _ => None,
        })
        .await
    }

    /// This user's games that are not over.
    pub async fn games(&mut self) -> Vec<Message> {
        self.send(json!({"type": "games"})).await;
        self.until(|frame| match frame {
            ServerFrame::Games(frame::Games { games }) => Some(games.clone()),
            _ => None,
        })
        .await
    }
}

impl GameView {
    /// The game of a game message.
    pub fn of(invitation: &Message) -> Self {
        Self {
            room: invitation.room.clone(),
            of: invitation.seq,
            game: invitation
                .game_state()
                .cloned()
                .expect("a game message has the game's state"),
        }
    }

    /// Applies a frame if it is about this game. Returns what has happened.
    pub fn apply(&mut self, frame: &ServerFrame) -> Option<Played> {
        let ServerFrame::Message(event) = frame else {
            return None;
        };
        let played = event.played()?;
        let is_ours = event.room == self.room && played.of() == Some(self.of);
        (is_ours && self.game.apply(event)).then(|| played.clone())
    }

    /// Reads until something happens in this game.
    pub async fn next(&mut self, client: &mut Client) -> Played {
        client.until(|frame| self.apply(frame)).await
    }

    /// Reads until the game is at this stage.
    pub async fn until_stage(&mut self, client: &mut Client, stage: Stage) {
        while self.game.stage != stage {
            self.next(client).await;
        }
    }

    /// Waits for this client's turn, moves there, and waits for the move's event.
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

    /// Whether it is this client's turn.
    pub fn is_turn_of(&self, client: &Client) -> bool {
        let turn = self.game.turn().map(|turn| self.game.seats[turn].user.0);
        turn == Some(client.user)
    }

    /// An act in this game. `at` is empty except for a move.
    pub fn act(&self, name: &str, at: &str) -> Value {
        match at {
            "" => json!({name: {"of": self.of}}),
            at => json!({name: {"of": self.of, "at": at}}),
        }
    }
}

/// Starts a game between two clients in a room that both have joined. Returns the client that
/// begins first, each client with its view of the game.
pub async fn start_game(
    one: Client,
    other: Client,
    room: &str,
    terms: Value,
) -> [(Client, GameView); 2] {
    let (mut one, mut other) = (one, other);
    let mut ones = one
        .invite(room, &format!("invite {}", rand::random::<u32>()), terms)
        .await;
    let mut others = loop {
        let invitation = other.next_invitation().await;
        if invitation.seq == ones.of && invitation.room == ones.room {
            break GameView::of(&invitation);
        }
    };
    let id = format!("accept {}", others.of);
    other
        .send(json!({"type": "game", "to": others.room, "id": id, "act": others.act("accept", "")}))
        .await;
    others.until_stage(&mut other, Stage::Running).await;
    ones.until_stage(&mut one, Stage::Running).await;
    match ones.is_turn_of(&one) {
        true => [(one, ones), (other, others)],
        false => [(other, others), (one, ones)],
    }
}

/// Plays these moves in turn, and waits until both clients have received them.
pub async fn play_moves(players: &mut [(Client, GameView); 2], places: &[&str]) {
    for (nth, at) in places.iter().enumerate() {
        let (client, view) = &mut players[nth % 2];
        view.play(client, at).await;
    }
    for (client, view) in players {
        while view.game.moves.len() < places.len() {
            view.next(client).await;
        }
    }
}
