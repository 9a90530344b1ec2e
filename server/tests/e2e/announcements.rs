//! Announcements: every connected user receives them at once, users who connect later receive the
//! newest one, and only announcers can post to their room.

use protocol::{Code, ServerFrame, limits::ANNOUNCEMENTS};
use serde_json::json;

use crate::{client::Client, server::Server};

#[tokio::test]
async fn an_announcement_reaches_every_connection_and_later_ones_until_it_is_read() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::in_room(&server, "Ben", ANNOUNCEMENTS).await;
    let announcer = server.create_bot("crier", "announce");
    let message = json!({"text": "The server closes at ten.", "id": "ten"});
    let stored = announcer.post("/api/v1/announce", &message).await.ok();
    assert_eq!(stored["room"], ANNOUNCEMENTS);
    for user in [&mut anna, &mut ben] {
        let received = user.next_message().await;
        assert_eq!((received.room.as_str(), received.seq), (ANNOUNCEMENTS, 1));
        assert!(user.frames_so_far().await.is_empty(), "once");
    }
    let again = announcer.post("/api/v1/announce", &message).await.ok();
    assert_eq!(again, stored);
    let mut carl = Client::sign_in(&server, "Carl").await;
    assert_eq!(
        carl.next_message().await.text(),
        "The server closes at ten."
    );
    anna.send(json!({"type": "read", "room": ANNOUNCEMENTS, "seq": 1}))
        .await;
    anna.frames_so_far().await;
    let server = server.stop_and_restart();
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    assert!(anna.frames_so_far().await.is_empty(), "she has read it");
    let mut carl = Client::sign_in_with_token(&server, &carl.token).await;
    assert_eq!(carl.next_message().await.seq, 1, "he has not");
    // The history can be read without joining the room.
    carl.send(json!({"type": "history", "room": ANNOUNCEMENTS}))
        .await;
    let page = carl.until(|frame| match frame {
        ServerFrame::History(page) => Some(page.messages.len()),
        _ => None,
    });
    assert_eq!(page.await, 1);
}

#[tokio::test]
async fn posting_and_playing_in_the_announcements_room_is_refused() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", ANNOUNCEMENTS).await;
    let message = json!({"type": "room", "to": "Announcements", "text": "hi"});
    assert_eq!(anna.expect_refusal(message).await.0, Code::ReadOnly);
    let game =
        json!({"type": "game", "to": ANNOUNCEMENTS, "act": {"invite": {"game": "tic_tac_toe"}}});
    assert_eq!(anna.expect_refusal(game).await.0, Code::ReadOnly);
    let bot = server.create_bot("bot", "post,read");
    let path = format!("/api/v1/rooms/{ANNOUNCEMENTS}/messages");
    let answer = bot.post(&path, &json!({"text": "hi"})).await;
    assert_eq!(answer.refusal(), (403, "read_only"));
    let answer = bot.post("/api/v1/announce", &json!({"text": "hi"})).await;
    assert_eq!(answer.refusal(), (403, "not_allowed"));
    let hook = ["incoming", "create", "--name", "x", "--room", ANNOUNCEMENTS];
    assert!(server.command_error(&hook).contains("announcements"));
}

#[tokio::test]
async fn names_that_look_like_the_announcements_room_are_refused() {
    let server = Server::start();
    let mut eve = Client::sign_in(&server, "Eve").await;
    for (name, why) in [
        ("announcernents", Code::RoomNameTaken),
        ("ANN0UNCEMENTS", Code::RoomNameTaken),
        ("ann\u{43e}uncements", Code::RoomNameTaken),
    ] {
        let join = json!({"type": "join", "room": name});
        assert_eq!(eve.expect_refusal(join).await.0, why, "{name}");
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
    let announcer = server.create_bot("crier", "announce");
    announcer
        .post("/api/v1/announce", &json!({"text": "Hello"}))
        .await
        .ok();
    assert_eq!(eve.next_message().await.room, ANNOUNCEMENTS);
}
