//! Announcements: everybody hears them at once, whoever comes later hears the newest, and nobody else
//! speaks in their room.

use protocol::{Code, ServerFrame, limits::ANNOUNCEMENTS};
use serde_json::json;

use crate::{client::Client, server::Server};

#[tokio::test]
async fn everybody_who_is_connected_hears_it_and_who_comes_later_too_until_it_is_read() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::in_room(&server, "Ben", ANNOUNCEMENTS).await;
    let crier = server.bot("crier", "announce");
    let say = json!({"text": "The server closes at ten.", "id": "ten"});
    let stored = crier.post("/api/v1/announce", &say).await.ok();
    assert_eq!(stored["room"], ANNOUNCEMENTS);
    for user in [&mut anna, &mut ben] {
        let heard = user.next_message().await;
        assert_eq!((heard.room.as_str(), heard.seq), (ANNOUNCEMENTS, 1));
        assert!(user.frames_so_far().await.is_empty(), "once");
    }
    let again = crier.post("/api/v1/announce", &say).await.ok();
    assert_eq!(again, stored);
    let mut carl = Client::sign_in(&server, "Carl").await;
    assert_eq!(carl.next_message().await.text, "The server closes at ten.");
    anna.send(json!({"type": "read", "room": ANNOUNCEMENTS, "seq": 1}))
        .await;
    anna.frames_so_far().await;
    let server = server.stopped_and_reopened();
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    assert!(anna.frames_so_far().await.is_empty(), "she has read it");
    let mut carl = Client::sign_in_with_token(&server, &carl.token).await;
    assert_eq!(carl.next_message().await.seq, 1, "he has not");
    // Without being there one may read what is older.
    carl.send(json!({"type": "history", "room": ANNOUNCEMENTS}))
        .await;
    let page = carl.until(|frame| match frame {
        ServerFrame::History(page) => Some(page.messages.len()),
        _ => None,
    });
    assert_eq!(page.await, 1);
}

#[tokio::test]
async fn nobody_else_speaks_or_plays_where_announcements_stand() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", ANNOUNCEMENTS).await;
    let say = json!({"type": "room", "to": "Announcements", "text": "hi"});
    assert_eq!(anna.expect_refusal(say).await.0, Code::ReadOnly);
    let game =
        json!({"type": "game", "to": ANNOUNCEMENTS, "act": {"invite": {"game": "tic_tac_toe"}}});
    assert_eq!(anna.expect_refusal(game).await.0, Code::ReadOnly);
    let bot = server.bot("bot", "post,read");
    let path = format!("/api/v1/rooms/{ANNOUNCEMENTS}/messages");
    let answer = bot.post(&path, &json!({"text": "hi"})).await;
    assert_eq!(answer.refusal(), (403, "read_only"));
    let answer = bot.post("/api/v1/announce", &json!({"text": "hi"})).await;
    assert_eq!(answer.refusal(), (403, "not_allowed"));
    let hook = ["incoming", "create", "--name", "x", "--room", ANNOUNCEMENTS];
    assert!(server.not_told(&hook).contains("announcements"));
}

#[tokio::test]
async fn nobody_can_take_their_rooms_name_or_one_that_looks_the_same() {
    let server = Server::open();
    let mut eve = Client::sign_in(&server, "Eve").await;
    for name in ["announcernents", "ann\u{43e}uncements"] {
        let join = json!({"type": "join", "room": name});
        assert_eq!(eve.expect_refusal(join).await.0, Code::RoomNameTaken, "{name}");
    }
    let joined = eve.join("ANNOUNCEMENTS").await;
    assert_eq!(joined.room, ANNOUNCEMENTS);
    eve.send(json!({"type": "leave", "room": ANNOUNCEMENTS}))
        .await;
    eve.send(json!({"type": "rooms"})).await;
    let rooms = eve.until(|frame| match frame {
        ServerFrame::Rooms(rooms) => Some(rooms.rooms.clone()),
        _ => None,
    });
    assert!(
        rooms.await.iter().all(|line| line.online > 0),
        "an empty one is not listed"
    );
    let crier = server.bot("crier", "announce");
    crier
        .post("/api/v1/announce", &json!({"text": "Hello"}))
        .await
        .ok();
    assert_eq!(eve.next_message().await.room, ANNOUNCEMENTS);
}
