//! Rooms and their messages: sending, joining, history, and the list of rooms.

use protocol::{RoomLine, ServerFrame, frame};
use serde_json::{Value, json};

use crate::{
    client::{Client, texts},
    presence::until_online_count,
    server::Server,
};

#[tokio::test]
async fn messages_reach_everyone_in_their_room_and_nobody_in_another() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let mut carl = Client::in_room(&server, "Carl", "coffee").await;
    let sent = anna.post("tea", "a1", "Good morning, Ben").await;
    assert_eq!((sent.seq, sent.from.as_str()), (1, "Anna"));
    assert_eq!(ben.next_message().await, sent);
    let answered = ben.post("tea", "b1", "Good morning, Anna").await;
    assert_eq!(anna.next_message().await, answered);
    assert_eq!(answered.seq, 2);
    let frames = carl.frames_so_far().await;
    assert!(
        !frames.iter().any(|f| matches!(f, ServerFrame::Message(_))),
        "{frames:?}"
    );
}

#[tokio::test]
async fn the_frames_have_the_documented_shapes() {
    let server = Server::start();
    let mut anna = Client::connect(&server).await;
    anna.send(json!({"type": "login", "nickname": "Anna", "room": "tea"}))
        .await;
    let shape = |frame: &ServerFrame| -> Value { serde_json::to_value(frame).expect("JSON") };
    let welcome = shape(&anna.next().await);
    assert_eq!(welcome["type"], "welcome");
    assert_eq!(welcome["nickname"], "Anna");
    assert_eq!(welcome["protocol"], 2);
    assert_eq!(welcome["token"].as_str().map(str::len), Some(64));
    assert_eq!(welcome["limits"]["text"], 8000);
    assert_eq!(welcome["limits"]["frame"], 131_072);
    let joined = shape(&anna.next().await);
    assert_eq!(
        joined,
        json!({"type": "joined", "room": "tea", "kind": "public", "seq": 0,
               "members": ["Anna"], "users": [welcome["user"]], "online": 1, "messages": []})
    );
    anna.send(json!({"type": "room", "to": "tea", "id": "m1", "text": "hi"}))
        .await;
    let message = anna
        .until(|f| matches!(f, ServerFrame::Message(_)).then(|| shape(f)))
        .await;
    let at = message["at"].as_i64().expect("milliseconds");
    assert!(at > 1_700_000_000_000, "{at}");
    assert_eq!(
        message,
        json!({"type": "message", "room": "tea", "seq": 1, "from": "Anna",
               "author": welcome["user"], "id": "m1", "text": "hi", "at": at})
    );
}

#[tokio::test]
async fn several_frames_in_one_text_message_take_effect_in_order() {
    let server = Server::start();
    let mut anna = Client::connect(&server).await;
    let lines = [
        json!({"type": "login", "nickname": "Anna"}),
        json!({"type": "join", "room": "tea"}),
        json!({"type": "room", "to": "tea", "id": "1", "text": "one"}),
        json!({"type": "room", "to": "tea", "id": "2", "text": "two"}),
        json!({"type": "leave", "room": "tea"}),
        json!({"type": "room", "to": "tea", "id": "3", "text": "too late"}),
        json!({"type": "ping"}),
    ];
    anna.send_text(&lines.map(|line| line.to_string()).join("\n"))
        .await;
    let mut received = Vec::new();
    loop {
        match anna.next().await {
            ServerFrame::Welcome(frame::Welcome { .. }) => received.push("welcome".to_owned()),
            ServerFrame::Joined(frame::Joined { room, .. }) => {
                received.push(format!("joined {room}"))
            }
            ServerFrame::Message(m) => received.push(m.text().to_owned()),
            ServerFrame::Left(frame::Left { room, .. }) => received.push(format!("left {room}")),
            ServerFrame::Error(frame::Error { code, id, .. }) => {
                received.push(format!("{} {}", code.as_str(), id.unwrap_or_default()));
            }
            ServerFrame::Pong => break,
            _ => {}
        }
    }
    assert_eq!(
        received,
        [
            "welcome",
            "joined tea",
            "one",
            "two",
            "left tea",
            "not_in_room 3"
        ]
    );
}

