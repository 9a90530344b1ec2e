//! Which hosts a request may ask for: a page of another site whose name leads here reaches nothing
//! (DNS rebinding).

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::server::Server;

/// What only a page, a form, a file or a socket of this server gets.
const CHECKED: &[(&str, &str)] = &[
    ("GET", "/"),
    ("POST", "/"),
    ("GET", "/u/1/"),
    ("GET", "/u/new"),
    ("GET", "/rooms/tea"),
    ("GET", "/to/Anna"),
    ("POST", "/sign-out"),
    ("GET", "/manifest.webmanifest"),
    ("GET", "/icon.svg"),
    ("GET", "/pkg/parlor.js"),
    ("GET", "/ws"),
    ("GET", "/u/1/ws"),
    ("GET", "/echo"),
    ("GET", "/nowhere"),
    ("PUT", "/"),
];

/// What programs ask for under any name.
const UNCHECKED: &[(&str, &str, u16)] = &[
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("PUT", "/healthz", 405),
    ("GET", "/api/v1/", 200),
    ("GET", "/api/v1/rooms", 401),
    ("GET", "/api/v1/nowhere", 404),
    ("POST", "/hooks/unknown", 404),
];

/// Sends a request line and headers, and returns the whole answer.
async fn answer(server: &Server, request_line: &str, headers: &[&str]) -> String {
    let mut stream = TcpStream::connect(server.address).await.expect("connects");
    let headers = headers.iter().map(|line| format!("{line}\r\n"));
    let headers: String = headers.collect();
    let request = format!("{request_line}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("writes");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("reads");
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).and_then(|text| text.parse().ok());
    status.unwrap_or_else(|| panic!("no status: {answer:?}"))
}

/// The headers of a request for this host, from a page at the same host.
async fn at(server: &Server, method: &str, path: &str, host: &str) -> String {
    let line = format!("{method} {path} HTTP/1.1");
    let (host, origin) = (format!("Host: {host}"), format!("Origin: http://{host}"));
    answer(server, &line, &[&host, &origin]).await
}

#[tokio::test]
async fn a_page_whose_name_leads_here_reaches_nothing() {
    let server = Server::start();
    let port = server.address.port();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("localhost.evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        "nas".to_owned(),
    ] {
        for (method, path) in CHECKED {
            let refused = at(&server, method, path, &host).await;
            assert_eq!(status(&refused), 421, "{method} {path} {host}");
        }
        for (method, path, expected) in UNCHECKED {
            let answered = at(&server, method, path, &host).await;
            assert_eq!(status(&answered), *expected, "{method} {path} {host}");
        }
    }
}

#[tokio::test]
async fn a_page_cannot_claim_another_host_with_the_headers_of_a_proxy() {
    let server = Server::with(&["--trust-proxy"]);
    for claim in [
        "X-Forwarded-Host: 127.0.0.1",
        "Forwarded: for=203.0.113.7;host=127.0.0.1",
    ] {
        let headers = ["Host: evil.example", "X-Forwarded-For: 203.0.113.7", claim];
        let refused = answer(&server, "GET / HTTP/1.1", &headers).await;
        assert_eq!(status(&refused), 421, "{claim}");
    }
}

#[tokio::test]
async fn the_answer_to_an_unknown_host_says_which_option_to_set() {
    let server = Server::start();
    let proto = "X-Forwarded-Proto: https";
    for (headers, url) in [
        (&["Host: chat.example.org"][..], "http://chat.example.org"),
        (&["Host: NAS:3000"], "http://nas:3000"),
        (
            &["Host: chat.example.org", proto],
            "https://chat.example.org",
        ),
        (
            &["Host: chat.example.org:443", proto],
            "https://chat.example.org",
        ),
    ] {
        let refused = answer(&server, "GET / HTTP/1.1", headers).await;
        let advice = format!("--public-url {url}\n");
        assert!(refused.contains(&advice), "{headers:?}: {refused}");
        assert!(refused.contains("text/plain"), "{refused}");
    }
}

