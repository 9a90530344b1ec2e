//! Bounds that one can run into, and what happens then.

use std::time::Instant;

use parlor::limits::FORM_BYTES;
use protocol::{Code, ServerFrame, frame, limits, number};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    browser::Browser,
    client::{Client, PATIENCE},
    server::Server,
};

#[tokio::test]
async fn a_burst_of_twenty_and_then_ten_a_second_and_refused_frames_use_nothing_up() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    for _ in 0..30 {
        let blank = json!({"type": "room", "to": "tea", "text": " "});
        assert_eq!(anna.refused(blank).await.0, Code::Blank);
        let elsewhere = json!({"type": "room", "to": "milk", "text": "hi"});
        assert_eq!(anna.refused(elsewhere).await.0, Code::NotInRoom);
    }
    let start = Instant::now();
    for n in 0..200 {
        anna.say(json!({"type": "room", "to": "tea", "id": n.to_string(), "text": "hi"}))
            .await;
    }
    let (mut said, mut refused, mut wait) = (0, Vec::new(), 0);
    while said + refused.len() < 200 {
        match anna.next().await {
            ServerFrame::Message(_) => said += 1,
            ServerFrame::Error(frame::Error {
                code,
                id,
                retry_after_ms,
                ..
            }) => {
                assert_eq!(code, Code::TooFast);
                wait = retry_after_ms.expect("a time to wait");
                refused.push(id.expect("the id of what was refused"));
            }
            _ => {}
        }
    }
    let allowed = 20.0 + 10.0 * start.elapsed().as_secs_f64() + 1.0;
    assert!(
        said >= 20 && (said as f64) <= allowed,
        "{said} of {allowed}"
    );
    assert!((1..=101).contains(&wait), "{wait}");
    // What was too fast may be sent again, under the same id.
    let id = refused.remove(0);
    loop {
        anna.say(json!({"type": "room", "to": "tea", "id": id, "text": "hi"}))
            .await;
        let answer = anna.until(|f| match f {
            ServerFrame::Message(m) => Some(Some(m.id.clone())),
            ServerFrame::Error(frame::Error { .. }) => Some(None),
            _ => None,
        });
        if let Some(echoed) = answer.await {
            assert_eq!(echoed, id);
            break;
        }
    }
}

