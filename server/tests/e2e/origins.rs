//! Which origins can submit forms and open sockets.

use tokio_tungstenite::tungstenite;

use crate::{api_client::http, browser::Browser, client::Client, server::Server};

/// The status of the handshake.
pub fn status(result: Result<Client, tungstenite::Error>) -> u16 {
    match result {
        Ok(_) => 101,
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn only_own_and_allowed_origins_can_submit_forms_and_open_sockets() {
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

/// Whether the server accepts a form and a socket with these headers. They come from
/// `https://chat.example.org` unless the headers say something else.
async fn is_accepted(server: &Server, headers: &[(&'static str, &str)]) -> bool {
    let origin = headers.iter().any(|(name, _)| *name == "Origin");
    let default = [("Origin", "https://chat.example.org")];
    let default = if origin { &[][..] } else { &default[..] };
    let headers = [headers, default].concat();
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
async fn behind_a_trusted_proxy_every_spelling_of_the_own_origin_is_accepted() {
    let trusting = Server::with(&["--trust-proxy"]);
    let origin = ("Origin", "https://192.0.2.1");
    for (host, proto, expected) in [
        ("192.0.2.1:443", "https", true),
        ("192.0.2.1", "https", true),
        ("0xC0.0.2.1", "HTTPS", true),
        ("192.0.2.1", "wss", true),
        ("192.0.2.1", "https, http", true),
        ("192.0.2.1:443", "", true),
        ("192.0.2.2", "https", false),
        ("192.0.2.1:8443", "https", false),
        ("192.0.2.1", "http", false),
        // A page of the plain HTTP site on the same host.
        ("192.0.2.1", "http, https", false),
    ] {
        let headers = [("Host", host), ("X-Forwarded-Proto", proto), origin];
        assert_eq!(
            is_accepted(&trusting, &headers).await,
            expected,
            "{headers:?}"
        );
    }
    let forwarded = [
        ("X-Forwarded-Host", "192.0.2.1"),
        ("X-Forwarded-Proto", "https"),
        origin,
    ];
    assert!(is_accepted(&trusting, &forwarded).await);
}

#[tokio::test]
async fn pages_at_a_public_url_are_accepted_whatever_a_proxy_forwards() {
    let server = Server::with(&["--public-url", "https://chat.example.org"]);
    for host in [
        "chat.example.org",
        "chat.example.org:443",
        "Chat.Example.ORG",
        "chat.example.org.",
        "127.0.0.1:3000",
    ] {
        for proto in ["", "http", "https"] {
            let headers = [("Host", host), ("X-Forwarded-Proto", proto)];
            assert!(is_accepted(&server, &headers).await, "{headers:?}");
        }
        for origin in [
            "http://chat.example.org",
            "https://chat.example.org:8443",
            "https://evil.example",
        ] {
            let headers = [("Host", host), ("Origin", origin)];
            assert!(!is_accepted(&server, &headers).await, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn without_a_trusted_proxy_forwarded_headers_are_ignored() {
    let direct = Server::start();
    let host = |host| ("Host", host);
    let origin = ("Origin", "https://192.0.2.1");
    let https = ("X-Forwarded-Proto", "https");
    assert!(is_accepted(&direct, &[host("192.0.2.1:443"), origin]).await);
    let plain = [host("192.0.2.1:443"), ("Origin", "http://192.0.2.1:443")];
    let socket = Client::connect_with(&direct, "/ws", &plain).await;
    assert_eq!(status(socket), 101, "a plain server on that port");
    assert!(!is_accepted(&direct, &[host("192.0.2.1"), https, origin]).await);
    let forwarded = ("X-Forwarded-Host", "192.0.2.1:443");
    assert!(!is_accepted(&direct, &[forwarded, https, origin]).await);
}

#[tokio::test]
async fn a_refused_origin_is_logged_once_per_minute_with_advice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    let file = std::fs::File::create(&log).expect("a file");
    let options = ["--public-url", "https://talk.example.org"];
    let mut server = Server::logging_to(file, &options, Vec::new());
    let headers = [
        ("Host", "127.0.0.1:3000"),
        ("Origin", "https://chat.example.org"),
    ];
    for _ in 0..5 {
        let socket = Client::connect_with(&server, "/ws", &headers).await;
        assert_eq!(status(socket), 403);
    }
    server.stop("TERM");
    let log = std::fs::read_to_string(log).expect("UTF-8");
    let warnings: Vec<_> = log
        .lines()
        .filter(|line| line.contains("was refused"))
        .collect();
    let [warning] = warnings[..] else {
        panic!("{log}");
    };
    for part in [
        "https://chat.example.org",
        "http://127.0.0.1:3000",
        "https://talk.example.org",
        "--allow-origin",
        "--public-url",
    ] {
        assert!(warning.contains(part), "{part}: {warning}");
    }
}

#[tokio::test]
async fn of_another_sites_page_only_the_origin_is_logged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    let file = std::fs::File::create(&log).expect("a file");
    let mut server = Server::logging_to(file, &[], Vec::new());
    let form = http().post(server.url("/"));
    let form = form
        .header("Referer", "https://evil.example/reset?token=5f0c")
        .header("Content-Type", "application/x-www-form-urlencoded");
    let answer = form.body("nickname=Anna&room=tea").send().await;
    assert_eq!(answer.expect("an answer").status(), 403);
    server.stop("TERM");
    let log = std::fs::read_to_string(log).expect("UTF-8");
    assert!(log.contains("https://evil.example"), "{log}");
    assert!(!log.contains("5f0c") && !log.contains("reset"), "{log}");
}