#[tokio::test]
async fn local_hosts_and_those_of_public_urls_are_accepted() {
    let urls = "https://chat.example.org,https://b\u{fc}cher.example:8443";
    let server = Server::with(&["--public-url", urls]);
    for host in [
        "chat.example.org",
        "Chat.Example.ORG",
        "chat.example.org:443",
        "chat.example.org:3000",
        "chat.example.org.",
        "xn--bcher-kva.example:8443",
        "localhost:3000",
        "parlor.localhost",
        "127.0.0.1:3000",
        "192.0.2.1",
        "[::1]:3000",
    ] {
        let answered = at(&server, "GET", "/", host).await;
        assert_eq!(status(&answered), 200, "{host}");
    }
    let other = at(&server, "GET", "/", "other.example.org").await;
    assert_eq!(status(&other), 421, "only what is listed");
}

#[tokio::test]
async fn every_form_of_a_request_has_one_valid_host() {
    let server = Server::with(&["--public-url", "https://chat.example.org"]);
    let (ours, evil) = ("Host: chat.example.org", "Host: evil.example");
    for (line, headers, expected) in [
        ("GET / HTTP/1.1", &[ours][..], 200),
        ("GET / HTTP/1.1", &[], 400),
        ("GET / HTTP/1.0", &[], 200),
        ("GET / HTTP/1.0", &[evil], 421),
        ("GET / HTTP/1.1", &[ours, ours], 400),
        ("GET / HTTP/1.1", &[ours, evil], 400),
        ("GET / HTTP/1.1", &["Host:"], 400),
        ("GET / HTTP/1.1", &["Host: a b"], 400),
        ("GET / HTTP/1.1", &["Host: evil@chat.example.org"], 400),
        ("GET / HTTP/1.1", &["Host: b\u{fc}cher.example"], 400),
        ("GET http://chat.example.org/ HTTP/1.1", &[ours], 200),
        ("GET http://chat.example.org/ HTTP/1.1", &[evil], 421),
        ("GET http://evil.example/ HTTP/1.1", &[ours], 421),
        ("GET chat.example.org HTTP/1.1", &[ours], 404),
        ("GET evil.example HTTP/1.1", &[ours], 421),
    ] {
        let answered = answer(&server, line, headers).await;
        assert_eq!(status(&answered), expected, "{line} {headers:?}");
    }
    // A health check may be as old and as short as it likes.
    let alive = answer(&server, "GET /healthz HTTP/1.0", &[]).await;
    assert_eq!(status(&alive), 200);
}

#[tokio::test]
async fn what_is_wrong_with_hosts_and_proxies_is_logged_once_a_minute() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    let warnings = async |options: &[&str], headers: &[&str]| {
        let file = std::fs::File::create(&log).expect("a file");
        let mut server = Server::logging_to(file, options, Vec::new());
        for _ in 0..5 {
            answer(&server, "GET /healthz HTTP/1.1", headers).await;
            answer(&server, "GET / HTTP/1.1", headers).await;
        }
        server.stop("TERM");
        let log = std::fs::read_to_string(&log).expect("UTF-8");
        log.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let local = "Host: 127.0.0.1:3000";
    let client = "X-Forwarded-For: 203.0.113.7";
    assert!(warnings(&[], &[local]).await.is_empty());
    assert!(
        warnings(&["--trust-proxy"], &[local, client])
            .await
            .is_empty()
    );
    let other = "Forwarded: for=198.51.100.1";
    for (options, headers, part) in [
        (
            &[][..],
            &["Host: chat.example.org"][..],
            "--public-url http://chat.example.org",
        ),
        (&[], &[local, client], "--trusted-proxies"),
        (&["--trust-proxy"], &[local], "X-Forwarded-For"),
        (
            &["--trust-proxy"],
            &[local, client, other],
            "different clients",
        ),
    ] {
        let logged = warnings(options, headers).await;
        let [warning] = &logged[..] else {
            panic!("{options:?} {headers:?}: {logged:?}");
        };
        assert!(warning.contains(part), "{part}: {warning}");
    }
}
