//! Rooms that nobody uses expire, so that no address can use up the server's rooms for good.

use protocol::ServerFrame;

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

#[tokio::test]
async fn only_rooms_that_nobody_uses_expire() {
    let server = Server::with(&options(&SHORT));
    let mut mallory = Client::sign_in(&server, "Mallory").await;
    fill(
        &mut mallory,
        &[("one", 1), ("four", 4), ("five", 5), ("granted", 1)],
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
    // Nobody is in the rooms any more, and the grace period of a lost connection does not apply.
    for room in ["one", "four", "five", "granted", "ops", "hooked"] {
        mallory
            .send(serde_json::json!({"type": "leave", "room": room}))
            .await;
    }
    let kept = ["announcements", "five", "granted", "hooked", "ops", "used"];
    while rooms(&server) != kept {}
    // It is unused now.
    anna.send(serde_json::json!({"type": "leave", "room": "used"}))
        .await;
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
