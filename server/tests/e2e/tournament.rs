//! A thousand games at once: two hundred players in twenty rooms finish their games, although some
//! of them lose their connections. In the end all clients have seen the same.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use protocol::{
    Message, ServerFrame, UserId,
    games::{Act, End, Game, GameName, Moves, Played, Stage},
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::json;
use tokio::{sync::Barrier, task::JoinHandle};

use crate::{client::Client, server::Server};

const ROOMS: usize = 20;
/// Players in each room.
const PLAYERS: usize = 10;
/// Games that each player offers.
const OFFERS: usize = 5;
const GAMES: usize = ROOMS * PLAYERS * OFFERS;
/// One player in so many loses the connection repeatedly.
const UNLUCKY: usize = 4;
/// Such a player loses it after one event in so many.
const CUT: u32 = 50;

/// A player in one room, with all events that it has received there.
struct Player {
    server: Arc<Server>,
    client: Client,
    room: String,
    log: BTreeMap<u64, Message>,
    games: BTreeMap<u64, Game>,
    /// The games that wait for this player.
    waiting: BTreeSet<u64>,
    /// Unconfirmed acts by id, with the time when each was first sent.
    sent: HashMap<String, (Act, Instant)>,
    random: StdRng,
    is_unlucky: bool,
    cuts: usize,
    round_trips: Vec<Duration>,
}

impl Player {
    async fn act(&mut self, act: Act) {
        let id = format!("{} {}", self.log.len(), self.random.random::<u32>());
        self.send(&id, &act).await;
        self.sent.insert(id, (act, Instant::now()));
    }

    async fn send(&mut self, id: &str, act: &Act) {
        let frame = json!({"type": "game", "to": self.room, "id": id, "act": act});
        self.client.send(frame).await;
    }

    /// Handles the next frame. An unlucky player sometimes reconnects instead.
    async fn handle_next(&mut self) {
        if self.is_unlucky && self.random.random_ratio(1, CUT) {
            self.reconnect().await;
            return;
        }
        match self.client.next().await {
            ServerFrame::Message(message) => self.apply(message),
            ServerFrame::Error(error) => panic!("refused: {}", error.message),
            _ => {}
        }
    }

    /// Reconnects, catches up, and sends unconfirmed acts again.
    async fn reconnect(&mut self) {
        self.cuts += 1;
        self.client = Client::sign_in_with_token(&self.server, &self.client.token).await;
        let after = self.log.keys().next_back().copied().unwrap_or(0);
        self.client
            .send(json!({"type": "join", "room": self.room, "after": after}))
            .await;
        let joined = self.client.until_joined().await;
        assert!(!joined.gap, "no player is away for so long");
        for message in joined.messages {
            self.apply(message);
        }
        for (id, (act, _)) in self.sent.clone() {
            self.send(&id, &act).await;
        }
    }

    fn apply(&mut self, event: Message) {
        if event.author.0 == self.client.user
            && let Some((act, sent)) = self.sent.remove(&event.id)
            && matches!(act, Act::Move { .. })
        {
            self.round_trips.push(sent.elapsed());
        }
        if let Some(known) = self.log.get(&event.seq) {
            assert_eq!((&known.id, &known.text()), (&event.id, &event.text()));
            return;
        }
        let expected = self.log.keys().next_back().map_or(1, |last| last + 1);
        assert_eq!(event.seq, expected, "in order, without a gap");
        let of = match event.played().and_then(Played::of) {
            Some(of) => {
                assert!(
                    self.games
                        .get_mut(&of)
                        .expect("its game message")
                        .apply(&event)
                );
                of
            }
            None => {
                let game = Game::of(&event).expect("a game message");
                self.games.insert(event.seq, game);
                event.seq
            }
        };
        match self.games[&of].waits_for(UserId(self.client.user)) {
            true => self.waiting.insert(of),
            false => self.waiting.remove(&of),
        };
        self.log.insert(event.seq, event);
    }

    /// Sends the acts that games at this stage expect from this player.
    async fn respond(&mut self, stage: Stage) {
        let is_sent = |of: &u64| self.sent.values().any(|(act, _)| act.of() == Some(*of));
        let due = self
            .waiting
            .iter()
            .filter(|of| self.games[of].stage == stage && !is_sent(of));
        let due: Vec<_> = due.copied().collect();
        for of in due {
            let game = &self.games[&of];
            let act = match game.stage {
                Stage::Open => Act::Accept { of },
                _ => {
                    let mut cells = game.rules().board(game.played_moves()).cells;
                    cells.retain(|cell| cell.piece.is_none());
                    let cell = cells.choose(&mut self.random).expect("a free cell");
                    let at = cell.at.clone();
                    Act::Move { of, at }
                }
            };
            self.act(act).await;
        }
    }

