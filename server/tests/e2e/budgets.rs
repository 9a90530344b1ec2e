//! What one address may do, whatever number of users it has. An IPv6 address counts as its /64
//! block. The server is started with small budgets, and a proxy's header says who is asking.

use std::time::Instant;

use protocol::{Code, ServerFrame};
use serde_json::{Value, json};

use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::{api_client::http, browser::Browser, client::Client, server::Server};

const HOSTILE: &str = "203.0.113.7";
const OTHER: &str = "198.51.100.1";

/// Starts a server with this option that believes what a proxy says about addresses.
fn server(option: &str, value: &str) -> Server {
    Server::with(&["--trust-proxy", option, value])
}

/// Opens a socket from this address. Returns the status if it is refused.
async fn connect(server: &Server, path: &str, address: &str) -> Result<Client, u16> {
    let header = [("X-Forwarded-For", address)];
    let connected = Client::connect_with(server, path, &header).await;
    connected.map_err(|error| match error {
        Error::Http(response) => response.status().as_u16(),
        error => panic!("{error}"),
    })
}

/// Requests this path from this address with a bearer token. Returns the status and the body.
async fn get_api(server: &Server, path: &str, address: &str, token: &str) -> (u16, String) {
    let request = http().get(server.url(path)).bearer_auth(token);
    let response = request.header("X-Forwarded-For", address).send().await;
    let response = response.expect("the server answers");
    let status = response.status().as_u16();
    (status, response.text().await.expect("the whole answer"))
}

/// Signs in from this address, and joins a room.
async fn in_room(server: &Server, nickname: &str, room: &str, address: &str) -> Client {
    let client = connect(server, "/ws", address).await.expect("a socket");
    let mut client = client.sign_in_as(nickname).await;
    client.join(room).await;
    client
}

/// Sends so many messages, and counts how many are stored. All others are refused with `too_fast`.
async fn send_many(client: &mut Client, room: &str, count: usize) -> usize {
    for n in 0..count {
        let id = n.to_string();
        client
            .send(json!({"type": "room", "to": room, "id": id, "text": "hi"}))
            .await;
    }
    let (mut stored, mut refused) = (0, 0);
    while stored + refused < count {
        match client.next().await {
            ServerFrame::Message(message) if message.author.0 == client.user => stored += 1,
            ServerFrame::Error(error) => {
                assert_eq!(error.code, Code::TooFast);
                assert!(error.retry_after_ms.is_some());
                refused += 1;
            }
            _ => {}
        }
    }
    stored
}

#[tokio::test]
async fn all_names_of_an_address_share_its_messages_and_other_addresses_do_not_notice() {
    for (addresses, other) in [
        ([HOSTILE, HOSTILE], OTHER),
        (
            ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"],
            "2001:db8:1:3::1",
        ),
    ] {
        // A burst of twenty, and then two a second.
        let server = server("--messages-per-address", "2");
        let start = Instant::now();
        let mut stored = 0;
        for name in 0..4 {
            let address = addresses[name % 2];
            let mut client = in_room(&server, &format!("Name {name}"), "tea", address).await;
            stored += send_many(&mut client, "tea", 15).await;
        }
        let allowed = 20.0 + 2.0 * start.elapsed().as_secs_f64() + 1.0;
        assert!(
            stored >= 20 && stored as f64 <= allowed,
            "{stored} of {allowed}"
        );
        let mut other = in_room(&server, "Ben", "milk", other).await;
        assert_eq!(send_many(&mut other, "milk", 15).await, 15);
        // Without a forwarded address, a connection from the machine itself is exempt.
        let mut here = Client::in_room(&server, "Here", "milk").await;
        assert_eq!(send_many(&mut here, "milk", 15).await, 15);
    }
}

#[tokio::test]
async fn long_messages_use_up_the_budget_of_bytes() {
    // A burst of 40 KiB, and then 2 KiB a second.
    let server = server("--messages-per-address", "1");
    let mut anna = in_room(&server, "Anna", "tea", HOSTILE).await;
    let start = Instant::now();
    let text = "🙂".repeat(8_000);
    let mut bytes = 0;
    for n in 0..4 {
        anna.send(json!({"type": "room", "to": "tea", "id": n.to_string(), "text": text}))
            .await;
        let stored = anna.until(|frame| match frame {
            ServerFrame::Message(_) => Some(true),
            ServerFrame::Error(_) => Some(false),
            _ => None,
        });
        if stored.await {
            bytes += text.len();
        }
    }
    let allowed = 40_960.0 + 2_048.0 * start.elapsed().as_secs_f64() + 2_048.0;
    assert!(
        bytes >= 32_000 && bytes as f64 <= allowed,
        "{bytes} of {allowed}"
    );
}

