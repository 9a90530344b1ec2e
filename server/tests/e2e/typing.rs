//! Who is typing: told to those who see the room, not too often, and kept nowhere.

use std::time::Instant;

use protocol::{Code, ServerFrame, frame, limits};
use serde_json::{Value, json};

use crate::{client::Client, presence::presence, server::Server};

fn typing(room: &str) -> Value {
    json!({"type": "typing", "room": room})
}

/// Each `typing` among these frames: the room and the names.
fn typists(frames: &[ServerFrame]) -> Vec<(&str, &[String])> {
    let typists = frames.iter().filter_map(|frame| match frame {
        ServerFrame::Typing(frame::Typing { room, names }) => {
            Some((room.as_str(), names.as_slice()))
        }
        _ => None,
    });
    typists.collect()
}

/// Reads on to the next `typing`.
async fn next_typists(client: &mut Client) -> (String, Vec<String>) {
    client
        .until(|frame| match frame {
            ServerFrame::Typing(frame::Typing { room, names }) => {
                Some((room.clone(), names.clone()))
            }
            _ => None,
        })
        .await
}

/// Has somebody come into the room; returns what the client is told until it hears of that, and
/// with it everything that was being gathered before.
async fn told_until(client: &mut Client, server: &Server, newcomer: &str) -> Vec<ServerFrame> {
    let _newcomer = Client::in_room(server, newcomer, "Tea").await;
    let mut told = Vec::new();
    loop {
        match client.next().await {
            ServerFrame::Presence(frame::Presence { joined, .. })
                if joined.iter().any(|name| name == newcomer) =>
            {
                told.extend(client.frames_so_far().await);
                return told;
            }
            frame => told.push(frame),
        }
    }
}

#[tokio::test]
async fn who_is_typing_is_told_in_the_room_and_not_elsewhere() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let mut ben = Client::in_room(&server, "Ben", "Tea").await;
    let mut carl = Client::in_room(&server, "Carl", "coffee").await;
    anna.send(typing("tea")).await;
    let told = ("Tea".to_owned(), vec!["Anna".to_owned()]);
    assert_eq!(next_typists(&mut ben).await, told);
    // The same for all in the room, whoever it is that types.
    assert_eq!(next_typists(&mut anna).await, told);
    assert_eq!(typists(&carl.frames_so_far().await), []);
    let mut dora = Client::sign_in(&server, "Dora").await;
    let joined = dora.join("Tea").await;
    assert_eq!((joined.seq, joined.messages.len()), (0, 0), "kept nowhere");
}

#[tokio::test]
async fn in_private_only_the_other_one_is_told() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let mut annas_phone = Client::sign_in_with_token(&server, &anna.token).await;
    let mut ben = Client::in_room(&server, "Ben", "Tea").await;
    let mut bens_phone = Client::sign_in_with_token(&server, &ben.token).await;
    let mut carl = Client::in_room(&server, "Carl", "Tea").await;
    let room = anna.send_direct("Ben", "1", "a moment").await.room;
    anna.send(typing(&room)).await;
    let told = (room, vec!["Anna".to_owned()]);
    assert_eq!(next_typists(&mut ben).await, told);
    assert_eq!(next_typists(&mut bens_phone).await, told);
    for client in [&mut anna, &mut annas_phone, &mut carl] {
        assert_eq!(typists(&client.frames_so_far().await), []);
    }
}

#[tokio::test]
async fn who_repeats_it_at_once_is_told_of_once() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let mut ben = Client::in_room(&server, "Ben", "Tea").await;
    for _ in 0..5 {
        anna.send(typing("Tea")).await;
    }
    next_typists(&mut ben).await;
    let told = told_until(&mut ben, &server, "Carl").await;
    assert_eq!(typists(&told), []);
    // Each room has a time of its own.
    let room = anna.send_direct("Ben", "1", "a moment").await.room;
    for _ in 0..5 {
        anna.send(typing(&room)).await;
    }
    anna.send_direct("Ben", "2", "here I am").await;
    let told = ben.frames_so_far().await;
    assert_eq!(typists(&told), [(room.as_str(), &["Anna".to_owned()][..])]);
}

#[tokio::test]
async fn who_goes_on_typing_is_told_of_again_after_three_seconds_and_not_before() {
    let server = Server::open();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let room = anna.send_direct("Ben", "1", "this takes a while").await.room;
    let start = Instant::now();
    let mut told = 0;
    while told < 2 {
        anna.send(typing(&room)).await;
        anna.frames_so_far().await;
        told += typists(&ben.frames_so_far().await).len();
    }
    let passed = start.elapsed();
    assert!(passed >= limits::TYPING_EVERY, "{passed:?}");
}

#[tokio::test]
async fn of_many_who_type_at_once_three_are_named() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let mut crowd = Vec::new();
    for n in 1..=5 {
        crowd.push(Client::in_room(&server, &format!("Guest {n}"), "Tea").await);
    }
    // What happens right after something was told is gathered.
    while presence(&mut anna).await.2 < 6 {}
    for guest in &mut crowd {
        guest.send(typing("Tea")).await;
    }
    for guest in &mut crowd {
        guest.frames_so_far().await;
    }
    let told = told_until(&mut anna, &server, "Carl").await;
    let told = typists(&told);
    assert!(!told.is_empty());
    for (_, names) in told {
        assert!((1..=limits::TYPERS).contains(&names.len()), "{names:?}");
    }
}

#[tokio::test]
async fn nobody_types_where_one_is_not() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let _ben = Client::sign_in(&server, "Ben").await;
    let theirs = anna.send_direct("Ben", "1", "hush").await.room;
    let nowhere = format!("@{}", "0".repeat(32));
    let mut carl = Client::sign_in(&server, "Carl").await;
    for room in ["Tea", "no/room", &theirs, &nowhere] {
        carl.send(typing(room)).await;
        let refused = carl.until(|frame| match frame {
            ServerFrame::Error(frame::Error { code, room, .. }) => Some((*code, room.clone())),
            _ => None,
        });
        assert_eq!(refused.await, (Code::NotInRoom, Some(room.to_owned())));
    }
    assert_eq!(typists(&anna.frames_so_far().await), []);
}

#[tokio::test]
async fn who_types_far_too_fast_is_not_heeded_and_not_refused() {
    let server = Server::open();
    let mut carl = Client::sign_in(&server, "Carl").await;
    let start = Instant::now();
    // Somewhere where Carl is not, so that each one that is heeded is answered.
    for _ in 0..2 * limits::ASIDES_BURST {
        carl.send(typing("Tea")).await;
    }
    let told = carl.frames_so_far().await;
    assert!(told.iter().all(|frame| matches!(
        frame,
        ServerFrame::Error(frame::Error {
            code: Code::NotInRoom,
            ..
        })
    )));
    let (burst, rate) = (limits::ASIDES_BURST, limits::ASIDES_PER_SECOND);
    let allowed = f64::from(burst) + f64::from(rate) * start.elapsed().as_secs_f64() + 1.0;
    let heeded = told.len() as f64;
    assert!(
        heeded >= f64::from(burst) && heeded <= allowed,
        "{heeded} of {allowed}"
    );
}