#[tokio::test]
async fn a_new_client_gets_the_last_fifty_messages_and_can_page_back_to_the_first() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    for n in 1..=120 {
        anna.send(json!({"type": "room", "to": "tea", "text": format!("number {n}")}))
            .await;
    }
    anna.until(|f| matches!(f, ServerFrame::Message(m) if m.seq == 120).then_some(()))
        .await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let joined = ben.join("tea").await;
    assert_eq!((joined.seq, joined.messages.len()), (120, 50));
    assert!(joined.messages.iter().map(|m| m.seq).eq(71..=120));
    let mut before = 71;
    let mut seen = Vec::new();
    loop {
        ben.send(json!({"type": "history", "room": "tea", "before": before, "limit": 40}))
            .await;
        let (page, more) = ben
            .until(|frame| match frame {
                ServerFrame::History(frame::History { messages, more, .. }) => {
                    Some((messages.clone(), *more))
                }
                _ => None,
            })
            .await;
        before = page[0].seq;
        seen.splice(0..0, page);
        if !more {
            break;
        }
    }
    assert!(seen.iter().map(|m| m.seq).eq(1..=70));
    assert_eq!(seen[0].text(), "number 1");
}

#[tokio::test]
async fn joining_after_a_number_brings_only_later_messages() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    for n in 1..=5 {
        anna.post("tea", &n.to_string(), &format!("number {n}"))
            .await;
    }
    let mut ben = Client::sign_in(&server, "Ben").await;
    ben.send(json!({"type": "join", "room": "tea", "after": 3}))
        .await;
    let joined = ben.until_joined().await;
    assert_eq!(texts(&joined.messages), ["number 4", "number 5"]);
    assert_eq!((joined.seq, joined.gap), (5, false));
    // Joining again on the same socket repeats nothing.
    ben.send(json!({"type": "join", "room": "tea", "after": 5}))
        .await;
    let joined = ben.until_joined().await;
    assert_eq!((joined.messages.len(), joined.gap), (0, false));
    anna.post("tea", "6", "number 6").await;
    assert_eq!(ben.next_message().await.text(), "number 6");
}

#[tokio::test]
async fn a_client_that_is_too_far_behind_gets_a_gap() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    for n in 1..=600 {
        anna.send(json!({"type": "room", "to": "tea", "text": format!("number {n}")}))
            .await;
    }
    anna.until(|f| matches!(f, ServerFrame::Message(m) if m.seq == 600).then_some(()))
        .await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    ben.send(json!({"type": "join", "room": "tea", "after": 50}))
        .await;
    let joined = ben.until_joined().await;
    assert_eq!((joined.gap, joined.missing), (true, Some([51, 550])));
    assert!(joined.messages.iter().map(|m| m.seq).eq(551..=600));
    ben.send(json!({"type": "join", "room": "tea", "after": 100}))
        .await;
    let joined = ben.until_joined().await;
    assert_eq!((joined.gap, joined.missing), (false, None));
    // The first page, and then the rest as live messages.
    assert!(joined.messages.iter().map(|m| m.seq).eq(101..=joined.seq));
    for seq in joined.seq + 1..=600 {
        assert_eq!(ben.next_message().await.seq, seq);
    }
}

#[tokio::test]
async fn the_room_list_counts_online_users_and_omits_rooms_that_were_never_used() {
    let server = Server::with(&["--presence-grace-seconds", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "so that it stays").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    ben.join("just looking").await;
    let line = |room: &str, online| RoomLine {
        room: room.into(),
        online,
    };
    assert_eq!(
        rooms(&mut anna).await,
        [line("tea", 2), line("just looking", 1)]
    );
    // A join and a leave within one interval are omitted, so the join has to be sent first.
    until_online_count(&mut anna, 2).await;
    for room in ["just looking", "tea"] {
        ben.send(json!({"type": "leave", "room": room})).await;
    }
    until_online_count(&mut anna, 1).await;
    anna.send(json!({"type": "leave", "room": "tea"})).await;
    // The room without messages is gone. The other one is empty.
    assert_eq!(rooms(&mut anna).await, [line("tea", 0)]);
}

async fn rooms(client: &mut Client) -> Vec<RoomLine> {
    client.send(json!({"type": "rooms"})).await;
    client
        .until(|frame| match frame {
            ServerFrame::Rooms(frame::Rooms { rooms, .. }) => Some(rooms.clone()),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn room_names_match_regardless_of_case_and_surrounding_spaces() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "Swift-Dev").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let joined = ben.join("  swift-DEV ").await;
    assert_eq!(joined.room, "Swift-Dev");
    assert_eq!(joined.asked.as_deref(), Some("  swift-DEV "));
    assert_eq!(ben.join("Swift-Dev").await.asked, None);
    ben.post("SWIFT-dev", "1", "here I am").await;
    assert_eq!(anna.next_message().await.room, "Swift-Dev");
}