#[tokio::test]
async fn all_names_of_an_address_share_its_new_rooms() {
    let server = server("--rooms-per-address", "3");
    let mut anna = in_room(&server, "Anna", "one", HOSTILE).await;
    anna.join("two").await;
    let mut ben = in_room(&server, "Ben", "three", HOSTILE).await;
    let join = json!({"type": "join", "room": "four"});
    assert_eq!(ben.expect_refusal(join).await.0, Code::TooManyNewRooms);
    ben.join("one").await;
    in_room(&server, "Other", "four", OTHER).await;
}

#[tokio::test]
async fn sockets_count_for_their_address_also_when_signed_in_and_when_they_echo() {
    let server = server("--sockets-per-address", "3");
    let signed_in = in_room(&server, "Anna", "tea", HOSTILE).await;
    let echo = connect(&server, "/echo", HOSTILE).await.expect("a socket");
    let _silent = connect(&server, "/ws", HOSTILE).await.expect("a socket");
    for path in ["/ws", "/echo"] {
        assert_eq!(connect(&server, path, HOSTILE).await.err(), Some(429));
    }
    connect(&server, "/ws", OTHER).await.expect("a socket");
    drop(echo);
    // Until the server has noticed that the socket is closed.
    while connect(&server, "/ws", HOSTILE).await.is_err() {}
    drop(signed_in);
}

#[tokio::test]
async fn tokens_that_are_not_valid_count_as_sign_ins_wherever_they_are_sent() {
    let by_login = async |server: &Server| {
        let mut client = connect(server, "/ws", HOSTILE).await.expect("a socket");
        let login = json!({"type": "login", "token": "wrong"});
        assert_eq!(client.expect_refusal(login).await.0, Code::BadToken);
    };
    let by_handshake = async |server: &Server| {
        let headers = [
            ("X-Forwarded-For", HOSTILE),
            ("Authorization", "Bearer wrong"),
        ];
        let client = Client::connect_with(server, "/ws", &headers).await;
        client.expect("a socket").until_closed().await;
    };
    let by_api = async |server: &Server| {
        let (status, _) = get_api(server, "/api/v1/rooms", HOSTILE, "wrong").await;
        assert_eq!(status, 401);
    };
    let by_hook = async |server: &Server| {
        let mut browser = Browser::at(server, HOSTILE);
        assert_eq!(
            browser.post("/hooks/wrong", &[("text", "hi")]).await.status,
            404
        );
    };
    let server = server("--sign-ins-per-address", "4");
    by_login(&server).await;
    by_handshake(&server).await;
    by_api(&server).await;
    by_hook(&server).await;
    let mut browser = Browser::at(&server, HOSTILE);
    let page = browser
        .post("/", &[("nickname", "Anna"), ("room", "")])
        .await;
    assert_eq!(page.status, 429);
    let (status, answer) = get_api(&server, "/api/v1/rooms", HOSTILE, "wrong").await;
    assert_eq!(status, 429);
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["code"], "too_many_sign_ins");
    let mut other = Browser::at(&server, OTHER);
    let page = other.post("/", &[("nickname", "Ben"), ("room", "")]).await;
    assert_eq!(page.status, 303);
}

#[tokio::test]
async fn pages_count_with_all_their_bytes() {
    let server = server("--read-kib-per-address", "1");
    let mut browser = Browser::at(&server, HOSTILE);
    let mut read = 0;
    while read < 1_000_000 {
        let page = browser.get("/").await;
        if page.status == 429 {
            return;
        }
        read += page.body.len();
    }
    panic!("{read} bytes of pages were read");
}

#[tokio::test]
async fn one_client_of_a_proxy_cannot_take_all_its_connections() {
    let server = Server::with(&["--trust-proxy", "--max-connections", "400"]);
    let mut slow = Vec::new();
    let mut refused = 0;
    for _ in 0..150 {
        let stream = TcpStream::connect(server.address).await;
        let mut stream = stream.expect("a connection");
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: {HOSTILE}\r\n\
             Origin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: 1000\r\n\r\nnick",
            server.address,
            server.url("")
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        slow.push(stream);
    }
    // Those beyond the limit are answered at once, the others not before their bodies have come.
    while refused < 50 {
        let mut open = Vec::new();
        for mut stream in slow {
            let mut answer = [0; 64];
            match stream.try_read(&mut answer) {
                Ok(read) => {
                    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
                    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
                    refused += 1;
                    stream.shutdown().await.ok();
                }
                Err(_) => open.push(stream),
            }
        }
        slow = open;
        tokio::task::yield_now().await;
    }
    assert_eq!(slow.len(), 100);
    let mut other = Browser::at(&server, OTHER);
    assert_eq!(other.get("/").await.status, 200);
}

