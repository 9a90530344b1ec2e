//! `parlor room`, `parlor user` and `parlor status`: what an operator sees and removes, with and
//! without a running server.

use protocol::{Close, Code, ServerFrame, frame};
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    api_client::ApiClient,
    browser::Browser,
    client::{Client, texts},
    outgoing_webhooks::{Receiver, outgoing},
    server::Server,
};

/// The lines that a command prints, as columns.
fn table(server: &Server, words: &[&str]) -> Vec<Vec<String>> {
    let output = server.command_output(words);
    let lines = output.lines();
    let columns = lines.map(|line| line.split('\t').map(str::to_owned).collect());
    columns.collect()
}

/// Whether a file of the data directory contains this text.
fn is_on_disk(server: &Server, text: &str) -> bool {
    let files = std::fs::read_dir(server.data()).expect("a data directory");
    let mut files = files.map(|file| file.expect("an entry").path());
    files.any(|file| {
        if !file.is_file() {
            return false;
        }
        let bytes = std::fs::read(file).expect("readable");
        bytes.windows(text.len()).any(|it| it == text.as_bytes())
    })
}

/// Reads until the room is removed.
async fn until_removed(client: &mut Client, room: &str) {
    let removed = client.until(|frame| match frame {
        ServerFrame::Left(left) => Some(left.clone()),
        _ => None,
    });
    let left = frame::Left {
        room: room.to_owned(),
        removed: true,
    };
    assert_eq!(removed.await, left);
}

#[tokio::test]
async fn a_removed_room_is_left_by_everybody_and_nothing_of_it_remains() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let mut ben = Client::in_room(&server, "Ben", "Tea").await;
    // More events than are deleted at once.
    for n in 0..1_100 {
        let text = format!("a secret {n}");
        let frame = json!({"type": "room", "to": "Tea", "id": n.to_string(), "text": text});
        anna.send(frame).await;
    }
    anna.until_echo("1099").await;
    let invite = json!({"invite": {"game": "tic_tac_toe"}});
    anna.send(json!({"type": "game", "to": "Tea", "id": "g", "act": invite}))
        .await;
    anna.until_echo("g").await;
    anna.join("cake").await;
    anna.post("cake", "c", "it stays").await;
    let mut receiver = Receiver::open(&[]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    let url = format!("{}?tea", receiver.url);
    let more = ["--name", "gone", "--room", "TEA", "--url", &url];
    server.command_output(&[&["outgoing", "create", "--allow-private"], &more[..]].concat());
    let hook = ["incoming", "create", "--name", "alerts", "--room", "tea"];
    let hook = server.command_output(&hook);
    let bot = server.create_bot("builder", "post,read");

    server.command_output(&["room", "remove", "--room", "tea"]);
    for client in [&mut anna, &mut ben] {
        until_removed(client, "Tea").await;
    }
    let message = json!({"type": "room", "to": "Tea", "id": "late", "text": "late"});
    assert_eq!(anna.expect_refusal(message).await.0, Code::NotInRoom);
    let names = |table: Vec<Vec<String>>| -> Vec<String> {
        table.into_iter().map(|line| line[0].clone()).collect()
    };
    assert_eq!(
        names(table(&server, &["room", "list"])),
        ["announcements", "cake"]
    );
    assert_eq!(names(table(&server, &["outgoing", "list"])), ["mirror"]);
    assert!(table(&server, &["incoming", "list"]).is_empty());
    let path = &hook[hook.find("/hooks/").expect("a path")..];
    let tool = ApiClient::new(&server, "");
    let posted = tool.post(path, &json!({"text": "x"})).await;
    assert_eq!(posted.refusal(), (404, "not_found"));
    let history = bot.get("/api/v1/rooms/tea/messages").await;
    assert_eq!(history.refusal(), (404, "no_such_room"));
    let again = server.command_error(&["room", "remove", "--room", "tea"]);
    assert!(again.contains("doesn't exist"), "{again}");
    // Other rooms and their webhooks are as before.
    anna.post("cake", "d", "so does this").await;
    ben.join("ops").await;
    ben.post("ops", "e", "for the webhook").await;
    assert_eq!(receiver.texts(1).await, ["for the webhook"]);

    let mut server = server;
    server.stop("TERM");
    assert!(
        !is_on_disk(&server, "a secret"),
        "the words are overwritten"
    );
    assert!(is_on_disk(&server, "it stays"));
    let server = server.start_again();
    let logs = server.logs();
    assert_eq!(logs.keys().collect::<Vec<_>>(), ["cake", "ops"]);
}

