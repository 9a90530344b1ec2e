//! Rooms that nobody uses expire, so that no address can use up the server's rooms for good.

use protocol::ServerFrame;
use serde_json::json;

use crate::{
    client::Client,
    outgoing_webhooks::{Receiver, outgoing},
    server::Server,
};

/// About a second.
const SHORT: [&str; 2] = ["--empty-room-hours", "0.0003"];

fn options(more: &[&'static str]) -> Vec<&'static str> {
    [&["--messages-per-second", "0"], more].concat()
}

/// The names in `parlor room list`.
fn rooms(server: &Server) -> Vec<String> {
    let list = server.command_output(&["room", "list"]);
    let names = list.lines().filter_map(|line| line.split('\t').next());
    names.map(str::to_owned).collect()
}

/// Creates rooms with so many messages in each, and leaves them.
async fn fill(client: &mut Client, rooms: &[(&str, usize)]) {
    for (room, messages) in rooms {
        client.join(room).await;
        for n in 0..*messages {
            client.post(room, &format!("{room} {n}"), "hello").await;
        }
    }
}

async fn leave(client: &mut Client, room: &str) {
    client.send(json!({"type": "leave", "room": room})).await;
}

/// When the room was used last, in milliseconds.
fn used_at(server: &Server, room: &str) -> i64 {
    let database = rusqlite::Connection::open(server.data().join("parlor.db"));
    let sql = "SELECT used_at FROM rooms WHERE name = ?1";
    let found = database
        .expect("a database")
        .query_row(sql, [room], |row| row.get(0));
    found.expect("a stored room")
}

#[tokio::test]
async fn only_rooms_that_nobody_uses_expire() {
    let server = Server::with(&options(&SHORT));
    let mut mallory = Client::sign_in(&server, "Mallory").await;
    fill(
        &mut mallory,
        &[("one", 1), ("four", 4), ("five", 4), ("granted", 1)],
    )
    .await;
    fill(&mut mallory, &[("ops", 1), ("hooked", 1)]).await;
    let grant = [
        "token", "create", "--name", "bot", "--may", "read", "--room", "granted",
    ];
    server.command_output(&grant);
    let receiver = Receiver::open(&[]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    server.command_output(&["incoming", "create", "--name", "hook", "--room", "Hooked"]);
    let mut anna = Client::in_room(&server, "Anna", "used").await;
    anna.post("used", "u", "hello").await;
    anna.join("five").await;
    anna.post("five", "a", "hello").await;
    leave(&mut anna, "five").await;
    // Nobody is in the rooms any more, and the grace period of a lost connection does not apply.
    for room in ["one", "four", "five", "granted", "ops", "hooked"] {
        leave(&mut mallory, room).await;
    }
    let kept = ["announcements", "five", "granted", "hooked", "ops", "used"];
    while rooms(&server) != kept {}
    // Being there is use as well.
    let joined = used_at(&server, "used");
    while used_at(&server, "used") == joined {
        tokio::task::yield_now().await;
    }
    // It is unused now.
    leave(&mut anna, "used").await;
    let left = anna.until(|frame| match frame {
        ServerFrame::Left(left) => Some(left.removed),
        _ => None,
    });
    assert!(!left.await);
    while rooms(&server).contains(&"used".to_owned()) {}
    // What was said in the others is deleted a moment later.
    while server.logs().len() > 4 {}
    let logs = server.logs();
    let kept: Vec<_> = logs.keys().collect();
    assert_eq!(kept, ["five", "granted", "hooked", "ops"]);
    // Its name is free, and it starts over.
    anna.join("one").await;
    assert_eq!(anna.post("one", "new", "hello").await.seq, 1);
}

#[tokio::test]
async fn unused_rooms_expire_after_a_restart_and_the_limit_can_be_switched_off() {
    let server = Server::with(&options(&["--empty-room-hours", "0"]));
    let mut mallory = Client::sign_in(&server, "Mallory").await;
    let names: Vec<String> = (0..10).map(|n| format!("room {n:02}")).collect();
    let filled: Vec<_> = names.iter().map(|name| (name.as_str(), 1)).collect();
    fill(&mut mallory, &filled).await;
    drop(mallory);
    let server = server.kill_and_restart();
    assert_eq!(rooms(&server).len(), 11, "0 is for never");
    let server = server.restart_with(&options(&SHORT));
    while rooms(&server).len() > 1 || !server.logs().is_empty() {}
}

#[tokio::test]
async fn a_room_in_which_only_one_person_has_written_expires_later() {
    // A room with few messages after 36 milliseconds, a monologue after about a second.
    let server = Server::with(&options(&["--empty-room-hours", "0.00001"]));
    let bot = server.create_bot("builder", "post");
    for n in 0..5 {
        let message = json!({"text": "The build passed.", "id": n.to_string()});
        bot.post("/api/v1/rooms/builds/messages", &message).await;
    }
    let mut mallory = Client::sign_in(&server, "Mallory").await;
    let filled = [("monologue", 5), ("talk", 4), ("long", 100)];
    fill(&mut mallory, &filled).await;
    let mut anna = Client::in_room(&server, "Anna", "talk").await;
    anna.post("talk", "a", "hello").await;
    leave(&mut anna, "talk").await;
    for (room, _) in filled {
        leave(&mut mallory, room).await;
    }
    let kept = ["announcements", "builds", "long", "talk"];
    while rooms(&server) != kept {}
    // Those that are older stay when another one goes.
    fill(&mut mallory, &[("again", 99)]).await;
    leave(&mut mallory, "again").await;
    while rooms(&server) != kept {}
}
