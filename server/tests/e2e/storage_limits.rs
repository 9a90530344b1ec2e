//! Limits for the data directory: a full server refuses messages with a reason, loses nothing, lets
//! users and the operator make room, and recovers by itself.

use protocol::{Code, ServerFrame, frame};
use serde_json::json;

use crate::{api_client::ApiClient, browser::Browser, client::Client, server::Server};

/// Sends messages to the room until one is refused. Returns the ids of those that were stored, the
/// id that was refused, and the refusal.
async fn fill(client: &mut Client, room: &str) -> (Vec<String>, String, frame::Error) {
    let text = "x".repeat(4_000);
    let mut stored = Vec::new();
    loop {
        let id = format!("{room} {}", stored.len());
        client
            .send(json!({"type": "room", "to": room, "id": id, "text": text}))
            .await;
        let answer = client.until(|frame| match frame {
            ServerFrame::Message(message) if message.id == id => Some(Ok(())),
            ServerFrame::Error(error) => Some(Err(error.clone())),
            _ => None,
        });
        match answer.await {
            Ok(()) => stored.push(id),
            Err(refusal) => return (stored, id, refusal),
        }
    }
}

async fn ready(server: &Server) -> (u16, String) {
    let page = Browser::new(server).get("/readyz").await;
    (page.status.as_u16(), page.body)
}

#[tokio::test]
async fn a_full_server_refuses_messages_and_recovers_when_room_is_made() {
    let options = ["--messages-per-second", "0", "--max-storage", "1MB"];
    let server = Server::with(&options);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let bot = server.create_bot("builder", "post,read");
    let mut carl = Browser::new(&server);
    carl.sign_in("Carl", "tea").await;
    let (stored, refused, refusal) = fill(&mut anna, "tea").await;
    assert_eq!(refusal.code, Code::StorageFull);
    assert!(refusal.message.contains("storage is full"), "{refusal:?}");
    assert!(
        refusal.retry_after_ms.is_some(),
        "the refusal says when to retry"
    );
    println!(
        "storage_limits: {} messages went into a megabyte",
        stored.len()
    );
    assert!(stored.len() > 50);

    // What is stored is answered again, over any interface; nothing new is stored.
    let first = json!({"type": "room", "to": "tea", "id": stored[0], "text": "x".repeat(4_000)});
    anna.send(first).await;
    assert_eq!(anna.until_echo(&stored[0]).await.seq, 1);
    let message = json!({"text": "hello"});
    let answer = bot.post("/api/v1/rooms/tea/messages", &message).await;
    assert_eq!(answer.refusal(), (507, "storage_full"));
    assert!(answer.retry_after.is_some());
    let direct = json!({"type": "private", "to": "Anna", "id": "d", "text": "hello"});
    assert_eq!(ben.expect_refusal(direct).await.0, Code::StorageFull);
    assert_eq!(
        ready(&server).await,
        (200, "the storage is full\n".to_owned()),
        "a proxy keeps the server"
    );
    assert!(
        server
            .command_output(&["status"])
            .contains("the storage is full")
    );
    // Reading, read markers, deletions and sessions go on. A new user would be stored for good.
    ben.send(json!({"type": "read", "room": "tea", "seq": 7}))
        .await;
    let read = ben.until(|frame| match frame {
        ServerFrame::Read(read) => Some(read.seq),
        _ => None,
    });
    assert_eq!(read.await, 7);
    server.command_output(&["message", "remove", "--room", "tea", "--seq", "1"]);
    let login = json!({"type": "login", "nickname": "Dora"});
    let mut dora = Client::connect(&server).await;
    assert_eq!(dora.expect_refusal(login).await.0, Code::StorageFull);
    let form = [("nickname", "Emil"), ("room", "tea")];
    let page = Browser::new(&server).post("/", &form).await;
    assert_eq!(page.status, 507);
    assert!(page.body.contains("storage is full"));
    assert_eq!(carl.get("/rooms/tea").await.status, 200);
    carl.post("/sign-out", &[]).await;
    assert!(carl.cookies.is_empty());

    // Room is made, and the server notices without a new message.
    server.command_output(&["room", "remove", "--room", "tea"]);
    while ready(&server).await != (200, "ready\n".to_owned()) {}
    let mut other = Client::in_room(&server, "Dora", "cake").await;
    assert_eq!(other.post("cake", "1", "there is space").await.seq, 1);
    anna.join("tea").await;
    let resent = anna.post("tea", &refused, &"x".repeat(4_000)).await;
    assert_eq!(resent.seq, 1);
    // The freed pages are used again: as many messages as before have space.
    let (again, ..) = fill(&mut anna, "tea").await;
    assert!(
        again.len() > stored.len() / 2,
        "{} of {}",
        again.len(),
        stored.len()
    );
}

#[tokio::test]
async fn a_limit_that_is_raised_at_a_restart_lets_messages_in_again() {
    let server = Server::with(&["--messages-per-second", "0", "--max-storage", "500KB"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let (stored, refused, _) = fill(&mut anna, "tea").await;
    let server = server.kill_and_restart();
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    anna.join("tea").await;
    let message = json!({"type": "room", "to": "tea", "id": refused, "text": "y"});
    assert_eq!(
        anna.expect_refusal(message).await.0,
        Code::StorageFull,
        "from the start"
    );
    let server = server.restart_with(&["--messages-per-second", "0"]);
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    anna.join("tea").await;
    assert_eq!(
        anna.post("tea", &refused, "y").await.seq,
        stored.len() as u64 + 1
    );
}

#[tokio::test]
async fn messages_are_refused_while_too_little_of_the_disk_is_free() {
    let server = Server::start();
    let anna = Client::sign_in(&server, "Anna").await;
    // No disk has this much free space.
    let server = server.restart_with(&["--min-free-disk", "1000000TB"]);
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    anna.join("tea").await;
    let message = json!({"type": "room", "to": "tea", "id": "1", "text": "hello"});
    assert_eq!(anna.expect_refusal(message).await.0, Code::StorageFull);
    let hook = ["incoming", "create", "--name", "alerts", "--room", "tea"];
    let hook = server.command_output(&hook);
    let path = &hook[hook.find("/hooks/").expect("a path")..];
    let tool = ApiClient::new(&server, "");
    let answer = tool.post(path, &json!({"text": "hello"})).await;
    assert_eq!(answer.refusal(), (507, "storage_full"));
    assert!(server.logs().is_empty());
    let server = server.restart_with(&["--min-free-disk", "0"]);
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    anna.join("tea").await;
    assert_eq!(anna.post("tea", "1", "hello").await.seq, 1);
}
