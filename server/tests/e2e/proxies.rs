//! The server behind nginx, Caddy, Traefik and HAProxy, with TLS: the examples that
//! docs/OPERATIONS.md explains.

mod proxy;

use std::{fs::File, net::Ipv4Addr};

use protocol::{Close, limits};
use serde_json::json;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite;

use self::proxy::{NAME, Place, Proxy, Start};
use crate::{browser::Browser, client::Client, origins::status, server::Server, test_ca};

/// Bytes of messages that one socket sends and two receive.
const MESSAGE_BYTES: usize = 10_000_000;
/// Messages that a socket sends before it reads. The server closes sockets that read too little.
const AT_ONCE: usize = 50;

/// A server behind a proxy.
struct Site {
    place: Place,
    server: Server,
    _proxy: Proxy,
}

impl Site {
    /// Starts a proxy, and a server whose log goes to this file. `upstream` is an address besides
    /// the server's port.
    fn start(start: Start, log: &File, upstream: Option<&str>) -> Self {
        loop {
            let mut place = Place::new();
            let url = place.url();
            let mut options = vec![
                "--public-url",
                &url,
                "--trusted-proxies",
                "127.0.0.1",
                "--sockets-per-address",
                "2",
                // What this test sends is more than one address usually may.
                "--messages-per-second",
                "0",
                "--messages-per-address",
                "0",
                "--read-kib-per-address",
                "0",
            ];
            options.extend(upstream.iter().flat_map(|it| ["--listen", it]));
            let log = log.try_clone().expect("a file");
            let server = Server::logging_to(log, &options, Vec::new());
            let port = server.address.to_string();
            place.upstream = upstream.map_or(port, str::to_owned);
            if let Some(proxy) = Proxy::start(start, &place) {
                return Self {
                    place,
                    server,
                    _proxy: proxy,
                };
            }
        }
    }

    fn browser(&self) -> Browser {
        parlor::tls::install_crypto_provider();
        let root = std::fs::read(self.place.ca.root()).expect("a certificate");
        let root = reqwest::Certificate::from_pem(&root).expect("a certificate");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tls_certs_only([root])
            .resolve(NAME, self.place.address());
        Browser::with(http.build().expect("a client"), &self.place.url())
    }

    /// Opens a socket from this address of the machine, with these headers.
    async fn socket(
        &self,
        from: Ipv4Addr,
        headers: &[(&'static str, &str)],
    ) -> Result<Client, tungstenite::Error> {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((from, 0).into()).expect("an address");
        let stream = socket.connect(self.place.address()).await?;
        let stream = test_ca::connect(&self.place.ca.root(), stream, NAME).await?;
        let url = format!("wss://{NAME}:{}/ws", self.place.https_port);
        let url_origin = self.place.url();
        let headers = [headers, &[("Origin", url_origin.as_str())]].concat();
        Client::connect_over(stream, &url, &headers).await
    }

    /// Opens a browser's socket, which is signed in.
    async fn socket_of(&self, browser: &Browser) -> Client {
        let cookies = browser.cookie_header();
        let socket = self
            .socket(Ipv4Addr::LOCALHOST, &[("Cookie", &cookies)])
            .await;
        let mut socket = socket.expect("the server accepts the socket");
        socket.until_welcome().await;
        socket.join("tea").await;
        socket
    }
}

async fn a_browser_signs_in(site: &Site, nickname: &str) -> Browser {
    let mut browser = site.browser();
    let form = browser.get("/").await;
    assert_eq!(form.status, 200, "{}", form.body);
    let place = browser.sign_in(nickname, "tea").await;
    assert_eq!(place, "/rooms/tea");
    let names: Vec<_> = browser.cookies.keys().collect();
    assert_eq!(names, ["__Host-parlor_0"], "it knows that this is HTTPS");
    let page = browser.get(&place).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let https_only = page.header("strict-transport-security");
    assert_eq!(https_only, "max-age=31536000");
    browser
}

async fn many_messages_arrive(sender: &mut Client, receiver: &mut Client) {
    let text = "x".repeat(limits::TEXT_CHARS);
    let count = MESSAGE_BYTES.div_ceil(text.len());
    for first in (0..count).step_by(AT_ONCE) {
        let batch = first..count.min(first + AT_ONCE);
        for n in batch.clone() {
            let id = n.to_string();
            sender
                .send(json!({"type": "room", "to": "tea", "id": id, "text": text}))
                .await;
        }
        for n in batch {
            for client in [&mut *sender, &mut *receiver] {
                let message = client.next_message().await;
                assert_eq!((message.id, message.seq), (n.to_string(), n as u64 + 1));
            }
        }
    }
}

/// Each address of this machine is a client of its own, whatever it claims to be.
async fn limits_count_the_clients_address(site: &Site) {
    let (one, other) = (Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3));
    let claims = [
        ("X-Forwarded-For", "203.0.113.7"),
        ("Forwarded", "for=203.0.113.8"),
    ];
    let open = site.socket(one, &[]).await.expect("the first socket");
    let second = site.socket(one, &claims).await.expect("the second socket");
    let third = status(site.socket(one, &claims).await);
    assert_eq!(third, 429, "two sockets are allowed");
    assert_eq!(status(site.socket(other, &[]).await), 101);
    drop((open, second));
}

fn plain_http_is_redirected_and_http_2_works(place: &Place) {
    let target = place.curl(place.http_port, "/rooms/tea", "%{redirect_url}");
    let is_https = target.starts_with(&format!("https://{NAME}"));
    assert!(is_https && target.ends_with("/rooms/tea"), "{target}");
    let page = place.curl(place.https_port, "/", "%{http_version} %{http_code}");
    assert_eq!(page, "2 200");
}

async fn the_whole_story(start: Start) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    let mut site = Site::start(start, &File::create(&log).expect("a file"), None);
    plain_http_is_redirected_and_http_2_works(&site.place);
    let browser = a_browser_signs_in(&site, "Anna").await;
    let mut anna = site.socket_of(&browser).await;
    let mut ben = site
        .socket_of(&a_browser_signs_in(&site, "Ben").await)
        .await;
    many_messages_arrive(&mut anna, &mut ben).await;
    limits_count_the_clients_address(&site).await;

    let server = site.server;
    let restarting = tokio::task::spawn_blocking(|| server.restart_on_same_port("TERM"));
    let closes = tokio::join!(anna.until_closed(), ben.until_closed());
    let restart = Some(Close::Restart.code());
    assert_eq!(closes, (restart, restart));
    site.server = restarting.await.expect("a restarted server");
    let mut anna = site.socket_of(&browser).await;
    anna.post("tea", "again", "after the restart").await;

    // The proxy sends all that the server wants to know.
    assert_eq!(std::fs::read_to_string(log).expect("UTF-8"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_behind_nginx() {
    the_whole_story(proxy::nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_behind_caddy() {
    the_whole_story(proxy::caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_behind_traefik() {
    the_whole_story(proxy::traefik).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_behind_haproxy() {
    the_whole_story(proxy::haproxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_on_the_same_machine_needs_no_port() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = File::create(folder.path().join("log")).expect("a file");
    let socket = format!("unix:{}", folder.path().join("parlor.sock").display());
    for start in [proxy::nginx, proxy::haproxy, proxy::caddy] as [Start; 3] {
        let site = Site::start(start, &log, Some(&socket));
        let browser = a_browser_signs_in(&site, "Anna").await;
        let mut anna = site.socket_of(&browser).await;
        anna.post("tea", "1", "over a Unix socket").await;
        limits_count_the_clients_address(&site).await;
    }
}
