//! Typing: sent to the users of the room, throttled, and never stored.

use std::time::Instant;

use protocol::{Code, ServerFrame, frame, limits};
use serde_json::{Value, json};

use crate::{client::Client, presence::next_presence, server::Server};

fn typing(room: &str) -> Value {
    json!({"type": "typing", "room": room})
}

/// The `typing` frames among these: room and names.
fn typing_frames(frames: &[ServerFrame]) -> Vec<(&str, &[String])> {
    let typing = frames.iter().filter_map(|frame| match frame {
        ServerFrame::Typing(frame::Typing { room, names }) => {
            Some((room.as_str(), names.as_slice()))
        }
        _ => None,
    });
    typing.collect()
}

/// Reads until the next `typing`.
async fn next_typing(client: &mut Client) -> (String, Vec<String>) {
    client
        .until(|frame| match frame {
            ServerFrame::Typing(frame::Typing { room, names }) => {
                Some((room.clone(), names.clone()))
            }
            _ => None,
        })
        .await
}

/// Lets a new user join the room. Returns the frames that the client receives until it knows of the
/// join, which includes everything that was batched before.
async fn frames_until_joined(
    client: &mut Client,
    server: &Server,
    nickname: &str,
) -> Vec<ServerFrame> {
    let _user = Client::in_room(server, nickname, "Tea").await;
    let mut frames = Vec::new();
    loop {
        match client.next().await {
            ServerFrame::Presence(frame::Presence { joined, .. })
                if joined.iter().any(|name| name == nickname) =>
            {
                frames.extend(client.frames_so_far().await);
                return frames;
            }
            frame => frames.push(frame),
        }
    }
}

#[tokio::test]
async fn typing_is_sent_to_its_room_only() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let mut ben = Client::in_room(&server, "Ben", "Tea").await;
    let mut carl = Client::in_room(&server, "Carl", "coffee").await;
    anna.send(typing("tea")).await;
    let expected = ("Tea".to_owned(), vec!["Anna".to_owned()]);
    assert_eq!(next_typing(&mut ben).await, expected);
    // All users in the room receive the same frame, including the one who types.
    assert_eq!(next_typing(&mut anna).await, expected);
    assert_eq!(typing_frames(&carl.frames_so_far().await), []);
    let mut dora = Client::sign_in(&server, "Dora").await;
    let joined = dora.join("Tea").await;
    assert_eq!(
        (joined.seq, joined.messages.len()),
        (0, 0),
        "typing is not stored"
    );
}

#[tokio::test]
async fn private_typing_is_sent_to_the_other_user_only() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let mut annas_phone = Client::sign_in_with_token(&server, &anna.token).await;
    let mut ben = Client::in_room(&server, "Ben", "Tea").await;
    let mut bens_phone = Client::sign_in_with_token(&server, &ben.token).await;
    let mut carl = Client::in_room(&server, "Carl", "Tea").await;
    let room = anna.send_direct("Ben", "1", "a moment").await.room;
    anna.send(typing(&room)).await;
    let expected = (room, vec!["Anna".to_owned()]);
    assert_eq!(next_typing(&mut ben).await, expected);
    assert_eq!(next_typing(&mut bens_phone).await, expected);
    for client in [&mut anna, &mut annas_phone, &mut carl] {
        assert_eq!(typing_frames(&client.frames_so_far().await), []);
    }
}

#[tokio::test]
async fn repeated_typing_is_sent_once() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let mut ben = Client::in_room(&server, "Ben", "Tea").await;
    for _ in 0..5 {
        anna.send(typing("Tea")).await;
    }
    next_typing(&mut ben).await;
    let frames = frames_until_joined(&mut ben, &server, "Carl").await;
    assert_eq!(typing_frames(&frames), []);
    // Each room is throttled separately.
    let room = anna.send_direct("Ben", "1", "a moment").await.room;
    for _ in 0..5 {
        anna.send(typing(&room)).await;
    }
    anna.send_direct("Ben", "2", "here I am").await;
    let frames = ben.frames_so_far().await;
    assert_eq!(
        typing_frames(&frames),
        [(room.as_str(), &["Anna".to_owned()][..])]
    );
}

#[tokio::test]
async fn continued_typing_is_sent_again_after_three_seconds_and_not_before() {
    let server = Server::start();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let room = anna
        .send_direct("Ben", "1", "this takes a while")
        .await
        .room;
    let start = Instant::now();
    let mut received = 0;
    while received < 2 {
        anna.send(typing(&room)).await;
        anna.frames_so_far().await;
        received += typing_frames(&ben.frames_so_far().await).len();
    }
    let passed = start.elapsed();
    assert!(passed >= limits::TYPING_EVERY, "{passed:?}");
}

#[tokio::test]
async fn at_most_three_typing_users_are_named() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let mut crowd = Vec::new();
    for n in 1..=5 {
        crowd.push(Client::in_room(&server, &format!("Guest {n}"), "Tea").await);
    }
    // Changes right after a presence frame are batched.
    while next_presence(&mut anna).await.2 < 6 {}
    for guest in &mut crowd {
        guest.send(typing("Tea")).await;
    }
    for guest in &mut crowd {
        guest.frames_so_far().await;
    }
    let frames = frames_until_joined(&mut anna, &server, "Carl").await;
    let typing = typing_frames(&frames);
    assert!(!typing.is_empty());
    for (_, names) in typing {
        assert!((1..=limits::TYPERS).contains(&names.len()), "{names:?}");
    }
}

#[tokio::test]
async fn typing_in_rooms_of_others_is_refused() {
    let server = Server::start();
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
    assert_eq!(typing_frames(&anna.frames_so_far().await), []);
}

#[tokio::test]
async fn typing_frames_above_the_rate_limit_are_ignored_without_a_refusal() {
    let server = Server::start();
    let mut carl = Client::sign_in(&server, "Carl").await;
    let start = Instant::now();
    // Carl has not joined this room, so each frame that is not ignored is answered.
    for _ in 0..2 * limits::EPHEMERAL_BURST {
        carl.send(typing("Tea")).await;
    }
    let frames = carl.frames_so_far().await;
    assert!(frames.iter().all(|frame| matches!(
        frame,
        ServerFrame::Error(frame::Error {
            code: Code::NotInRoom,
            ..
        })
    )));
    let (burst, rate) = (limits::EPHEMERAL_BURST, limits::EPHEMERAL_PER_SECOND);
    let allowed = f64::from(burst) + f64::from(rate) * start.elapsed().as_secs_f64() + 1.0;
    let answered = frames.len() as f64;
    assert!(
        answered >= f64::from(burst) && answered <= allowed,
        "{answered} of {allowed}"
    );
}
