//! Read markers: the same on every socket of a user, and stored across restarts.

use protocol::{Code, ServerFrame, frame, limits, number};
use serde_json::{Value, json};

use crate::{browser::Browser, client::Client, private_conversations::directs, server::Server};

fn read(room: &str, seq: u64) -> Value {
    json!({"type": "read", "room": room, "seq": seq})
}

/// The `read` frames among these: room and number.
fn reads(frames: &[ServerFrame]) -> Vec<(&str, u64)> {
    let reads = frames.iter().filter_map(|frame| match frame {
        ServerFrame::Read(frame::Read { room, seq, .. }) => Some((room.as_str(), *seq)),
        _ => None,
    });
    reads.collect()
}

/// Reads until the next `read`.
async fn next_read(client: &mut Client) -> (String, u64) {
    client
        .until(|frame| match frame {
            ServerFrame::Read(frame::Read { room, seq, .. }) => Some((room.clone(), *seq)),
            _ => None,
        })
        .await
}

/// Sends a frame that the server must refuse. Returns the code and the room.
async fn refused(client: &mut Client, frame: Value) -> (Code, Option<String>) {
    client.send(frame).await;
    client
        .until(|frame| match frame {
            ServerFrame::Error(frame::Error { code, room, .. }) => Some((*code, room.clone())),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_read_marker_is_sent_to_all_sockets_of_its_user_and_to_nobody_else() {
    let server = Server::start();
    let mut ben = Client::in_room(&server, "Ben", "Tea").await;
    for n in 1..=3 {
        ben.post("Tea", &n.to_string(), "hi").await;
    }
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    // All sockets of a user receive it, whether they have joined the room or not.
    let mut annas_phone = Client::sign_in_with_token(&server, &anna.token).await;
    anna.send(read("tea", 2)).await;
    assert_eq!(reads(&anna.frames_so_far().await), [("Tea", 2)]);
    assert_eq!(next_read(&mut annas_phone).await, ("Tea".to_owned(), 2));
    // A marker never moves back, is not sent twice, and stops at the newest message.
    anna.send(read("Tea", 1)).await;
    anna.send(read("Tea", 2)).await;
    assert_eq!(reads(&anna.frames_so_far().await), []);
    anna.send(read("Tea", number::MAX)).await;
    assert_eq!(reads(&anna.frames_so_far().await), [("Tea", 3)]);
    assert_eq!(next_read(&mut annas_phone).await, ("Tea".to_owned(), 3));
    assert_eq!(annas_phone.join("Tea").await.read, Some(3));
    assert_eq!(reads(&ben.frames_so_far().await), []);
    assert_eq!(ben.join("Tea").await.read, None, "Ben has no marker");
}

#[tokio::test]
async fn read_markers_survive_sigkill_and_come_with_the_room() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    browser.sign_in("Anna", "tea").await;
    let (mut anna, _) = browser.socket(&server, "/ws").await;
    anna.join("tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    for n in 1..=3 {
        ben.post("tea", &n.to_string(), "hi").await;
    }
    let direct = ben.send_direct("Anna", "4", "between us").await.room;
    ben.send_direct("Anna", "5", "still").await;
    assert_eq!(directs(&mut anna).await[0].read, 0, "Anna has no marker");
    anna.send(read("tea", 2)).await;
    anna.send(read(&direct, 1)).await;
    assert_eq!(
        reads(&anna.frames_so_far().await),
        [("tea", 2), (&direct, 1)]
    );
    let cookies = browser.cookies.clone();
    let server = server.kill_and_restart();
    let mut browser = Browser::new(&server);
    browser.cookies = cookies;
    let page = browser.get("/rooms/tea").await;
    assert!(
        page.body.contains(r#"\"read\":{\"seq\":2,"#),
        "in the initial data"
    );
    let (mut anna, _) = browser.socket(&server, "/ws").await;
    assert_eq!(anna.join("tea").await.read, Some(2));
    assert_eq!(anna.join(&direct).await.read, Some(1));
    let lines = directs(&mut anna).await;
    assert_eq!((lines[0].seq, lines[0].read), (2, 1));
    let mut ben = Client::sign_in_with_token(&server, &ben.token).await;
    assert_eq!(directs(&mut ben).await[0].read, 0, "Ben has no marker");
}

#[tokio::test]
async fn a_read_marker_is_kept_after_signing_in_again() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "hi").await;
    anna.send(read("tea", 1)).await;
    next_read(&mut anna).await;
    let token = anna.token.clone();
    drop(anna);
    let mut anna = Client::sign_in_with_token(&server, &token).await;
    assert_eq!(anna.join("tea").await.read, Some(1));
}

#[tokio::test]
async fn messages_sent_in_the_same_text_message_can_be_marked_as_read() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let lines = [
        json!({"type": "room", "to": "tea", "id": "1", "text": "one"}),
        json!({"type": "room", "to": "tea", "id": "2", "text": "two"}),
        read("tea", 2),
        json!({"type": "room", "to": "tea", "id": "3", "text": "three"}),
        read("tea", 9),
        json!({"type": "join", "room": "tea", "after": 3}),
    ];
    anna.send_text(&lines.map(|line| line.to_string()).join("\n"))
        .await;
    let mut received = Vec::new();
    while received.len() < 6 {
        match anna.next().await {
            ServerFrame::Message(message) => received.push(message.text().to_owned()),
            ServerFrame::Read(frame::Read { seq, .. }) => received.push(format!("read {seq}")),
            ServerFrame::Joined(frame::Joined { read, .. }) => {
                received.push(format!("joined {read:?}"))
            }
            _ => {}
        }
    }
    assert_eq!(
        received,
        ["one", "two", "read 2", "three", "read 3", "joined Some(3)"]
    );
}

