//! The pages, forms, cookies and headers that a browser gets.

use protocol::{ServerFrame, frame};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite;

use crate::{browser::Browser, client::Client, presence::until_online_count, server::Server};

fn status(result: Result<Client, tungstenite::Error>) -> u16 {
    match result {
        Ok(_) => 101,
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn signing_in_and_reading_the_last_fifty_messages_work_without_scripts() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut ben = Client::in_room(&server, "Ben", "tea time").await;
    for n in 1..=60 {
        ben.send(json!({"type": "room", "to": "tea time", "text": format!("number <{n}>")}))
            .await;
    }
    ben.until(|f| matches!(f, ServerFrame::Message(m) if m.seq == 60).then_some(()))
        .await;
    let mut browser = Browser::new(&server);
    let form = browser.get("/").await;
    assert_eq!(form.status, 200);
    assert!(form.body.contains("name=\"nickname\"") && form.body.contains("name=\"room\""));
    assert!(!form.body.contains("type=\"hidden\""));
    assert!(
        form.body.contains("tea time"),
        "existing rooms are suggested"
    );
    let place = browser.sign_in("Anna", "TEA time").await;
    assert_eq!(place, "/rooms/tea%20time");
    let page = browser.get(&place).await;
    assert_eq!(page.status, 200);
    for n in 11..=60 {
        assert!(page.body.contains(&format!("number &lt;{n}&gt;")), "{n}");
    }
    assert!(!page.body.contains("number &lt;10&gt;"));
    assert!(!page.body.contains("number <60>"), "text is escaped");
}

#[tokio::test]
async fn a_refused_form_shows_the_error_and_keeps_the_input() {
    let server = Server::start();
    let _toto = Client::sign_in(&server, "Toto").await;
    let mut browser = Browser::new(&server);
    for (nickname, room, status, sentence) in [
        ("toto", "tea", 409, "is already in use"),
        ("<script>", "tea", 422, "letters, digits"),
        ("", "tea", 422, "needs at least one letter or digit"),
        ("Titi", "no/slash", 422, "letters, digits"),
    ] {
        let page = browser
            .post("/", &[("nickname", nickname), ("room", room)])
            .await;
        assert_eq!(page.status, status, "{nickname:?} {room:?}");
        assert!(page.body.contains(sentence), "{sentence}");
        let typed = nickname.replace('<', "&lt;").replace('>', "&gt;");
        assert!(
            page.body.contains(&format!("value=\"{typed}\"")),
            "{nickname:?} is kept"
        );
        assert!(
            page.body.contains(&format!("value=\"{room}\"")),
            "{room:?} is kept"
        );
        assert!(browser.cookies.is_empty());
    }
}

#[tokio::test]
async fn every_page_has_security_headers() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    let mut nonces = Vec::new();
    let place = browser.sign_in("Anna", "tea").await;
    for path in [place.as_str(), "/", "/u/1/", "/nowhere"] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        let scripts = policy
            .split(';')
            .map(str::trim)
            .find(|p| p.starts_with("script-src"));
        let scripts = scripts.expect("a policy for scripts");
        assert!(!scripts.contains("unsafe-inline") && scripts.contains("'wasm-unsafe-eval'"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert_eq!(page.header("cache-control"), "no-store");
        let nonce = scripts
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next());
        let nonce = nonce.expect("a nonce").to_owned();
        let inline = page.body.matches("<script").count();
        assert_eq!(
            page.body.matches(&format!("nonce=\"{nonce}\"")).count(),
            inline,
            "{path}"
        );
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 4, "each page has its own nonce");
}

