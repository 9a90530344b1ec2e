//! `parlor bot` plays against a random opponent, against another bot, and while the server is
//! killed. It never loses.

mod process;
mod random_opponent;

use std::collections::BTreeMap;

use cli::async_client::{Address, Client, Identity};
use tokio::time::{Instant, timeout};

use self::{
    process::{Bot, Outcome},
    random_opponent::Opponent,
};
use crate::{
    client::TIMEOUT,
    server::{Server, parlor},
};

const GAMES: usize = 100;
/// Options for a hundred games: no rate limit, and no waiting for the disk.
const QUICK: [&str; 4] = ["--messages-per-second", "0", "--durability", "normal"];

/// Counts the games by outcome.
fn tally(outcomes: impl IntoIterator<Item = Outcome>) -> BTreeMap<Outcome, usize> {
    let mut tally = BTreeMap::new();
    for outcome in outcomes {
        *tally.entry(outcome).or_default() += 1;
    }
    tally
}

/// An opponent in the room that plays at random.
async fn opponent(server: &Server) -> Opponent {
    let address = Address::parse(&server.url("/")).expect("the server's address");
    let client = Client::open(address, Identity::Nickname("Toto".to_owned()))
        .await
        .expect("an open server");
    Opponent::new(client, "tea")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_loses_none_of_a_hundred_games_against_random_moves() {
    let server = Server::with(&QUICK);
    let bot = Bot::start(&server, "Tictac", &[]);
    let mut toto = opponent(&server).await;
    let begun = Instant::now();
    for _ in 0..GAMES {
        toto.invite();
    }
    toto.finish(GAMES).await;
    let (outcomes, code) = bot.stop_after(GAMES).await;
    let tally = tally(outcomes);
    println!(
        "bot: against random moves {tally:?} in {:?}",
        begun.elapsed()
    );
    assert_eq!(code, Some(0));
    assert_eq!(tally.values().sum::<usize>(), GAMES);
    assert_eq!(tally.get(&Outcome::Lost), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_games_between_two_bots_are_all_drawn() {
    let server = Server::with(&QUICK);
    let begun = Instant::now();
    let first = Bot::start(&server, "First", &[]);
    let second = Bot::start(&server, "Second", &["--invite", "100"]);
    for bot in [first, second] {
        let (outcomes, code) = bot.stop_after(GAMES).await;
        assert_eq!(code, Some(0));
        assert_eq!(tally(outcomes), BTreeMap::from([(Outcome::Drawn, GAMES)]));
    }
    println!(
        "bot: against itself {GAMES} games drawn in {:?}",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_finishes_all_games_at_ten_moves_per_second() {
    const AT_ONCE: usize = 12;
    let server = Server::start();
    let bot = Bot::start(&server, "Tictac", &[]);
    let mut toto = opponent(&server).await;
    let begun = Instant::now();
    for _ in 0..AT_ONCE {
        toto.invite();
    }
    toto.finish(AT_ONCE).await;
    let (outcomes, code) = bot.stop_after(AT_ONCE).await;
    let tally = tally(outcomes);
    println!(
        "bot: {AT_ONCE} games at ten moves a second {tally:?} in {:?}",
        begun.elapsed()
    );
    assert_eq!(code, Some(0));
    assert_eq!(tally.get(&Outcome::Lost), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_finishes_every_game_although_the_server_is_killed() {
    const AT_ONCE: usize = 30;
    // A client that loses its connection again soon waits longer each time, so more kills would
    // only take longer.
    const KILLS: usize = 2;
    let begun = Instant::now();
    let mut server = Server::with(&["--messages-per-second", "0"]);
    let bot = Bot::start(&server, "Tictac", &[]);
    let mut toto = opponent(&server).await;
    for _ in 0..AT_ONCE {
        toto.invite();
    }
    for kill in 1..=KILLS {
        // A game has at least seven events.
        toto.until_events(3 * kill * AT_ONCE).await;
        let reopening = tokio::task::spawn_blocking(|| server.restart_on_same_port("KILL"));
        server = reopening.await.expect("no panic");
    }
    toto.finish(AT_ONCE).await;
    let (outcomes, code) = bot.stop_after(AT_ONCE).await;
    let tally = tally(outcomes);
    println!(
        "bot: {AT_ONCE} games over {KILLS} kills {tally:?} in {:?}",
        begun.elapsed()
    );
    assert_eq!(code, Some(0));
    assert_eq!(toto.connections, 1 + KILLS);
    assert_eq!(tally.values().sum::<usize>(), AT_ONCE);
    assert_eq!(tally.get(&Outcome::Lost), None);
    let log = &server.logs()["tea"];
    assert!(log.iter().map(|it| it.seq).eq(1..=log.len() as u64));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_accepts_earlier_invitations_and_a_rematch() {
    // More invitations than `joined` brings.
    const OFFERED: usize = 250;
    let server = Server::with(&QUICK);
    let mut toto = opponent(&server).await;
    for _ in 0..OFFERED {
        toto.invite();
    }
    toto.until_invitations(OFFERED).await;
    let bot = Bot::start(&server, "Tictac", &[]);
    toto.finish(OFFERED).await;
    toto.rematch();
    toto.finish(OFFERED + 1).await;
    let (outcomes, code) = bot.stop_after(OFFERED + 1).await;
    assert_eq!((outcomes.len(), code), (OFFERED + 1, Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_cannot_start_prints_the_reason() {
    let server = Server::start();
    let _taken = opponent(&server).await;
    let nobody = "http://127.0.0.1:1";
    let url = server.url("");
    for (url, room, nick, expected) in [
        ("localhost", "tea", "Tictac", "is not a server URL"),
        ("https://127.0.0.1:1", "tea", "Tictac", "Cannot reach"),
        (nobody, "tea", "Tictac", "Cannot reach"),
        (&url, "tea", "TOTO", "already in use"),
        (&url, "tea", "?", "nickname"),
        (&url, "@tea", "Tictac", "room"),
    ] {
        let mut command = parlor();
        command.args(["bot", "tic-tac-toe", "--url", url, "--room", room]);
        command.args(["--nick", nick]);
        let output = tokio::task::spawn_blocking(move || command.output());
        let output = timeout(TIMEOUT, output).await.expect("it gives up");
        let output = output.expect("no panic").expect("the bot runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{url} {nick}: {error}");
        assert!(error.contains(expected), "{error}");
    }
}