    fn count(&self, stage: Stage) -> usize {
        self.games
            .values()
            .filter(|game| game.stage == stage)
            .count()
    }
}

/// Joins the room, offers games to the next players, accepts offers, and waits until all games of
/// the room have begun.
async fn join_and_start_games(
    server: Arc<Server>,
    nth: usize,
    seed: u64,
    all_have_joined: Arc<Barrier>,
) -> Player {
    let (room, position) = (format!("room {}", nth % ROOMS), nth / ROOMS);
    let name = |position: usize| format!("Player {}-{}", nth % ROOMS, position % PLAYERS);
    let mut client = Client::sign_in(&server, &name(position)).await;
    client.join(&room).await;
    // A user can be invited only while online.
    all_have_joined.wait().await;
    let mut player = Player {
        server,
        client,
        room,
        log: BTreeMap::new(),
        games: BTreeMap::new(),
        waiting: BTreeSet::new(),
        sent: HashMap::new(),
        random: StdRng::seed_from_u64(seed + nth as u64),
        is_unlucky: nth.is_multiple_of(UNLUCKY),
        cuts: 0,
        round_trips: Vec::new(),
    };
    for next in 1..=OFFERS {
        let invite = Act::Invite {
            game: GameName::TicTacToe,
            with: Some(name(position + next)),
            clock: Some(0),
        };
        player.act(invite).await;
    }
    while player.count(Stage::Running) < PLAYERS * OFFERS {
        player.respond(Stage::Open).await;
        player.handle_next().await;
    }
    player
}

async fn play(mut player: Player) -> Player {
    while player.count(Stage::Over) < PLAYERS * OFFERS {
        player.respond(Stage::Running).await;
        player.handle_next().await;
    }
    player
}

async fn all(tasks: impl Iterator<Item = JoinHandle<Player>>) -> Vec<Player> {
    let done = join_all(tasks).await.into_iter();
    done.map(|player| player.expect("no panic")).collect()
}

/// The winner of a game that is over, computed from its stored moves and the rules alone.
fn recompute(moves: &[String]) -> Option<Option<usize>> {
    let rules = GameName::TicTacToe.rules();
    let played = |nth| Moves {
        at: &moves[..nth],
        ..Moves::default()
    };
    for (nth, at) in moves.iter().enumerate() {
        let checked = rules.check(played(nth), nth % 2, at);
        checked.expect("a valid move");
    }
    let ending = rules.position(played(moves.len())).ending?;
    Some(ending.winners.only())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_concurrent_games_end_as_the_rules_say_on_every_client() {
    let seed = rand::random::<u32>().into();
    println!("tournament: seed {seed}");
    let server = Arc::new(Server::with(&["--messages-per-second", "0"]));
    let all_have_joined = Arc::new(Barrier::new(ROOMS * PLAYERS));
    let begun = Instant::now();
    let starting = (0..ROOMS * PLAYERS).map(|nth| {
        let (server, all_have_joined) = (Arc::clone(&server), Arc::clone(&all_have_joined));
        tokio::spawn(join_and_start_games(server, nth, seed, all_have_joined))
    });
    let players = all(starting).await;
    let start_time = begun.elapsed();
    let begun = Instant::now();
    let players = all(players.into_iter().map(|player| tokio::spawn(play(player)))).await;
    let took = begun.elapsed();

    let mut games = 0;
    let mut moves = 0;
    for room in server.game_moves() {
        for (of, played) in &room.games {
            let winner = recompute(played).expect("every game is over");
            for player in players.iter().filter(|player| player.room == room.name) {
                let game = &player.games[of];
                assert_eq!(&game.moves, played);
                assert_eq!(game.end.map(|End { winner, .. }| winner), Some(winner));
            }
            games += 1;
            moves += played.len();
        }
    }
    assert_eq!(games, GAMES);
    let cuts: usize = players.iter().map(|player| player.cuts).sum();
    assert!(cuts > 0, "some connection was cut");
    let mut round_trips: Vec<_> = players.into_iter().flat_map(|it| it.round_trips).collect();
    round_trips.sort_unstable();
    let quantile = |of: usize| round_trips[round_trips.len() * of / 100];
    println!(
        "tournament: {games} games at once, {moves} moves in {took:.1?} after {start_time:.1?} to \
         start, {cuts} connections cut; a move's round trip {:.1?} at p50, {:.1?} at p99",
        quantile(50),
        quantile(99)
    );
}
