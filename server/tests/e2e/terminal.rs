//! `parlor chat` in a terminal, observed through tmux.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    client::{Client, TIMEOUT},
    server::Server,
};

/// A terminal that runs `parlor chat`, which is ended when it is dropped.
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
        // The shell stays open, so that the test sees what `parlor chat` leaves on the screen.
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
            .expect("tmux is installed");
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {problem}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn type_line(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
        self.press("Enter");
    }

    fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Polls until the screen is so, because a terminal does not report when it has drawn.
    async fn until_screen(&self, is_so: impl Fn(&str) -> bool) -> String {
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

    async fn until_text(&self, text: &str) -> String {
        self.until_screen(|screen| screen.contains(text)).await
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
async fn chat_sends_to_rooms_and_privately_and_quits() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "Is anybody here?").await;
    let toto = Terminal::open(&server, "Toto", &["tea", "cake"], (110, 30));
    toto.until_text("Is anybody here?").await;
    let screen = toto.until_text("2 online").await;
    assert!(
        screen.contains("#tea") && screen.contains("#cake"),
        "{screen}"
    );
    toto.type_line("I am. 日本語 too");
    assert_eq!(anna.until_text("I am. 日本語 too").await.from, "Toto");
    toto.until_text("I am. 日本語 too").await;
    toto.type_line("/msg Anna just between us");
    let private = anna.until_text("just between us").await;
    assert_eq!(private.to.as_deref(), Some("Anna"));
    // The conversation opens by itself, and new input goes there.
    toto.until_text("just between us").await;
    toto.type_line("and this too");
    assert_eq!(anna.until_text("and this too").await.room, private.room);
    toto.type_line("/join garden");
    anna.send(json!({"type": "join", "room": "garden"})).await;
    // What is printed before the room has arrived would be gone with its first page.
    toto.until_screen(|screen| screen.contains("#garden") && screen.contains("2 online"))
        .await;
    toto.type_line("/who");
    toto.until_text("online: ").await;
    let announcer = server.create_bot("crier", "announce");
    let message = json!({"text": "The server closes at ten."});
    announcer.post("/api/v1/announce", &message).await.ok();
    toto.until_text("#announcements 1").await;
    toto.type_line("/nonsense");
    let screen = toto
        .until_text("Unknown command /nonsense. Try /help.")
        .await;
    assert!(
        screen.contains("> /nonsense"),
        "the input is kept:\n{screen}"
    );
    toto.press("C-u");
    // Leave a room and join it again.
    toto.type_line("/leave");
    toto.until_screen(|screen| !screen.contains("#garden"))
        .await;
    toto.type_line("/join garden");
    toto.until_text("#garden").await;
    toto.type_line("back again");
    anna.until_text("back again").await;
    // Pasted lines are one message.
    toto.tmux(&["set-buffer", "one\n/quit\ntwo"]);
    toto.tmux(&["paste-buffer", "-p"]);
    toto.until_text("> one /quit two").await;
    toto.press("Enter");
    anna.until_text("one /quit two").await;
    toto.type_line("/quit");
    toto.until_text("ended with 0").await;
}

#[tokio::test]
async fn page_up_and_page_down_scroll_through_the_history() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    for n in 1..=300 {
        anna.post("tea", &n.to_string(), &format!("message {n}."))
            .await;
    }
    let toto = Terminal::open(&server, "Toto", &["tea"], (70, 20));
    toto.until_text("message 300.").await;
    let begun = Instant::now();
    while !toto.screen().contains("message 1.") {
        assert!(begun.elapsed() < TIMEOUT, "{}", toto.screen());
        toto.press("PageUp");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    while !toto.screen().contains("message 300.") {
        assert!(begun.elapsed() < TIMEOUT, "{}", toto.screen());
        toto.press("PageDown");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn chat_reconnects_after_a_restart_and_catches_up() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "before").await;
    let toto = Terminal::open(&server, "Toto", &["tea"], (80, 20));
    toto.until_text("before").await;
    let server = server.restart_on_same_port("KILL");
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    anna.join("tea").await;
    anna.post("tea", "2", "meanwhile").await;
    toto.until_text("meanwhile").await;
    toto.type_line("I am back");
    anna.until_text("I am back").await;
}

#[tokio::test]
async fn a_game_can_be_played_in_chat() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let toto = Terminal::open(&server, "Toto", &["tea"], (80, 24));
    toto.until_text("#tea").await;
    toto.type_line("/play Anna");
    let invitation = anna.next_message().await;
    toto.until_text(&format!("Toto #{}", invitation.seq)).await;
    let accept = json!({"accept": {"of": invitation.seq}});
    anna.send(json!({"type": "game", "to": "tea", "act": accept}))
        .await;
    toto.until_text("Anna").await;
    let first = anna.next_message().await;
    assert!(first.is_hidden());
    toto.type_line(&format!("/play #{} resign", invitation.seq));
    let resigned = anna.until_author("Toto").await;
    toto.until_text(resigned.text()).await;
}
