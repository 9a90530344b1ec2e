//! Which pages may post a form or open a socket.

use tokio_tungstenite::tungstenite;

use crate::{browser::Browser, client::Client, house::House, program::http};

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
    let house = House::with(&["--allow-origin", "https://friend.example"]);
    let mut browser = Browser::new(&house);
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
        let socket = Client::connect_as(&house, "/ws", &[("Origin", origin)]).await;
        assert_eq!(status(socket), 403, "{origin}");
    }
    let ours = house.url("");
    for origin in [ours.as_str(), "https://friend.example"] {
        let socket = Client::connect_as(&house, "/ws", &[("Origin", origin)]).await;
        assert_eq!(status(socket), 101, "{origin}");
    }
    let page = browser
        .post_from("/", &fields, Some("https://friend.example"))
        .await;
    assert_eq!(page.status, 303);
}

#[tokio::test]
async fn behind_a_proxy_the_origin_is_told_however_the_proxy_spells_it() {
    let direct = House::open();
    let trusting = House::with(&["--trust-proxy"]);
    let page = "https://chat.example.org";
    let proto = |scheme| ("X-Forwarded-Proto", scheme);
    let host = |host| ("Host", host);
    for (house, headers, expected) in [
        (
            &trusting,
            vec![host("chat.example.org:443"), proto("https")],
            101,
        ),
        (
            &trusting,
            vec![host("chat.example.org"), proto("https")],
            101,
        ),
        (
            &trusting,
            vec![host("Chat.Example.ORG"), proto("HTTPS")],
            101,
        ),
        (&trusting, vec![host("chat.example.org"), proto("wss")], 101),
        (
            &trusting,
            vec![host("chat.example.org"), proto("https, http")],
            101,
        ),
        (&trusting, vec![host("chat.example.org:443")], 101),
        (&direct, vec![host("chat.example.org:443")], 101),
        (
            &trusting,
            vec![("X-Forwarded-Host", "chat.example.org"), proto("https")],
            101,
        ),
        (
            &trusting,
            vec![host("other.example.org"), proto("https")],
            403,
        ),
        (
            &trusting,
            vec![host("chat.example.org"), proto("http")],
            403,
        ),
        (
            &trusting,
            vec![host("chat.example.org:8443"), proto("https")],
            403,
        ),
        (
            &direct,
            vec![("X-Forwarded-Host", "chat.example.org"), proto("https")],
            403,
        ),
        (&direct, vec![host("chat.example.org"), proto("https")], 403),
    ] {
        let mut form = http().post(house.url("/"));
        for (name, value) in headers.iter().copied().chain([("Origin", page)]) {
            form = form.header(name, value);
        }
        let form = form.header("Content-Type", "application/x-www-form-urlencoded");
        let answer = form.body("nickname=Anna&room=tea").send().await;
        let is_refused = answer.expect("an answer").status() == 403;
        assert_eq!(is_refused, expected == 403, "{headers:?}");
        let headers = [&headers[..], &[("Origin", page)]].concat();
        let socket = Client::connect_as(house, "/ws", &headers).await;
        assert_eq!(status(socket), expected, "{headers:?}");
    }
}

#[tokio::test]
async fn a_refused_origin_is_logged_once_a_minute_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    let file = std::fs::File::create(&log).expect("a file");
    let mut house = House::logging_to(file, &[], Vec::new());
    let headers = [
        ("Host", "chat.example.org"),
        ("Origin", "https://chat.example.org"),
    ];
    for _ in 0..5 {
        let socket = Client::connect_as(&house, "/ws", &headers).await;
        assert_eq!(status(socket), 403);
    }
    house.stop("TERM");
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
