//! A wall clock that jumps, forward or back, while the server runs or between two runs: games,
//! nickname reservations, sessions and rooms go by a clock that does not jump, and messages show
//! the time of day.

use std::path::{Path, PathBuf};

use protocol::{Code, ServerFrame, frame, games::Played};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    browser::Browser,
    client::Client,
    server::{EnvVars, Server},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The wall clock of one server, which libfaketime replaces. The monotonic clock stays as it is.
struct WallClock(TempDir);

impl WallClock {
    fn new() -> Self {
        let clock = Self(TempDir::new().expect("a temporary folder"));
        clock.jump("+0");
        clock
    }

    /// Sets the clock to the real time and this offset.
    fn jump(&self, offset: &str) {
        // The rename is atomic, so the library never reads half an offset.
        let next = self.0.path().join("next");
        std::fs::write(&next, offset).expect("writable");
        std::fs::rename(&next, self.file()).expect("writable");
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("offset")
    }

    fn env(&self) -> EnvVars {
        vec![
            ("LD_PRELOAD", library().into()),
            ("FAKETIME_TIMESTAMP_FILE", self.file().into()),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
            ("DONT_FAKE_MONOTONIC", "1".into()),
        ]
    }
}

/// The library of the package `faketime`.
fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").expect("a folder of libraries");
    let folders = folders.map(|folder| folder.expect("an entry").path());
    let mut found = folders
        .chain([Path::new("/usr/local/lib").to_owned()])
        .map(|folder| folder.join("faketime/libfaketimeMT.so.1"))
        .filter(|library| library.exists());
    found.next().expect("the package `faketime` is installed")
}

/// Waits until the server has deleted what has expired, which takes up to ten seconds.
async fn until_cleanup(server: &Server) {
    let nickname = "Brief";
    drop(Client::sign_in(server, nickname).await);
    let database = rusqlite::Connection::open(server.data().join("parlor.db"));
    let database = database.expect("a database");
    // Its reservation lasts for a second, and the cleanup deletes it.
    let is_reserved = || -> bool {
        let sql = "SELECT EXISTS (SELECT 1 FROM nicknames WHERE nickname = ?1)";
        let found = database.query_row(sql, [nickname], |row| row.get(0));
        found.expect("readable")
    };
    while is_reserved() {
        tokio::task::yield_now().await;
    }
}

/// What must be as it was: a session, a nickname that is reserved though nobody is connected, a
/// running game, and a room with one message.
async fn assert_unchanged(server: &Server, carl: &mut Browser, anna: &mut Client) {
    let page = carl.get("/rooms/tea").await;
    assert_eq!(page.status, 200, "the session has not ended");
    let mut mallory = Client::connect(server).await;
    let login = json!({"type": "login", "nickname": "Carl"});
    let (code, _) = mallory.expect_refusal(login).await;
    assert_eq!(code, Code::NicknameTaken, "the nickname is still reserved");
    // A new timer makes the server look at all of them.
    let invite = json!({"invite": {"game": "tic_tac_toe", "clock": 3_600}});
    let id = format!("timer {}", rand::random::<u32>());
    anna.send(json!({"type": "game", "to": "tea", "id": id, "act": invite}))
        .await;
    anna.until_echo(&id).await;
    anna.send(json!({"type": "history", "room": "tea", "all": true}))
        .await;
    let history = anna.until(|frame| match frame {
        ServerFrame::History(frame::History { messages, .. }) => Some(messages.clone()),
        _ => None,
    });
    for message in history.await {
        let ended = message.played().is_some_and(|played| {
            matches!(played, Played::TimedOut { .. } | Played::Lapsed { .. })
        });
        assert!(!ended, "the game goes on: {message:?}");
    }
    assert!(
        server.logs().contains_key("small"),
        "the room has not expired"
    );
}

/// The room's line in `parlor room list`, with the time of its newest message.
fn listed(server: &Server, room: &str) -> String {
    let list = server.command_output(&["room", "list"]);
    let line = list.lines().find(|line| line.starts_with(room));
    line.expect("the room is listed").to_owned()
}

#[tokio::test]
async fn nothing_expires_or_lasts_longer_because_the_wall_clock_jumps() {
    let clock = WallClock::new();
    // Of a jump between two runs, a day counts: it cannot be told from a stop.
    let options = ["--bot-reservation-seconds", "1", "--empty-room-hours", "48"];
    let mut server = Server::with_env(&options, clock.env());
    let mut carl = Browser::new(&server);
    carl.sign_in("Carl", "tea").await;
    assert_eq!(carl.get("/rooms/tea").await.status, 200);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    anna.join("small").await;
    let before = anna.post("small", "s", "hello").await.at;
    anna.send(json!({"type": "leave", "room": "small"})).await;
    // An hour for each move.
    let invite = json!({"invite": {"game": "tic_tac_toe", "with": "Ben", "clock": 3_600}});
    anna.send(json!({"type": "game", "to": "tea", "id": "i", "act": invite}))
        .await;
    let of = anna.until_echo("i").await.seq;
    let accept = json!({"accept": {"of": of}});
    ben.send(json!({"type": "game", "to": "tea", "id": "a", "act": accept}))
        .await;
    ben.until_echo("a").await;

    for (offset, expected_ms) in [
        ("+3600", DAY_MS / 24),
        ("+34560000", 400 * DAY_MS),
        ("-3600", -DAY_MS / 24),
        ("+0", 0),
    ] {
        clock.jump(offset);
        if expected_ms == 400 * DAY_MS {
            until_cleanup(&server).await;
        }
        assert_unchanged(&server, &mut carl, &mut anna).await;
        let said = anna.post("tea", offset, "what time is it?").await;
        let shown = said.at - before - expected_ms;
        assert!((0..DAY_MS / 48).contains(&shown), "{offset}: {shown}");
    }
    let listed = listed(&server, "small");
    // The same over restarts: with a clock that was set ahead meanwhile, and back again.
    for offset in ["+34560000", "-3600"] {
        clock.jump(offset);
        let (anna_token, ben_token) = (anna.token.clone(), ben.token.clone());
        server = server.restart_on_same_port("TERM");
        // A new one, because the connections of the old one are closed.
        let cookies = std::mem::take(&mut carl.cookies);
        carl = Browser::new(&server);
        carl.cookies = cookies;
        anna = Client::sign_in_with_token(&server, &anna_token).await;
        ben = Client::sign_in_with_token(&server, &ben_token).await;
        anna.join("tea").await;
        assert_unchanged(&server, &mut carl, &mut anna).await;
        assert_eq!(self::listed(&server, "small"), listed, "{offset}");
    }
}
