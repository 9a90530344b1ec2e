//! Session cookies: nobody can plant one, and what happens if a browser keeps none.

use protocol::{Close, ServerFrame, close::should_reconnect};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};

use crate::{api_client::http, browser::Browser, client::Client, server::Server};

/// Whether these cookies open the chat, and not the sign-in form.
async fn is_signed_in(browser: &mut Browser) -> bool {
    let page = browser.get("/").await;
    assert_eq!(page.status, 200);
    !page.body.contains("name=\"nickname\"")
}

/// The cookies that a response sets, without their attributes.
fn set_cookies(headers: &reqwest::header::HeaderMap) -> Vec<&str> {
    let cookies = headers.get_all(SET_COOKIE).iter();
    let cookies = cookies.map(|it| it.to_str().expect("ASCII"));
    cookies
        .map(|it| it.split(';').next().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn a_planted_cookie_never_becomes_a_session() {
    let server = Server::start();
    let mut attacker = Browser::new(&server);
    attacker.sign_in("Mallory", "tea").await;
    let ended = attacker.cookies["parlor_0"].clone();
    attacker.post("/sign-out", &[]).await;
    for (n, planted) in ["5f0c", &ended, &"0".repeat(64)].into_iter().enumerate() {
        let mut browser = Browser::new(&server);
        browser.cookies.insert("parlor_0".into(), planted.into());
        browser.sign_in(&format!("Anna {n}"), "tea").await;
        assert_ne!(browser.cookies["parlor_0"], planted);
        assert!(is_signed_in(&mut browser).await);
        browser.cookies.insert("parlor_0".into(), planted.into());
        assert!(!is_signed_in(&mut browser).await, "{planted}");
    }
}

#[tokio::test]
async fn every_sign_in_makes_a_new_secret_and_ends_the_old_one_with_its_sockets() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    browser.sign_in("Anna", "tea").await;
    let old = browser.cookies.clone();
    let (mut socket, _) = browser.socket(&server, "/ws").await;
    socket.join("tea").await;
    let user = socket.user;
    browser.sign_in("Anna", "tea").await;
    assert_ne!(browser.cookies["parlor_0"], old["parlor_0"]);
    assert_reconnects(&mut socket).await;
    // The page comes back with the new cookie.
    let (mut again, _) = browser.socket(&server, "/ws").await;
    assert_eq!(again.user, user, "the same account");
    again.join("tea").await;
    assert_eq!(again.post("tea", "1", "still here").await.from, "Anna");
    let mut planter = Browser::new(&server);
    planter.cookies = old;
    assert!(!is_signed_in(&mut planter).await);
    let cookies = planter.cookie_header();
    let late = Client::connect_with(&server, "/ws", &[("Cookie", &cookies)]).await;
    let closed = late.expect("a socket").until_closed().await;
    assert_eq!(closed, Some(Close::SignedOut.code()));
    assert!(is_signed_in(&mut browser).await);
}

/// Reads until the server has closed the socket, and asserts that a page reconnects by itself, as
/// soon as the browser has its new cookie.
async fn assert_reconnects(socket: &mut Client) {
    let bye = loop {
        if let ServerFrame::Bye(bye) = socket.next().await {
            break bye;
        }
    };
    assert!(bye.retry_after_ms.is_some_and(|ms| ms >= 2_000), "{bye:?}");
    let closed = socket.until_closed().await.expect("a close code");
    assert!(should_reconnect(closed), "{closed}");
}

/// Submits the sign-in form. Returns where the redirect leads, and the cookie.
async fn submit(server: &Server, nickname: &str) -> (String, String) {
    let form = http().post(server.url("/"));
    let form = form
        .header(ORIGIN, server.url(""))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let body = format!("nickname={nickname}&room=tea");
    let answer = form.body(body).send().await.expect("an answer");
    assert_eq!(answer.status(), 303);
    let path = answer.headers()[LOCATION].to_str().expect("ASCII");
    let cookies = set_cookies(answer.headers());
    (path.to_owned(), cookies[0].to_owned())
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookies_is_told_so_and_the_name_is_free_again() {
    let server = Server::start();
    let (path, _) = submit(&server, "Anna").await;
    let mut browser = Browser::new(&server);
    let page = browser.get(&path).await;
    assert_eq!(page.status, 403);
    for part in [
        "Allow cookies for this site",
        "value=\"Anna\"",
        "value=\"tea\"",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    Client::sign_in(&server, "Anna").await;
    // A browser that keeps another cookie than the new one has lost it, too.
    let (path, _) = submit(&server, "Ben").await;
    browser.cookies.insert("parlor_0".into(), "5f0c".into());
    assert_eq!(browser.get(&path).await.status, 403);
    Client::sign_in(&server, "Ben").await;
}

#[tokio::test]
async fn the_link_that_checks_for_cookies_ends_no_session_later() {
    let server = Server::start();
    let (path, cookie) = submit(&server, "Anna").await;
    let follow = async |cookies: &str| {
        let request = http().get(server.url(&path)).header(COOKIE, cookies);
        request.send().await.expect("an answer")
    };
    for cookies in [&cookie, ""] {
        let answer = follow(cookies).await;
        assert_eq!(answer.status(), 303, "{cookies}");
        assert_eq!(answer.headers()[LOCATION], "/rooms/tea", "{cookies}");
    }
    let mut anna = Browser::new(&server);
    let (name, value) = cookie.split_once('=').expect("name=value");
    anna.cookies.insert(name.into(), value.into());
    assert!(is_signed_in(&mut anna).await);
    // Nobody can make it lead elsewhere.
    let elsewhere = anna.get("/signed-in?room=//evil.example/").await;
    let place = elsewhere.location.expect("a redirect");
    assert!(place.starts_with("/rooms/"), "{place}");
    assert!(!place[1..].contains("//"), "{place}");
}

/// Restarts the server as if all of its sessions had begun before an upgrade.
fn upgraded(server: Server) -> Server {
    server.kill_and_restart_after(|db| {
        db.execute("UPDATE sessions SET plain_cookie = 1", [])?;
        Ok(())
    })
}

#[tokio::test]
async fn under_https_a_live_session_that_somebody_plants_does_not_count() {
    let server = Server::with(&["--trust-proxy"]);
    let mut mallory = Browser::over_https(&server);
    mallory.sign_in("Mallory", "tea").await;
    let planted = mallory.cookies["__Host-parlor_0"].clone();
    let mut anna = Browser::over_https(&server);
    let plant = |browser: &mut Browser| {
        browser.cookies.insert("parlor_0".into(), planted.clone());
    };
    plant(&mut anna);
    assert!(!is_signed_in(&mut anna).await);
    let cookies = anna.cookie_header();
    let headers = [
        ("Cookie", cookies.as_str()),
        ("X-Forwarded-For", "203.0.113.7"),
        ("X-Forwarded-Proto", "https"),
    ];
    let socket = Client::connect_with(&server, "/ws", &headers).await;
    // It is nobody's socket yet.
    let socket = socket.expect("a socket").sign_in_as("Anna").await;
    drop(socket);
    anna.post("/sign-out", &[]).await;
    assert!(is_signed_in(&mut mallory).await, "nobody has ended it");
    plant(&mut anna);
    anna.sign_in("Ben", "tea").await;
    let (socket, nickname) = anna.socket(&server, "/ws").await;
    let (other, _) = mallory.socket(&server, "/ws").await;
    assert_eq!(nickname, "Ben");
    assert_ne!(socket.user, other.user);
}

#[tokio::test]
async fn a_session_from_before_the_upgrade_gets_a_new_secret_under_https() {
    let server = Server::with(&["--trust-proxy"]);
    let mut before = Browser::new(&server);
    before.sign_in("Anna", "tea").await;
    let server = upgraded(server);
    let mut anna = Browser::over_https(&server);
    anna.cookies = before.cookies.clone();
    // A page that was open reconnects, and so does whoever planted the cookie.
    let (mut socket, nickname) = anna.socket(&server, "/ws").await;
    assert_eq!(nickname, "Anna");
    let page = anna.get("/rooms/tea").await;
    assert_eq!(page.status, 200, "the session survives");
    assert_reconnects(&mut socket).await;
    let secret = anna.cookies["__Host-parlor_0"].clone();
    assert_ne!(secret, before.cookies["parlor_0"]);
    let expected = [format!("__Host-parlor_0={secret}"), "parlor_0=".to_owned()];
    assert_eq!(set_cookies(&page.headers), expected);
    assert_eq!(anna.cookies.len(), 1, "{:?}", anna.cookies);
    assert!(is_signed_in(&mut anna).await);
    // Nothing knows the old secret any more, and the new one counts under its own name alone.
    for planted in [&secret, &before.cookies["parlor_0"]] {
        let mut other = Browser::over_https(&server);
        other.cookies.insert("parlor_0".into(), planted.clone());
        assert!(!is_signed_in(&mut other).await);
        other = Browser::new(&server);
        other.cookies.insert("parlor_0".into(), planted.clone());
        assert_eq!(is_signed_in(&mut other).await, *planted == secret);
    }
}

#[tokio::test]
async fn under_https_the_cookie_is_bound_to_the_host() {
    let server = Server::with(&["--trust-proxy"]);
    let mut anna = Browser::over_https(&server);
    anna.sign_in("Anna", "tea").await;
    // What somebody plants under the old name does not count.
    anna.cookies.insert("parlor_0".into(), "5f0c".into());
    assert!(is_signed_in(&mut anna).await);
    anna.post("/sign-out", &[]).await;
    assert!(anna.cookies.is_empty(), "{:?}", anna.cookies);
    // A new user gets only the new name.
    let mut ben = Browser::over_https(&server);
    let page = ben
        .post("/u/3/", &[("nickname", "Ben"), ("room", "tea")])
        .await;
    assert_eq!(page.location.as_deref(), Some("/u/3/rooms/tea"));
    for part in [
        "__Host-parlor_3=",
        "Path=/",
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
    ] {
        let cookie = page.header("set-cookie");
        assert!(
            cookie.contains(part) && !cookie.contains("Domain"),
            "{cookie}"
        );
    }
    let names: Vec<_> = ben.cookies.keys().collect();
    assert_eq!(names, ["__Host-parlor_3"]);
    let (_socket, nickname) = ben.socket(&server, "/u/3/ws").await;
    assert_eq!(nickname, "Ben", "the socket is told that it is HTTPS, too");
}