#[tokio::test]
async fn the_cookie_is_hidden_from_scripts_and_other_sites() {
    let server = Server::with(&["--trust-proxy"]);
    let mut browser = Browser::new(&server);
    let page = browser
        .post("/", &[("nickname", "Anna"), ("room", "tea")])
        .await;
    let cookie = page.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert!(cookie.contains("Max-Age=2592000"), "{cookie}");
    assert!(!cookie.contains("Secure"), "plain HTTP: {cookie}");
    let secret = browser.cookies["parlor_0"].clone();
    assert_eq!(secret.len(), 64);
    let stored = std::fs::read(server.data().join("parlor.db-wal")).expect("a write-ahead log");
    let database = std::fs::read(server.data().join("parlor.db")).expect("a database");
    for file in [stored, database] {
        let found = file.windows(64).any(|window| window == secret.as_bytes());
        assert!(!found, "only its hash is stored");
    }
    let https = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let answer = https
        .expect("a client")
        .post(server.url("/"))
        .header("X-Forwarded-Proto", "https")
        .header("Origin", server.url("").replace("http:", "https:"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("nickname=Ben&room=tea")
        .send()
        .await
        .expect("an answer");
    let cookie = answer.headers()["set-cookie"].to_str().expect("ASCII");
    assert!(cookie.contains("Secure"), "behind https: {cookie}");
}

#[tokio::test]
async fn a_browsers_socket_is_signed_in_by_the_cookie_and_gets_no_token() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    browser.sign_in("Anna", "tea").await;
    let (mut socket, nickname) = browser.socket(&server, "/ws").await;
    assert_eq!(nickname, "Anna");
    assert_eq!(socket.token, "");
    socket.join("tea").await;
    assert_eq!(socket.post("tea", "1", "from a browser").await.from, "Anna");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_its_sockets_and_frees_the_nickname() {
    let server = Server::start();
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let mut browser = Browser::new(&server);
    browser.sign_in("Anna", "tea").await;
    let (mut socket, _) = browser.socket(&server, "/ws").await;
    socket.join("tea").await;
    until_online_count(&mut ben, 2).await;
    let stale = browser.cookies.clone();
    let page = browser.post("/sign-out", &[]).await;
    assert_eq!(
        (page.status.as_u16(), page.location.as_deref()),
        (303, Some("/"))
    );
    assert!(browser.cookies.is_empty());
    assert_eq!(
        socket.until_closed().await,
        Some(protocol::Close::SignedOut.code())
    );
    ben.until(|f| {
        matches!(f, ServerFrame::Presence(frame::Presence { left, .. }) if left == &["Anna"])
            .then_some(())
    })
    .await;
    // The old cookie is no longer valid.
    browser.cookies = stale;
    assert!(browser.get("/").await.body.contains("name=\"nickname\""));
    let cookies = browser.cookie_header();
    let header = [("Cookie", cookies.as_str())];
    let mut late = Client::connect_with(&server, "/ws", &header)
        .await
        .expect("a socket");
    assert_eq!(
        late.until_closed().await,
        Some(protocol::Close::SignedOut.code())
    );
    Client::sign_in(&server, "Anna").await;
}

#[tokio::test]
async fn one_browser_has_eight_account_slots() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    let mut seats = Vec::new();
    for n in 0..8 {
        let seat = browser.get("/u/new").await.location.expect("a free seat");
        let nickname = format!("User {n}");
        let page = browser
            .post(&seat, &[("nickname", &nickname), ("room", "tea")])
            .await;
        assert_eq!(page.status, 303, "{}", page.body);
        let base = seat.trim_end_matches('/');
        assert_eq!(
            page.location.as_deref(),
            Some(format!("{base}/rooms/tea").as_str())
        );
        seats.push(seat);
    }
    assert_eq!(
        seats,
        [
            "/", "/u/1/", "/u/2/", "/u/3/", "/u/4/", "/u/5/", "/u/6/", "/u/7/"
        ]
    );
    assert_eq!(browser.get("/u/new").await.status, 409);
    for (n, path) in ["/ws", "/u/1/ws", "/u/0/ws"].into_iter().enumerate() {
        let (_socket, nickname) = browser.socket(&server, path).await;
        assert_eq!(nickname, format!("User {}", n % 2));
    }
    assert!(browser.get("/u/3/rooms/tea").await.body.contains("User 3"));
}

#[tokio::test]
async fn a_user_whose_nickname_was_taken_chooses_another_and_keeps_the_account() {
    let server = Server::with(&["--nickname-reservation-seconds", "0"]);
    let mut browser = Browser::new(&server);
    browser.sign_in("Anna", "tea").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    // An open socket keeps Anna's nickname reserved until the conversation exists.
    let (socket, _) = browser.socket(&server, "/ws").await;
    let room = ben.send_direct("Anna", "1", "remember me").await.room;
    drop(socket);
    let mut taker = Client::connect(&server).await;
    loop {
        taker
            .send(json!({"type": "login", "nickname": "Anna"}))
            .await;
        if matches!(
            taker.next().await,
            ServerFrame::Welcome(frame::Welcome { .. })
        ) {
            break;
        }
    }
    let page = browser.get("/").await;
    assert!(page.body.contains("already in use") && page.body.contains("name=\"nickname\""));
    assert!(page.body.contains("href=\"/u/new\""));
    // Another user gets another account slot, which does not show Anna's conversations.
    assert_eq!(
        browser.get("/u/new").await.location.as_deref(),
        Some("/u/1/")
    );
    browser.sign_in("Annabel", "tea").await;
    let page = browser.get(&format!("/rooms/{room}")).await;
    assert!(page.body.contains("remember me"));
}

#[tokio::test]
async fn a_link_to_a_room_leads_to_the_sign_in_form_with_the_room_filled_in() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    let page = browser.get("/rooms/tea%20time").await;
    let place = page.location.expect("to the sign-in form");
    assert_eq!(place, "/?room=tea+time");
    assert!(
        browser
            .get(&place)
            .await
            .body
            .contains("value=\"tea time\"")
    );
}

#[tokio::test]
async fn unknown_paths_are_not_found_and_invalid_handshakes_are_refused() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    for path in [
        "/nowhere",
        "/u/8/",
        "/u/x/",
        "/u/01/",
        "/pkg/none.js",
        "/pkg/..%2F..%2Fsecret.js",
        "/rooms/",
    ] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
    // A request target without a path, as in requests to proxies.
    let stream = TcpStream::connect(server.address).await;
    let mut stream = stream.expect("a connection");
    stream
        .write_all(b"GET localhost HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .expect("writable");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("readable");
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let plain = browser.get("/ws").await;
    assert_eq!(plain.status, 426);
    assert_eq!(plain.header("upgrade"), "websocket");
    let posted = browser.post("/ws", &[]).await;
    assert_eq!(posted.status, 426);
    let old = Client::connect_with(&server, "/ws", &[("Sec-WebSocket-Version", "8")]).await;
    assert_eq!(status(old), 426);
    let short = Client::connect_with(&server, "/ws", &[("Sec-WebSocket-Key", "c2hvcnQ=")]).await;
    assert_eq!(status(short), 400);
}