#[tokio::test]
async fn a_new_room_of_a_removed_rooms_name_starts_over_for_everybody() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    for n in 1..=5 {
        anna.post("tea", &format!("old {n}"), "old").await;
    }
    ben.send(json!({"type": "read", "room": "tea", "seq": 5}))
        .await;
    ben.send(json!({"type": "ping"})).await;
    ben.until(|frame| matches!(frame, ServerFrame::Pong).then_some(()))
        .await;
    let ben_token = ben.token.clone();
    // Ben is offline while the room is removed.
    drop(ben);
    server.command_output(&["room", "remove", "--room", "tea"]);
    until_removed(&mut anna, "tea").await;

    let mut ben = Client::sign_in_with_token(&server, &ben_token).await;
    ben.send(json!({"type": "join", "room": "tea", "after": 5}))
        .await;
    let joined = ben.until_joined().await;
    assert_eq!((joined.seq, joined.gap, joined.read), (0, true, None));
    assert!(joined.messages.is_empty());
    drop(ben);
    anna.join("tea").await;
    assert_eq!(anna.post("tea", "new 1", "first").await.seq, 1);
    anna.post("tea", "new 2", "second").await;
    let mut ben = Client::sign_in_with_token(&server, &ben_token).await;
    ben.send(json!({"type": "join", "room": "tea", "after": 5}))
        .await;
    let joined = ben.until_joined().await;
    assert_eq!((joined.seq, joined.gap, joined.read), (2, true, None));
    assert_eq!(texts(&joined.messages), ["first", "second"]);
    anna.post("tea", "new 3", "third").await;
    assert_eq!(ben.next_message().await.seq, 3);
    // It is a room like any other, also after a restart and another removal.
    let server = server.kill_and_restart();
    assert_eq!(server.texts("tea"), ["first", "second", "third"]);
    server.command_output(&["room", "remove", "--room", "tea"]);
    assert!(server.logs().is_empty());
}

#[tokio::test]
async fn the_rooms_are_listed_with_their_messages_and_users() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "hello").await;
    let _ben = Client::in_room(&server, "Ben", "tea").await;
    let _carl = Client::in_room(&server, "Carl", "empty").await;
    let list = table(&server, &["room", "list"]);
    let tea = list
        .iter()
        .find(|line| line[0] == "tea")
        .expect("is listed");
    assert_eq!(tea[1..3], ["1", "2"]);
    assert!(tea[3].starts_with("20") && tea[3].ends_with('Z'), "{tea:?}");
    let empty = list.iter().find(|line| line[0] == "empty");
    assert_eq!(empty.expect("is listed")[1..3], ["0", "1"]);
    let refused = server.command_error(&["room", "remove", "--room", "announcements"]);
    assert!(refused.contains("can't be removed"), "{refused}");
}

#[tokio::test]
async fn a_removed_user_is_signed_out_everywhere_and_the_messages_stay() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    browser.sign_in("Mallory", "tea").await;
    let (mut page, _) = browser.socket(&server, "/ws").await;
    page.join("tea").await;
    page.post("tea", "1", "spam").await;
    let bot = server.create_bot("builder", "post,read");
    let list = table(&server, &["user", "list"]);
    let line = |name: &str| {
        let line = list.iter().find(|line| line[1] == name);
        line.expect("is listed").clone()
    };
    let mallory = line("Mallory");
    assert_eq!(
        (&mallory[2][..], &mallory[3][..], &mallory[5][..]),
        ("user", "1", "1")
    );
    assert_eq!(line("builder")[2], "bot");

    server.command_output(&["user", "remove", "--name", "mallory"]);
    assert_eq!(page.until_closed().await, Some(Close::SignedOut.code()));
    let start = browser.get("/rooms/tea").await;
    assert_eq!(start.status, StatusCode::SEE_OTHER, "the session has ended");
    let mut other = Client::in_room(&server, "Mallory", "tea").await;
    assert_ne!(other.user.to_string(), mallory[0], "ids are never reused");
    assert_eq!(server.texts("tea"), ["spam"]);
    server.command_output(&["user", "remove", "--id", &line("builder")[0]]);
    let refused = bot.get("/api/v1/rooms").await;
    assert_eq!(refused.refusal(), (401, "bad_token"));
    other.post("tea", "2", "hello").await;
    let everybody = table(&server, &["user", "list", "--all"]);
    assert!(everybody.iter().any(|line| line[0] == mallory[0]));
    let names: Vec<_> = table(&server, &["user", "list"]);
    assert!(names.iter().all(|line| line[0] != mallory[0]));
    for wrong in [["--name", "Nobody"], ["--id", "7"]] {
        let refused = server.command_error(&[&["user", "remove"], &wrong[..]].concat());
        assert!(refused.contains("no such user"), "{refused}");
    }
}