#[tokio::test]
async fn read_markers_in_rooms_of_others_are_refused() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    anna.post("tea", "1", "hi").await;
    let theirs = anna.send_direct("Ben", "2", "hush").await.room;
    let mut carl = Client::sign_in(&server, "Carl").await;
    let nowhere = format!("@{}", "0".repeat(32));
    for room in ["tea", "no/room", &theirs, &nowhere] {
        let refused = refused(&mut carl, read(room, 1)).await;
        assert_eq!(refused, (Code::NotInRoom, Some(room.to_owned())));
    }
    assert_eq!(carl.join("tea").await.read, None);
    // The users of a private conversation need not join it. A room without messages has no marker.
    ben.send(read(&theirs, 1)).await;
    assert_eq!(next_read(&mut ben).await, (theirs, 1));
    ben.join("coffee").await;
    ben.send(read("coffee", 1)).await;
    assert_eq!(reads(&ben.frames_so_far().await), []);
}

#[tokio::test]
async fn sending_read_markers_too_fast_is_refused_with_retry_after() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "hi").await;
    let start = std::time::Instant::now();
    for _ in 0..2 * limits::EPHEMERAL_BURST {
        anna.send(read("tea", 1)).await;
    }
    let frames = anna.frames_so_far().await;
    let refused = frames.iter().filter_map(|frame| match frame {
        ServerFrame::Error(frame::Error {
            code,
            room,
            retry_after_ms,
            ..
        }) => Some((*code, room.as_deref(), retry_after_ms.is_some())),
        _ => None,
    });
    let refused: Vec<_> = refused.collect();
    let expected = (Code::TooFast, Some("tea"), true);
    assert!(refused.iter().all(|refused| *refused == expected));
    let allowed = f64::from(limits::EPHEMERAL_BURST)
        + f64::from(limits::EPHEMERAL_PER_SECOND) * start.elapsed().as_secs_f64();
    let accepted = 2.0 * f64::from(limits::EPHEMERAL_BURST) - refused.len() as f64;
    assert!(accepted <= allowed + 1.0, "{accepted} of {allowed}");
    // Messages have a separate rate limit.
    anna.post("tea", "2", "still here").await;
}

#[tokio::test]
async fn a_failed_write_drops_a_read_marker_silently_and_it_can_be_sent_again() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "hi").await;
    // A real fault: another connection locks the database for longer than the writer waits.
    let other = rusqlite::Connection::open(server.data().join("parlor.db")).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    anna.send(read("tea", 1)).await;
    let frames = anna.frames_so_far().await;
    let answers = frames.iter().filter(|frame| {
        matches!(
            frame,
            ServerFrame::Read(frame::Read { .. }) | ServerFrame::Error(frame::Error { .. })
        )
    });
    assert_eq!(answers.count(), 0);
    other
        .execute_batch("ROLLBACK")
        .expect("the lock is released");
    anna.send(read("tea", 1)).await;
    assert_eq!(next_read(&mut anna).await, ("tea".to_owned(), 1));
}