#[tokio::test]
async fn the_rate_is_the_users_whatever_socket_it_comes_from() {
    let server = Server::with(&["--messages-per-second", "1"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut other = Client::come_back(&server, &anna.token).await;
    other.join("tea").await;
    let start = Instant::now();
    for (which, client) in [&mut anna, &mut other].into_iter().enumerate() {
        for n in 0..20 {
            let id = format!("{which} {n}");
            client
                .say(json!({"type": "room", "to": "tea", "id": id, "text": "hi"}))
                .await;
        }
    }
    // Anna's echoes come to both sockets; refusals only to the one that was too fast.
    let refused = |frames: Vec<ServerFrame>| {
        frames
            .iter()
            .filter(|f| matches!(f, ServerFrame::Error(frame::Error { .. })))
            .count()
    };
    let refused = refused(anna.so_far().await) + refused(other.so_far().await);
    let allowed = 2.0 + start.elapsed().as_secs_f64() + 1.0;
    assert!(
        40.0 - refused as f64 <= allowed,
        "{refused} of 40 were refused"
    );
}

#[tokio::test]
async fn twenty_sockets_a_user() {
    let server = Server::open();
    let anna = Client::sign_in(&server, "Anna").await;
    let mut open = Vec::new();
    for _ in 1..limits::SOCKETS_PER_USER {
        open.push(Client::come_back(&server, &anna.token).await);
    }
    let mut one_more = Client::connect(&server).await;
    let login = json!({"type": "login", "token": anna.token});
    assert_eq!(
        one_more.refused(login.clone()).await.0,
        Code::TooManySockets
    );
    open.pop();
    loop {
        one_more.say(login.clone()).await;
        match one_more.next().await {
            ServerFrame::Welcome(frame::Welcome { .. }) => break,
            // Until the server has seen the other line go.
            ServerFrame::Error(frame::Error { code, .. }) => assert_eq!(code, Code::TooManySockets),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn ten_new_rooms_a_minute_and_a_hundred_rooms_a_socket() {
    let server = Server::open();
    let mut rooms = Vec::new();
    for user in 0..11 {
        let mut maker = Client::sign_in(&server, &format!("Maker {user}")).await;
        for n in 0..limits::NEW_ROOMS_PER_MINUTE {
            maker.join(&format!("room {user} {n}")).await;
        }
        let refused = maker
            .refused(json!({"type": "join", "room": "one more"}))
            .await;
        assert_eq!(refused.0, Code::TooManyNewRooms);
        rooms.push(maker);
    }
    let mut anna = Client::sign_in(&server, "Anna").await;
    for n in 0..limits::ROOMS_PER_SOCKET {
        anna.join(&format!("room {} {}", n / 10, n % 10)).await;
    }
    let refused = anna
        .refused(json!({"type": "join", "room": "room 10 0"}))
        .await;
    assert_eq!(refused.0, Code::TooManyRooms);
    anna.join("room 0 0").await;
}

#[tokio::test]
async fn thirty_sign_ins_a_minute_from_one_address() {
    let server = Server::with(&["--trust-proxy"]);
    let from_afar = [("X-Forwarded-For", "203.0.113.7")];
    let start = Instant::now();
    let (mut welcomed, mut refused) = (0, 0);
    let mut open = Vec::new();
    for n in 0..2 * limits::SIGN_INS_PER_MINUTE {
        let client = Client::connect_as(&server, "/ws", &from_afar).await;
        let mut client = client.expect("the server takes the socket");
        client
            .say(json!({"type": "login", "nickname": format!("Guest {n}")}))
            .await;
        match client.next().await {
            ServerFrame::Welcome(frame::Welcome { .. }) => welcomed += 1,
            ServerFrame::Error(frame::Error {
                code,
                retry_after_ms,
                ..
            }) => {
                assert_eq!(code, Code::TooManySignIns);
                assert!(retry_after_ms.is_some());
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
        open.push(client);
    }
    let allowed = 30.0 + start.elapsed().as_secs_f64() / 2.0 + 1.0;
    assert!(
        refused > 0 && f64::from(welcomed) <= allowed,
        "{welcomed} of {allowed}"
    );
    // From the machine itself there is no such limit.
    Client::sign_in(&server, "Somebody here").await;
}

#[tokio::test]
async fn a_form_that_is_far_too_large_is_refused() {
    let server = Server::open();
    let mut browser = Browser::new(&server);
    let long = "x".repeat(FORM_BYTES);
    let page = browser
        .post("/", &[("nickname", &long), ("room", "tea")])
        .await;
    assert_eq!(page.status, 413);
}

#[tokio::test]
async fn the_longest_messages_come_page_by_page_and_fill_no_outbox() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    // Each of these characters takes six bytes as JSON.
    let text = format!("x{}", "\u{1}".repeat(limits::TEXT_CHARS - 1));
    for n in 1..=140 {
        anna.post("tea", &n.to_string(), &text).await;
    }
    let mut ben = Client::sign_in(&server, "Ben").await;
    ben.say(json!({"type": "join", "room": "tea", "after": 0}))
        .await;
    let joined = ben.joined().await;
    assert!(!joined.gap);
    assert_eq!(joined.seq, 1, "a second one would be more than a page");
    assert!(joined.messages.iter().map(|m| m.seq).eq([1]));
    for seq in 2..=140 {
        assert_eq!(ben.message().await.seq, seq);
    }
    anna.post("tea", "live", "what is live comes after that")
        .await;
    assert_eq!(ben.message().await.seq, 141);
    let (mut before, mut seen) = (141, 0);
    while before > 1 {
        ben.say(json!({"type": "history", "room": "tea", "before": before, "limit": 200}))
            .await;
        let page = ben
            .until(|frame| match frame {
                ServerFrame::History(frame::History { messages, .. }) => Some(messages.clone()),
                _ => None,
            })
            .await;
        before = page[0].seq;
        seen += page.len();
    }
    assert_eq!(seen, 140);
}

#[tokio::test]
async fn a_request_that_never_comes_is_not_waited_for() {
    let server = Server::open();
    let mut lines = Vec::new();
    for beginning in ["", "GET / HTTP/1.1\r\nHost: parlor\r\nX-Half-"] {
        let line = TcpStream::connect(server.address).await;
        let mut line = line.expect("a connection");
        line.write_all(beginning.as_bytes())
            .await
            .expect("writable");
        lines.push(line);
    }
    for mut line in lines {
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(PATIENCE, line.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "still open");
    }
}

#[tokio::test]
async fn who_claims_to_be_ahead_of_all_time_starts_afresh() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "hello").await;
    for after in [2, number::MAX] {
        anna.say(json!({"type": "join", "room": "tea", "after": after}))
            .await;
        let joined = anna.joined().await;
        assert_eq!((joined.seq, joined.gap, joined.missing), (1, true, None));
        assert_eq!(joined.messages.len(), 1);
    }
}
