//! The server in a terminal, looked at through tmux, and in a pipe.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    client::{Client, TIMEOUT},
    server::Server,
};

/// A terminal of this size with `parlor chat` in it; ended when it is dropped.
struct Terminal {
    socket: tempfile::TempDir,
}

impl Terminal {
    fn open(server: &Server, nickname: &str, rooms: &[&str], (columns, rows): (u16, u16)) -> Self {
        let socket = tempfile::tempdir().expect("a temporary folder");
        let terminal = Self { socket };
        let mut chat = format!(
            "TZ=UTC {} chat --url {} --nick {nickname}",
            env!("CARGO_BIN_EXE_parlor"),
            server.url("")
        );
        for room in rooms {
            chat.push_str(&format!(" --room {room}"));
        }
        // The shell stays, so that what the program left behind can be seen.
        chat.push_str("; echo \"ended with $?\"; sleep 1000");
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let size = ["-x", &columns, "-y", &rows];
        terminal.tmux(
            &[
                &["-f", "/dev/null", "new-session", "-d"],
                &size[..],
                &[&chat],
            ]
            .concat(),
        );
        terminal
    }

    fn tmux(&self, words: &[&str]) -> String {
        let socket = self.socket.path().join("tmux");
        let output = Command::new("tmux")
            .env("LANG", "C.UTF-8")
            .arg("-u")
            .arg("-S")
            .arg(socket)
            .args(words)
            .output()
            .expect("tmux is there");
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {problem}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
        self.presses("Enter");
    }

    fn presses(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Looks until the screen is so. A terminal tells nobody when it has drawn something.
    async fn shows(&self, is_so: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if is_so(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < TIMEOUT, "the screen is:\n{screen}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn says(&self, text: &str) -> String {
        self.shows(|screen| screen.contains(text)).await
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let socket = self.socket.path().join("tmux");
        // Fails only if it has ended already.
        let _ = Command::new("tmux")
            .arg("-S")
            .arg(socket)
            .arg("kill-server")
            .output();
    }
}

#[tokio::test]
async fn one_talks_in_rooms_and_in_private_and_leaves() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "Is anybody here?").await;
    let toto = Terminal::open(&server, "Toto", &["tea", "cake"], (110, 30));
    toto.says("Is anybody here?").await;
    let screen = toto.says("2 online").await;
    assert!(
        screen.contains("#tea") && screen.contains("#cake"),
        "{screen}"
    );
    toto.types("I am. 日本語 too");
    assert_eq!(anna.until_text("I am. 日本語 too").await.from, "Toto");
    toto.says("I am. 日本語 too").await;
    toto.types("/msg Anna just between us");
    let whisper = anna.until_text("just between us").await;
    assert_eq!(whisper.to.as_deref(), Some("Anna"));
    // It opens by itself, and what is typed now goes there.
    toto.says("just between us").await;
    toto.types("and this too");
    assert_eq!(anna.until_text("and this too").await.room, whisper.room);
    toto.types("/join garden");
    anna.send(json!({"type": "join", "room": "garden"})).await;
    toto.says("#garden").await;
    toto.types("/who");
    toto.says("online: ").await;
    let crier = server.bot("crier", "announce");
    let say = json!({"text": "The server closes at ten."});
    crier.post("/api/v1/announce", &say).await.ok();
    toto.says("#announcements 1").await;
    toto.types("/nonsense");
    let screen = toto.says("Unknown command /nonsense. Try /help.").await;
    assert!(
        screen.contains("> /nonsense"),
        "what was typed stays:\n{screen}"
    );
    toto.presses("C-u");
    // Out of a room, and in again.
    toto.types("/leave");
    toto.shows(|screen| !screen.contains("#garden")).await;
    toto.types("/join garden");
    toto.says("#garden").await;
    toto.types("back again");
    anna.until_text("back again").await;
    // What is pasted is one text.
    toto.tmux(&["set-buffer", "one\n/quit\ntwo"]);
    toto.tmux(&["paste-buffer", "-p"]);
    toto.says("> one /quit two").await;
    toto.presses("Enter");
    anna.until_text("one /quit two").await;
    toto.types("/quit");
    toto.says("ended with 0").await;
}

#[tokio::test]
async fn what_was_said_before_is_there_page_by_page() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    for n in 1..=300 {
        anna.post("tea", &n.to_string(), &format!("message {n}."))
            .await;
    }
    let toto = Terminal::open(&server, "Toto", &["tea"], (70, 20));
    toto.says("message 300.").await;
    let begun = Instant::now();
    while !toto.screen().contains("message 1.") {
        assert!(begun.elapsed() < TIMEOUT, "{}", toto.screen());
        toto.presses("PageUp");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    while !toto.screen().contains("message 300.") {
        assert!(begun.elapsed() < TIMEOUT, "{}", toto.screen());
        toto.presses("PageDown");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn it_comes_back_after_the_server_does_and_catches_up() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "before").await;
    let toto = Terminal::open(&server, "Toto", &["tea"], (80, 20));
    toto.says("before").await;
    let server = server.restarted_in_place("KILL");
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    anna.join("tea").await;
    anna.post("tea", "2", "meanwhile").await;
    toto.says("meanwhile").await;
    toto.types("I am back");
    anna.until_text("I am back").await;
}

#[tokio::test]
async fn one_plays_a_game() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let toto = Terminal::open(&server, "Toto", &["tea"], (80, 24));
    toto.says("#tea").await;
    toto.types("/play Anna");
    let card = anna.next_message().await;
    toto.says(&format!("Toto #{}", card.seq)).await;
    let accept = json!({"accept": {"of": card.seq}});
    anna.send(json!({"type": "game", "to": "tea", "act": accept}))
        .await;
    toto.says("Anna").await;
    let first = anna.next_message().await;
    assert!(first.is_hidden());
    toto.types(&format!("/play #{} resign", card.seq));
    let resigned = anna.until_author("Toto").await;
    toto.says(&resigned.text).await;
}
