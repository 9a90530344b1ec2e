//! Which pages may post a form or open a socket.

use tokio_tungstenite::tungstenite;

use crate::{api_client::http, browser::Browser, client::Client, server::Server};

/// What the handshake was answered with.
pub fn status(result: Result<Client, tungstenite::Error>) -> u16 {
    match result {
        Ok(_) => 101,
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn only_our_own_pages_may_post_or_open_a_browsers_socket() {
    let server = Server::with(&["--allow-origin", "https://friend.example"]);
    let mut browser = Browser::new(&server);
    let fields = [("nickname", "Anna"), ("room", "tea")];
    for origin in [
        Some("http://evil.example"),
        Some("null"),
        Some("http://127.0.0.1:1"),
        None,
    ] {
        for path in ["/", "/sign-out", "/u/1/"] {
            let page = browser.post_from(path, &fields, origin).await;
            assert_eq!(page.status, 403, "{origin:?} {path}");
        }
    }
    for origin in ["http://evil.example", "null"] {
        let socket = Client::connect_with(&server, "/ws", &[("Origin", origin)]).await;
        assert_eq!(status(socket), 403, "{origin}");
    }
    let ours = server.url("");
    for origin in [ours.as_str(), "https://friend.example"] {
        let socket = Client::connect_with(&server, "/ws", &[("Origin", origin)]).await;
        assert_eq!(status(socket), 101, "{origin}");
    }
    let page = browser
        .post_from("/", &fields, Some("https://friend.example"))
        .await;
    assert_eq!(page.status, 303);
}

/// What a form and a socket of `https://chat.example.org` are answered when these headers come along.
async fn is_let_in(server: &Server, headers: &[(&'static str, &str)]) -> bool {
    let headers = [headers, &[("Origin", "https://chat.example.org")]].concat();
    let mut form = http().post(server.url("/"));
    for (name, value) in headers.iter().filter(|(name, _)| *name != "Host") {
        form = form.header(*name, *value);
    }
    let host = headers.iter().find(|(name, _)| *name == "Host");
    let form = form.header("Host", host.map_or("127.0.0.1", |(_, host)| *host));
    let form = form.header("Content-Type", "application/x-www-form-urlencoded");
    let answer = form.body("nickname=Anna&room=tea").send().await;
    let is_refused = answer.expect("an answer").status() == 403;
    let socket = status(Client::connect_with(server, "/ws", &headers).await);
    assert_eq!(socket, if is_refused { 403 } else { 101 }, "{headers:?}");
    !is_refused
}

#[tokio::test]
async fn behind_a_proxy_the_origin_is_known_however_the_proxy_spells_it() {
    let trusting = Server::with(&["--trust-proxy"]);
    for (host, proto, expected) in [
        ("chat.example.org:443", "https", true),
        ("chat.example.org", "https", true),
        ("Chat.Example.ORG", "HTTPS", true),
        ("chat.example.org", "wss", true),
        ("chat.example.org", "https, http", true),
        ("chat.example.org:443", "", true),
        ("other.example.org", "https", false),
        ("chat.example.org:8443", "https", false),
        ("chat.example.org", "http", false),
        // The page of a plain site beside the encrypted one.
        ("chat.example.org", "http, https", false),
    ] {
        let headers = [("Host", host), ("X-Forwarded-Proto", proto)];
        assert_eq!(
            is_let_in(&trusting, &headers).await,
            expected,
            "{headers:?}"
        );
    }
    let forwarded = [
        ("X-Forwarded-Host", "chat.example.org"),
        ("X-Forwarded-Proto", "https"),
    ];
    assert!(is_let_in(&trusting, &forwarded).await);
}

#[tokio::test]
async fn without_a_trusted_proxy_nothing_that_is_forwarded_counts() {
    let direct = Server::open();
    let host = |host| ("Host", host);
    let https = ("X-Forwarded-Proto", "https");
    assert!(is_let_in(&direct, &[host("chat.example.org:443")]).await);
    let plain = [
        host("chat.example.org:443"),
        ("Origin", "http://chat.example.org:443"),
    ];
    let socket = Client::connect_with(&direct, "/ws", &plain).await;
    assert_eq!(status(socket), 101, "a plain server on that port");
    assert!(!is_let_in(&direct, &[host("chat.example.org"), https]).await);
    let forwarded = ("X-Forwarded-Host", "chat.example.org:443");
    assert!(!is_let_in(&direct, &[forwarded, https]).await);
}

#[tokio::test]
async fn a_refused_origin_is_logged_once_a_minute_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    let file = std::fs::File::create(&log).expect("a file");
    let mut server = Server::logging_to(file, &[], Vec::new());
    let headers = [
        ("Host", "chat.example.org"),
        ("Origin", "https://chat.example.org"),
    ];
    for _ in 0..5 {
        let socket = Client::connect_with(&server, "/ws", &headers).await;
        assert_eq!(status(socket), 403);
    }
    server.stop("TERM");
    let log = std::fs::read_to_string(log).expect("UTF-8");
    let told: Vec<_> = log
        .lines()
        .filter(|line| line.contains("was refused"))
        .collect();
    let [told] = told[..] else {
        panic!("{log}");
    };
    for part in [
        "https://chat.example.org",
        "http://chat.example.org",
        "--allow-origin",
        "--trust-proxy",
        "X-Forwarded-Proto",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}