#[tokio::test]
async fn the_messages_of_a_removed_user_can_be_deleted_in_every_room() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut mallory = Client::in_room(&server, "Mallory", "tea").await;
    mallory.join("cake").await;
    anna.post("tea", "a", "mine").await;
    for n in 0..250 {
        let (room, id) = (["tea", "cake"][n % 2], n.to_string());
        mallory.post(room, &id, &format!("spam {n}")).await;
    }
    mallory.send_direct("Anna", "d", "spam in private").await;
    let remove = ["user", "remove", "--name", "Mallory", "--with-messages"];
    server.command_output(&remove);
    // A user who is there sees the deletions, also the one in private.
    let mut deletions = 0;
    while deletions < 126 {
        let is_deletion = |frame: &ServerFrame| match frame {
            ServerFrame::Message(message) => Some(message.text().starts_with("Parlor deletes")),
            _ => None,
        };
        deletions += usize::from(anna.until(is_deletion).await);
    }
    let mut server = server;
    server.stop("TERM");
    assert!(!is_on_disk(&server, "spam"), "the words are overwritten");
    assert!(is_on_disk(&server, "mine"));
}

#[tokio::test]
async fn rooms_and_users_can_be_removed_without_a_running_server() {
    let mut server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "these are my words").await;
    anna.join("cake").await;
    anna.post("cake", "2", "my words as well").await;
    server.stop("TERM");
    server.command_output(&["room", "remove", "--room", "TEA"]);
    let rooms = table(&server, &["room", "list"]);
    assert_eq!(rooms.len(), 2);
    assert_eq!((&rooms[1][0][..], &rooms[1][2][..]), ("cake", "0"));
    server.command_output(&["user", "remove", "--name", "Anna", "--with-messages"]);
    assert!(table(&server, &["user", "list"]).is_empty());
    assert!(!is_on_disk(&server, "my words"));
    let status = server.command_error(&["status"]);
    assert!(status.contains("no server is running"), "{status}");
    let server = server.start_again();
    let mut anna = Client::sign_in(&server, "Anna").await;
    assert_eq!(anna.join("tea").await.seq, 0);
}

#[tokio::test]
async fn the_status_of_a_server_is_shown() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "hello").await;
    let status = table(&server, &["status"]);
    let value = |name: &str| {
        let line = status.iter().find(|line| line[0] == name);
        line.expect(name)[1].clone()
    };
    assert_eq!(value("version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(value("health"), "ready");
    for (name, expected) in [("connections", 1), ("users-online", 1), ("messages", 1)] {
        assert_eq!(value(name), expected.to_string(), "{name}");
    }
    assert_eq!(value("rooms"), "2", "with the room of announcements");
    for name in ["uptime-seconds", "data-bytes", "free-disk-bytes"] {
        value(name).parse::<u64>().expect(name);
    }
    assert_ne!(value("data-bytes"), "0");
}

#[tokio::test]
async fn messages_on_their_way_do_not_bring_a_removed_room_back() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "spam").await;
    anna.post("spam", "first", "hello").await;
    let frames = (0..500).map(|n| {
        let frame = json!({"type": "room", "to": "spam", "id": n.to_string(), "text": "more"});
        frame.to_string()
    });
    anna.send_text(&frames.collect::<Vec<_>>().join("\n")).await;
    server.command_output(&["room", "remove", "--room", "spam"]);
    until_removed(&mut anna, "spam").await;
    anna.frames_so_far().await;
    let rooms = table(&server, &["room", "list"]);
    assert!(rooms.iter().all(|line| line[0] != "spam"), "{rooms:?}");
}

#[tokio::test]
async fn removed_words_are_gone_from_the_disk_while_the_server_runs() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    for n in 1..=3 {
        anna.post("tea", &n.to_string(), "a secret of mine").await;
    }
    server.command_output(&["message", "remove", "--room", "tea", "--seq", "2"]);
    server.command_output(&["room", "remove", "--room", "tea"]);
    while is_on_disk(&server, "a secret of mine") {}
}