#[tokio::test]
async fn nobody_is_locked_out_by_the_wrong_tokens_of_a_neighbor() {
    let server = server("--sign-ins-per-address", "2");
    let bot = server.create_bot("bot", "post,read").token;
    let hook = ["incoming", "create", "--name", "hook", "--room", "tea"];
    let hook = server.command_output(&hook);
    let (_, hook) = hook.split_once("/hooks/").expect("a URL");
    let mut browser = Browser::at(&server, HOSTILE);
    browser.sign_in("Anna", "tea").await;
    let token = in_room(&server, "Ben", "tea", HOSTILE).await.token;
    for _ in 0..10 {
        get_api(&server, "/api/v1/rooms", HOSTILE, "wrong").await;
    }
    let (status, _) = get_api(&server, "/api/v1/rooms", HOSTILE, "wrong").await;
    assert_eq!(status, 429, "the budget is used up");
    browser.socket(&server, "/ws").await;
    let mut ben = connect(&server, "/ws", HOSTILE).await.expect("a socket");
    ben.send(json!({"type": "login", "token": token})).await;
    assert_eq!(ben.until_welcome().await, "Ben");
    let (status, _) = get_api(&server, "/api/v1/rooms", HOSTILE, &bot).await;
    assert_eq!(status, 200);
    let hook = format!("/hooks/{hook}");
    assert_eq!(browser.post(&hook, &[("text", "hi")]).await.status, 200);
}

#[tokio::test]
async fn every_kind_of_frame_counts_as_a_request() {
    for frame in [
        Message::text(r#"{"type":"ping"}"#),
        Message::text("refused"),
        Message::binary("refused"),
        Message::Ping("ping".into()),
        Message::Pong("pong".into()),
    ] {
        // A burst of ten, and then one a second.
        let server = server("--requests-per-address", "1");
        let mut client = connect(&server, "/ws", HOSTILE).await.expect("a socket");
        for _ in 0..30 {
            client.send_ws_message(frame.clone()).await;
        }
        let is_used_up = || {
            let status = server.command_output(&["status"]);
            let mut busiest = status.lines().filter(|line| line.starts_with("busiest"));
            busiest.any(|line| line.contains(&format!("{HOSTILE}\trequests\t100")))
        };
        while !is_used_up() {}
    }
}

#[tokio::test]
async fn an_address_that_reads_too_much_is_refused_with_too_fast_in_every_way_to_read() {
    // A burst of 15 KiB, and then one a second.
    let server = server("--read-kib-per-address", "1");
    let token = server.create_bot("reader", "read").token;
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    for n in 0..8 {
        anna.post("tea", &n.to_string(), &"x".repeat(8_000)).await;
    }
    // The first page is larger than what is left, and so the address owes the rest.
    let mut ben = in_room(&server, "Ben", "tea", HOSTILE).await;
    let ask = [
        json!({"type": "history", "room": "tea"}),
        json!({"type": "join", "room": "tea"}),
        json!({"type": "rooms"}),
        json!({"type": "scores", "room": "tea"}),
    ];
    for frame in ask {
        assert_eq!(ben.expect_refusal(frame).await.0, Code::TooFast);
    }
    let mut browser = Browser::at(&server, HOSTILE);
    for path in ["/", "/rooms/tea", "/to/Anna", "/u/new", "/nothing"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 429, "{path}");
        assert!(!page.header("retry-after").is_empty(), "{path}");
    }
    for path in [
        "/api/v1/rooms",
        "/api/v1/rooms/tea/messages",
        "/api/v1/people",
    ] {
        let (status, _) = get_api(&server, path, HOSTILE, &token).await;
        assert_eq!(status, 429, "{path}");
    }
    let mut other = Browser::at(&server, OTHER);
    assert_eq!(other.get("/").await.status, 200);
    let status = server.command_output(&["status"]);
    let busiest = status.lines().find(|line| line.starts_with("busiest"));
    let busiest: Vec<_> = busiest.expect("somebody").split('\t').collect();
    assert_eq!(busiest[1..3], [HOSTILE, "bytes read"]);
}
