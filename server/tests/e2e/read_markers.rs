//! What one has read, on whichever socket and however often the server is opened anew.

use protocol::{Code, ServerFrame, frame, limits, number};
use serde_json::{Value, json};

use crate::{browser::Browser, client::Client, private_conversations::directs, server::Server};

fn read(room: &str, seq: u64) -> Value {
    json!({"type": "read", "room": room, "seq": seq})
}

/// Each `read` among these frames: the room and the number.
fn reads(frames: &[ServerFrame]) -> Vec<(&str, u64)> {
    let reads = frames.iter().filter_map(|frame| match frame {
        ServerFrame::Read(frame::Read { room, seq, .. }) => Some((room.as_str(), *seq)),
        _ => None,
    });
    reads.collect()
}

/// Reads on to the next `read`.
async fn next_read(client: &mut Client) -> (String, u64) {
    client
        .until(|frame| match frame {
            ServerFrame::Read(frame::Read { room, seq, .. }) => Some((room.clone(), *seq)),
            _ => None,
        })
        .await
}

/// Sends a frame that should be refused; returns the code and the room.
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
async fn what_is_read_on_one_socket_is_read_on_the_other_and_nobody_else_is_told() {
    let server = Server::open();
    let mut ben = Client::in_room(&server, "Ben", "Tea").await;
    for n in 1..=3 {
        ben.post("Tea", &n.to_string(), "hi").await;
    }
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    // All sockets of a user are told, whether they are in the room or not.
    let mut annas_phone = Client::sign_in_with_token(&server, &anna.token).await;
    anna.send(read("tea", 2)).await;
    assert_eq!(reads(&anna.frames_so_far().await), [("Tea", 2)]);
    assert_eq!(next_read(&mut annas_phone).await, ("Tea".to_owned(), 2));
    // Never back, no second time, and no further than the newest message.
    anna.send(read("Tea", 1)).await;
    anna.send(read("Tea", 2)).await;
    assert_eq!(reads(&anna.frames_so_far().await), []);
    anna.send(read("Tea", number::MAX)).await;
    assert_eq!(reads(&anna.frames_so_far().await), [("Tea", 3)]);
    assert_eq!(next_read(&mut annas_phone).await, ("Tea".to_owned(), 3));
    assert_eq!(annas_phone.join("Tea").await.read, Some(3));
    assert_eq!(reads(&ben.frames_so_far().await), []);
    assert_eq!(ben.join("Tea").await.read, None, "Ben never said so");
}

#[tokio::test]
async fn what_is_read_outlives_a_kill_9_and_comes_with_the_room() {
    let server = Server::open();
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
    assert_eq!(directs(&mut anna).await[0].read, 0, "never said so");
    anna.send(read("tea", 2)).await;
    anna.send(read(&direct, 1)).await;
    assert_eq!(reads(&anna.frames_so_far().await), [("tea", 2), (&direct, 1)]);
    let cookies = browser.cookies.clone();
    let server = server.killed_and_reopened();
    let mut browser = Browser::new(&server);
    browser.cookies = cookies;
    let page = browser.get("/rooms/tea").await;
    assert!(
        page.body.contains(r#"\"read\":{\"seq\":2,"#),
        "with the first paint"
    );
    let (mut anna, _) = browser.socket(&server, "/ws").await;
    assert_eq!(anna.join("tea").await.read, Some(2));
    assert_eq!(anna.join(&direct).await.read, Some(1));
    let lines = directs(&mut anna).await;
    assert_eq!((lines[0].seq, lines[0].read), (2, 1));
    let mut ben = Client::sign_in_with_token(&server, &ben.token).await;
    assert_eq!(directs(&mut ben).await[0].read, 0, "Ben's own");
}

#[tokio::test]
async fn who_signs_in_again_has_read_what_was_read_before() {
    let server = Server::open();
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
async fn a_message_said_in_the_same_breath_can_be_read() {
    let server = Server::open();
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
    let mut told = Vec::new();
    while told.len() < 6 {
        match anna.next().await {
            ServerFrame::Message(message) => told.push(message.text),
            ServerFrame::Read(frame::Read { seq, .. }) => told.push(format!("read {seq}")),
            ServerFrame::Joined(frame::Joined { read, .. }) => {
                told.push(format!("joined {read:?}"))
            }
            _ => {}
        }
    }
    assert_eq!(
        told,
        ["one", "two", "read 2", "three", "read 3", "joined Some(3)"]
    );
}

#[tokio::test]
async fn nothing_is_read_where_one_is_not() {
    let server = Server::open();
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
    // Who is one of the two need not have joined; and where nothing was said, nothing is read.
    ben.send(read(&theirs, 1)).await;
    assert_eq!(next_read(&mut ben).await, (theirs, 1));
    ben.join("coffee").await;
    ben.send(read("coffee", 1)).await;
    assert_eq!(reads(&ben.frames_so_far().await), []);
}

#[tokio::test]
async fn who_reads_faster_than_anybody_can_is_told_to_wait() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "hi").await;
    let start = std::time::Instant::now();
    for _ in 0..2 * limits::ASIDES_BURST {
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
    let allowed = f64::from(limits::ASIDES_BURST)
        + f64::from(limits::ASIDES_PER_SECOND) * start.elapsed().as_secs_f64();
    let heeded = 2.0 * f64::from(limits::ASIDES_BURST) - refused.len() as f64;
    assert!(heeded <= allowed + 1.0, "{heeded} of {allowed}");
    // Messages have an allowance of their own.
    anna.post("tea", "2", "still here").await;
}

#[tokio::test]
async fn a_disk_that_refuses_loses_what_was_read_without_a_word_and_it_can_be_said_again() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "hi").await;
    // A real fault: somebody else holds the database for longer than the writer waits.
    let other = rusqlite::Connection::open(server.data().join("parlor.db")).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    anna.send(read("tea", 1)).await;
    let told = anna.frames_so_far().await;
    let told = told.iter().filter(|frame| {
        matches!(
            frame,
            ServerFrame::Read(frame::Read { .. }) | ServerFrame::Error(frame::Error { .. })
        )
    });
    assert_eq!(told.count(), 0);
    other
        .execute_batch("ROLLBACK")
        .expect("the lock given back");
    anna.send(read("tea", 1)).await;
    assert_eq!(next_read(&mut anna).await, ("tea".to_owned(), 1));
}
