//! Refusals and their codes. The connection stays open after a refusal.

use protocol::{Close, Code, limits};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message as WsMessage;

use crate::{client::Client, server::Server};

#[tokio::test]
async fn invalid_frames_are_refused_and_the_connection_stays_open() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let bomb = "[".repeat(limits::FRAME_BYTES - 10);
    let hidden = format!(r#"{{"type":"rooms","x":{}"#, r#"{"a":"#.repeat(20_000));
    for (text, code) in [
        ("hello", Code::BadJson),
        ("", Code::BadJson),
        ("{\"type\":\"rooms\"", Code::BadJson),
        (bomb.as_str(), Code::BadJson),
        (hidden.as_str(), Code::BadJson),
        ("[]", Code::BadField),
        ("{}", Code::BadField),
        (r#"{"type":null}"#, Code::BadField),
        (r#"{"type":"dance"}"#, Code::UnknownType),
        (r#"{"type":"join"}"#, Code::BadField),
        (r#"{"type":"join","room":7}"#, Code::BadField),
        (r#"{"type":"join","room":"tea","after":-1}"#, Code::BadField),
        (r#"{"type":"room","to":"tea","text":["a"]}"#, Code::BadField),
    ] {
        anna.send_text(text).await;
        let shown: String = text.chars().take(40).collect();
        assert_eq!(anna.next_refusal().await.0, code, "{shown}");
    }
    anna.send_ws_message(WsMessage::binary(vec![1, 2, 3])).await;
    assert_eq!(anna.next_refusal().await.0, Code::BinaryFrame);
    assert_eq!(anna.post("tea", "1", "still here").await.seq, 1);
}

#[tokio::test]
async fn impossible_requests_are_refused_with_a_code_and_the_id() {
    let server = Server::start();
    let _ben = Client::in_room(&server, "Ben", "coffee").await;
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let id = Some("m".to_owned());
    let room = |to: &str, text: &str| json!({"type": "room", "to": to, "id": "m", "text": text});
    let long = "x".repeat(limits::TEXT_CHARS + 1);
    for (frame, code) in [
        (room("tea", " \n\t"), Code::Blank),
        (room("tea", "\u{200b}"), Code::Blank),
        (room("tea", &long), Code::TooLong),
        (room("coffee", "hi"), Code::NotInRoom),
        (room("nowhere", "hi"), Code::NotInRoom),
        (room("@nowhere", "hi"), Code::NotInRoom),
        (room("", "hi"), Code::NotInRoom),
    ] {
        assert_eq!(
            anna.expect_refusal(frame.clone()).await,
            (code, id.clone()),
            "{frame}"
        );
    }
    for bad in ["", "é", &"x".repeat(37)] {
        let frame = json!({"type": "room", "to": "tea", "id": bad, "text": "hi"});
        assert_eq!(
            anna.expect_refusal(frame).await,
            (Code::BadId, Some(bad.to_owned()))
        );
    }
    for (frame, code) in [
        (
            json!({"type": "login", "nickname": "Other"}),
            Code::AlreadySignedIn,
        ),
        (json!({"type": "join", "room": "<b>"}), Code::BadRoomName),
        (
            json!({"type": "join", "room": "x".repeat(65)}),
            Code::BadRoomName,
        ),
        (
            json!({"type": "join", "room": "@nowhere"}),
            Code::NoSuchRoom,
        ),
        (json!({"type": "leave", "room": "coffee"}), Code::NotInRoom),
        (
            json!({"type": "history", "room": "coffee"}),
            Code::NotInRoom,
        ),
        (
            json!({"type": "history", "room": "tea", "limit": 0}),
            Code::BadField,
        ),
        (
            json!({"type": "history", "room": "tea", "limit": 201}),
            Code::BadField,
        ),
        (
            json!({"type": "history", "room": "tea", "before": 0}),
            Code::BadField,
        ),
    ] {
        assert_eq!(anna.expect_refusal(frame.clone()).await.0, code, "{frame}");
    }
    assert_eq!(
        anna.post("tea", "m", "none of these used the id").await.seq,
        1
    );
}

#[tokio::test]
async fn requests_before_sign_in_are_refused_and_sign_in_can_be_retried() {
    let server = Server::start();
    let mut anna = Client::connect(&server).await;
    for frame in [
        json!({"type": "join", "room": "tea"}),
        json!({"type": "rooms"}),
        json!({"type": "room", "to": "tea", "text": "hi"}),
    ] {
        assert_eq!(
            anna.expect_refusal(frame.clone()).await.0,
            Code::LoginFirst,
            "{frame}"
        );
    }
    for (frame, code) in [
        (json!({"type": "login"}), Code::BadField),
        (json!({"type": "login", "nickname": "!"}), Code::BadNickname),
        (
            json!({"type": "login", "nickname": "  "}),
            Code::BadNickname,
        ),
        (
            json!({"type": "login", "nickname": "x".repeat(33)}),
            Code::BadNickname,
        ),
        (json!({"type": "login", "token": "made up"}), Code::BadToken),
    ] {
        assert_eq!(anna.expect_refusal(frame.clone()).await.0, code, "{frame}");
    }
    anna.send(json!({"type": "login", "nickname": "Anna"}))
        .await;
    assert_eq!(anna.until_welcome().await, "Anna");
}

#[tokio::test]
async fn a_socket_that_never_signs_in_is_closed() {
    let server = Server::start();
    let mut nobody = Client::connect(&server).await;
    assert_eq!(
        nobody.until_closed().await,
        Some(Close::LoginTimeout.code())
    );
}

#[tokio::test]
async fn a_frame_that_is_too_large_closes_with_1009_and_the_code_arrives() {
    let server = Server::start();
    // Just too large, and so large that much of it is still on its way when the server refuses it.
    for bytes in [limits::FRAME_BYTES + 1, 600 * 1024, 900 * 1024] {
        let mut anna = Client::in_room(&server, &format!("Anna {bytes}"), "tea").await;
        anna.send_text(&"x".repeat(bytes)).await;
        assert_eq!(anna.until_closed().await, Some(1009), "{bytes} bytes");
    }
    // The largest frame that is accepted.
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let empty = json!({"type": "room", "to": "tea", "text": "hi", "padding": ""});
    let padding = "x".repeat(limits::FRAME_BYTES - empty.to_string().len());
    ben.send(json!({"type": "room", "to": "tea", "text": "hi", "padding": padding}))
        .await;
    assert_eq!(ben.next_message().await.text(), "hi");
}

#[tokio::test]
async fn a_message_sent_again_with_its_id_is_answered_with_the_first_event() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let first = anna.post("tea", "m1", "once").await;
    assert_eq!(anna.post("tea", "m1", "once").await, first);
    let other = json!({"type": "room", "to": "tea", "id": "m1", "text": "another"});
    let id = Some("m1".to_owned());
    assert_eq!(
        anna.expect_refusal(other).await,
        (Code::IdReused, id.clone())
    );
    // The same text in another room is another message.
    anna.join("coffee").await;
    let elsewhere = json!({"type": "room", "to": "coffee", "id": "m1", "text": "once"});
    assert_eq!(anna.expect_refusal(elsewhere).await, (Code::IdReused, id));
    // Ids are separate for each user.
    assert_eq!(ben.post("tea", "m1", "mine").await.seq, 2);
    let received = anna.frames_so_far().await;
    let seqs: Vec<_> = received
        .iter()
        .filter_map(|f| match f {
            protocol::ServerFrame::Message(m) => Some(m.seq),
            _ => None,
        })
        .collect();
    assert_eq!(seqs, [2]);
}

#[tokio::test]
async fn a_resend_is_answered_although_a_new_message_would_be_refused() {
    let server = Server::with(&["--messages-per-second", "1"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let start = std::time::Instant::now();
    let first = anna.post("tea", "m1", "once").await;
    let (mut sent, mut again) = (1, 0);
    let mut refused = Vec::new();
    for n in 0..20 {
        let new = json!({"type": "room", "to": "tea", "id": format!("new {n}"), "text": "hi"});
        anna.send(new).await;
        let old = json!({"type": "room", "to": "tea", "id": "m1", "text": "once"});
        anna.send(old).await;
    }
    for frame in anna.frames_so_far().await {
        match frame {
            protocol::ServerFrame::Message(message) if message == first => again += 1,
            protocol::ServerFrame::Message(_) => sent += 1,
            protocol::ServerFrame::Error(error) => refused.push(error.code),
            _ => {}
        }
    }
    assert_eq!(again, 20, "each resend is answered with the first event");
    assert!(refused.iter().all(|code| *code == Code::TooFast));
    // A resend does not change the rate limit.
    let allowed = 2.0 + start.elapsed().as_secs_f64();
    assert!(f64::from(sent) <= allowed, "{sent} of {allowed}");

    anna.send(json!({"type": "leave", "room": "tea"})).await;
    assert_eq!(anna.post("tea", "m1", "once").await, first);
    assert_eq!(anna.post("Tea", "m1", "once").await, first);
    for (id, text, why) in [
        ("m1", "twice", Code::IdReused),
        ("m2", "hi", Code::NotInRoom),
    ] {
        let frame = json!({"type": "room", "to": "tea", "id": id, "text": text});
        assert_eq!(anna.expect_refusal(frame).await, (why, Some(id.to_owned())));
    }
}
