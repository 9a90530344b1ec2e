//! Limits that a client can reach, and what happens then.

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
    client::{Client, TIMEOUT},
    server::Server,
};

#[tokio::test]
async fn the_rate_limit_allows_a_burst_of_twenty_then_ten_per_second_and_ignores_refused_frames() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    for _ in 0..30 {
        let blank = json!({"type": "room", "to": "tea", "text": " "});
        assert_eq!(anna.expect_refusal(blank).await.0, Code::Blank);
        let elsewhere = json!({"type": "room", "to": "milk", "text": "hi"});
        assert_eq!(anna.expect_refusal(elsewhere).await.0, Code::NotInRoom);
    }
    let start = Instant::now();
    for n in 0..200 {
        anna.send(json!({"type": "room", "to": "tea", "id": n.to_string(), "text": "hi"}))
            .await;
    }
    let (mut sent, mut refused, mut wait) = (0, Vec::new(), 0);
    while sent + refused.len() < 200 {
        match anna.next().await {
            ServerFrame::Message(_) => sent += 1,
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
        sent >= 20 && (sent as f64) <= allowed,
        "{sent} of {allowed}"
    );
    assert!((1..=101).contains(&wait), "{wait}");
    // A message that was too fast can be sent again with the same id.
    let id = refused.remove(0);
    loop {
        anna.send(json!({"type": "room", "to": "tea", "id": id, "text": "hi"}))
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
async fn all_sockets_of_a_user_share_one_rate_limit() {
    let server = Server::with(&["--messages-per-second", "1"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut other = Client::sign_in_with_token(&server, &anna.token).await;
    other.join("tea").await;
    let start = Instant::now();
    for (which, client) in [&mut anna, &mut other].into_iter().enumerate() {
        for n in 0..20 {
            let id = format!("{which} {n}");
            client
                .send(json!({"type": "room", "to": "tea", "id": id, "text": "hi"}))
                .await;
        }
    }
    // Both sockets receive Anna's echoes. Only the socket that was too fast receives a refusal.
    let refused = |frames: Vec<ServerFrame>| {
        frames
            .iter()
            .filter(|f| matches!(f, ServerFrame::Error(frame::Error { .. })))
            .count()
    };
    let refused = refused(anna.frames_so_far().await) + refused(other.frames_so_far().await);
    let allowed = 2.0 + start.elapsed().as_secs_f64() + 1.0;
    assert!(
        40.0 - refused as f64 <= allowed,
        "{refused} of 40 were refused"
    );
}

#[tokio::test]
async fn a_user_can_have_twenty_sockets() {
    let server = Server::start();
    let anna = Client::sign_in(&server, "Anna").await;
    let mut open = Vec::new();
    for _ in 1..limits::SOCKETS_PER_USER {
        open.push(Client::sign_in_with_token(&server, &anna.token).await);
    }
    let mut one_more = Client::connect(&server).await;
    let login = json!({"type": "login", "token": anna.token});
    assert_eq!(
        one_more.expect_refusal(login.clone()).await.0,
        Code::TooManySockets
    );
    open.pop();
    loop {
        one_more.send(login.clone()).await;
        match one_more.next().await {
            ServerFrame::Welcome(frame::Welcome { .. }) => break,
            // Until the server has noticed that the other socket is closed.
            ServerFrame::Error(frame::Error { code, .. }) => assert_eq!(code, Code::TooManySockets),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_user_can_create_ten_rooms_per_minute_and_a_socket_can_join_a_hundred() {
    let server = Server::start();
    let mut rooms = Vec::new();
    for user in 0..11 {
        let mut maker = Client::sign_in(&server, &format!("Maker {user}")).await;
        for n in 0..limits::NEW_ROOMS_PER_MINUTE {
            maker.join(&format!("room {user} {n}")).await;
        }
        let refused = maker
            .expect_refusal(json!({"type": "join", "room": "one more"}))
            .await;
        assert_eq!(refused.0, Code::TooManyNewRooms);
        rooms.push(maker);
    }
    let mut anna = Client::sign_in(&server, "Anna").await;
    for n in 0..limits::ROOMS_PER_SOCKET {
        anna.join(&format!("room {} {}", n / 10, n % 10)).await;
    }
    let refused = anna
        .expect_refusal(json!({"type": "join", "room": "room 10 0"}))
        .await;
    assert_eq!(refused.0, Code::TooManyRooms);
    anna.join("room 0 0").await;
}

#[tokio::test]
async fn a_user_can_join_all_rooms_on_all_sockets_and_then_joins_and_pages_have_a_rate() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    browser.sign_in("Anna", "tea").await;
    let (mut socket, _) = browser.socket(&server, "/ws").await;
    let batch = [r#"{"type":"scores","room":"unknown"}"#; 500].join("\n");
    let mut answered = 0;
    let wait = loop {
        socket.send_text(&batch).await;
        let frames = socket.frames_so_far().await;
        let wait = frames.iter().find_map(|frame| match frame {
            ServerFrame::Error(error) if error.code == Code::TooFast => Some(error.retry_after_ms),
            _ => None,
        });
        if wait.is_some() {
            break wait.flatten();
        }
        answered += 500;
    };
    assert!(wait.is_some());
    // The page's own request, and the batch that was refused in part, took tokens as well.
    assert!(answered + 500 > limits::SOCKETS_PER_USER * limits::ROOMS_PER_SOCKET);
    let refused_page = async {
        loop {
            let page = browser.get("/rooms/tea").await;
            if page.status != 200 {
                return page;
            }
        }
    };
    let keep_asking = async {
        loop {
            socket.send_text(&batch).await;
            socket.frames_so_far().await;
        }
    };
    let page = tokio::select! {
        page = refused_page => page,
        never = keep_asking => never,
    };
    assert_eq!(page.status, 429);
    assert_eq!(page.header("retry-after"), "1");
    assert!(page.body.contains("Wait a moment, then reload this page."));
}

#[tokio::test]
async fn one_address_can_sign_in_sixty_times_per_minute() {
    let server = Server::with(&["--trust-proxy"]);
    let from_afar = [("X-Forwarded-For", "203.0.113.7")];
    let start = Instant::now();
    let (mut welcomed, mut refused) = (0, 0);
    let mut open = Vec::new();
    for n in 0..2 * limits::SIGN_INS_PER_MINUTE {
        let client = Client::connect_with(&server, "/ws", &from_afar).await;
        let mut client = client.expect("the server accepts the socket");
        client
            .send(json!({"type": "login", "nickname": format!("Guest {n}")}))
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
    let allowed = 60.0 + start.elapsed().as_secs_f64() + 1.0;
    assert!(
        refused > 0 && f64::from(welcomed) <= allowed,
        "{welcomed} of {allowed}"
    );
    // The limit does not apply to loopback addresses.
    Client::sign_in(&server, "Somebody here").await;
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    let long = "x".repeat(FORM_BYTES);
    let page = browser
        .post("/", &[("nickname", &long), ("room", "tea")])
        .await;
    assert_eq!(page.status, 413);
}

#[tokio::test]
async fn the_longest_messages_arrive_page_by_page_within_the_send_queue_limit() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    // Each of these characters takes six bytes as JSON.
    let text = format!("x{}", "\u{1}".repeat(limits::TEXT_CHARS - 1));
    for n in 1..=140 {
        anna.post("tea", &n.to_string(), &text).await;
    }
    let mut ben = Client::sign_in(&server, "Ben").await;
    ben.send(json!({"type": "join", "room": "tea", "after": 0}))
        .await;
    let joined = ben.until_joined().await;
    assert!(!joined.gap);
    assert_eq!(joined.seq, 1, "two of them exceed a page");
    assert!(joined.messages.iter().map(|m| m.seq).eq([1]));
    for seq in 2..=140 {
        assert_eq!(ben.next_message().await.seq, seq);
    }
    anna.post("tea", "live", "live messages follow the pages")
        .await;
    assert_eq!(ben.next_message().await.seq, 141);
    let (mut before, mut seen) = (141, 0);
    while before > 1 {
        ben.send(json!({"type": "history", "room": "tea", "before": before, "limit": 200}))
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
async fn a_connection_without_a_complete_request_is_closed() {
    let server = Server::start();
    let mut connections = Vec::new();
    for beginning in ["", "GET / HTTP/1.1\r\nHost: parlor\r\nX-Half-"] {
        let connection = TcpStream::connect(server.address).await;
        let mut connection = connection.expect("a connection");
        connection
            .write_all(beginning.as_bytes())
            .await
            .expect("writable");
        connections.push(connection);
    }
    for mut connection in connections {
        let mut answer = Vec::new();
        let ended = tokio::time::timeout(TIMEOUT, connection.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "still open");
    }
}

#[tokio::test]
async fn joining_after_a_number_that_does_not_exist_yet_starts_from_the_newest_page() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "hello").await;
    for after in [2, number::MAX] {
        anna.send(json!({"type": "join", "room": "tea", "after": after}))
            .await;
        let joined = anna.until_joined().await;
        assert_eq!((joined.seq, joined.gap, joined.missing), (1, true, None));
        assert_eq!(joined.messages.len(), 1);
    }
}
