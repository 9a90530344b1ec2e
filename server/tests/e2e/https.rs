//! HTTPS and wss from the server itself, without a proxy.

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::Path,
    process::Command,
    sync::Arc,
};

use protocol::{ServerFrame, limits};
use rustls::pki_types::CertificateDer;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::{
    client::Client,
    python_env,
    server::{Server, parlor},
    test_ca::{self, TestCa},
};

/// Requests this path over a new connection. Returns the response.
async fn get(ca: &TestCa, server: &Server, path: &str) -> String {
    let stream = TcpStream::connect(server.address).await;
    let mut stream = ca
        .handshake(stream.expect("a connection"), "127.0.0.1")
        .await;
    let (host, end) = (server.address, "Connection: close\r\n\r\n");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{end}");
    stream.write_all(request.as_bytes()).await.expect("open");
    let mut response = String::new();
    let read = stream.read_to_string(&mut response).await;
    // Without close_notify, this is an error: bytes may be missing.
    read.expect("the whole response");
    response
}

/// The certificate that a new connection gets.
async fn certificate(ca: &TestCa, server: &Server) -> CertificateDer<'static> {
    let stream = TcpStream::connect(server.address).await;
    let stream = ca
        .handshake(stream.expect("a connection"), "localhost")
        .await;
    let chain = stream.get_ref().1.peer_certificates();
    chain.expect("a certificate")[0].clone().into_owned()
}

/// Sends plain HTTP to this address. Returns the response.
fn get_plain(address: &str, path: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    response
}

#[tokio::test]
async fn pages_and_sockets_are_served_over_tls() {
    let ca = TestCa::new();
    let mut server = ca.start_server(&[]);
    assert!(server.url("/").starts_with("https://"));
    let page = get(&ca, &server, "/").await;
    assert!(
        page.starts_with("HTTP/1.1 200 ") && page.contains("</html>"),
        "{page}"
    );
    let mut anna = ca.open_socket(&server).await.sign_in_as("Anna").await;
    let mut ben = ca.open_socket(&server).await.sign_in_as("Ben").await;
    anna.join("tea").await;
    ben.join("tea").await;
    for n in 1..=10 {
        anna.post("tea", &n.to_string(), "hello").await;
        assert_eq!(ben.next_message().await.seq, n);
    }
    let (status, _) = server.stop("TERM");
    assert!(status.success());
    let close = loop {
        if let Err(close) = anna.next_or_close().await {
            break close;
        }
    };
    assert_eq!(close, Some(1012));
}

#[tokio::test]
async fn a_client_that_reads_late_over_tls_receives_everything_in_order() {
    const PAGES: usize = 100;
    let ca = TestCa::new();
    let server = ca.start_server(&["--messages-per-second", "0"]);
    let narrow = TcpSocket::new_v4().expect("a socket");
    narrow.set_recv_buffer_size(4_096).expect("a small buffer");
    let stream = narrow.connect(server.address).await.expect("a connection");
    let stream = ca.handshake(stream, "localhost").await;
    let url = format!("wss://localhost:{}/ws", server.address.port());
    let opened = Client::connect_over(stream, &url, &[]).await;
    let mut late = opened.expect("a socket").sign_in_as("Late").await;
    late.join("tea").await;
    let text = "x".repeat(limits::TEXT_CHARS);
    for n in 1..=10 {
        late.post("tea", &n.to_string(), &text).await;
    }
    // The kernel takes part of the answers only, and then others post.
    for _ in 0..PAGES {
        let history = json!({"type": "history", "room": "tea", "limit": 10});
        late.send(history).await;
    }
    let mut anna = ca.open_socket(&server).await.sign_in_as("Anna").await;
    anna.join("tea").await;
    for n in 11..=20 {
        anna.post("tea", &n.to_string(), &text).await;
    }
    let (mut pages, mut seen) = (0, 10);
    while pages < PAGES || seen < 20 {
        match late.next().await {
            ServerFrame::History(page) => {
                assert!(page.messages.iter().all(|it| it.text() == text));
                pages += 1;
            }
            ServerFrame::Message(message) => {
                seen += 1;
                assert_eq!((message.seq, message.text()), (seen, &*text));
            }
            ServerFrame::Error(error) => panic!("{error:?}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not() {
    let ca = TestCa::new();
    let own = ca.options();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("log");
    let log = File::create(&path).expect("a file");
    let server = Server::logging_to(log, &own.each_ref().map(|it| &**it), Vec::new());
    let first = ca.issued();
    assert_eq!(certificate(&ca, &server).await, first);
    let mut anna = ca.open_socket(&server).await.sign_in_as("Anna").await;
    anna.join("tea").await;

    let key = fs::read(ca.key_file()).expect("a key");
    fs::write(ca.key_file(), "broken").expect("writable");
    let logged = |path: &Path| fs::read_to_string(path).expect("a log");
    while !logged(&path).contains("failed to load a new certificate") {
        assert_eq!(certificate(&ca, &server).await, first, "the last one stays");
    }
    fs::write(ca.key_file(), key).expect("writable");

    ca.issue();
    let second = ca.issued();
    assert_ne!(first, second);
    while certificate(&ca, &server).await != second {}
    // Open connections stay.
    assert_eq!(anna.post("tea", "1", "hello").await.seq, 1);
}

#[test]
fn plain_http_is_redirected_on_its_own_port_and_refused_on_that_of_https() {
    let ca = TestCa::new();
    let mut server = ca.start_server(&["--redirect-http", "127.0.0.1:0"]);
    let refused = get_plain(&server.address.to_string(), "/");
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    assert!(refused.contains("begins with https://"), "{refused}");

    let line = server.next_line();
    let redirecting = line.strip_prefix("redirecting to HTTPS from http://");
    let redirecting = redirecting.unwrap_or_else(|| panic!("{line:?}"));
    let redirected = get_plain(redirecting, "/rooms/tea?a=b");
    assert!(redirected.starts_with("HTTP/1.1 308 "), "{redirected}");
    let location = format!("location: {}\r\n", server.url("/rooms/tea?a=b"));
    assert!(redirected.contains(&location), "{redirected}");
}

#[tokio::test]
async fn a_connection_counts_before_its_handshake_and_one_too_many_is_just_closed() {
    let ca = TestCa::new();
    let server = ca.start_server(&["--max-connections", "2"]);
    let connect = || std::net::TcpStream::connect(server.address).expect("a connection");
    let idle = [connect(), connect()];
    let mut refused = String::new();
    let read = connect().read_to_string(&mut refused);
    assert_eq!((read.ok(), &*refused), (Some(0), ""));
    drop(idle);
    loop {
        let stream = TcpStream::connect(server.address).await;
        let stream = stream.expect("a connection");
        if test_ca::connect(&ca.root(), stream, "localhost")
            .await
            .is_ok()
        {
            break;
        }
    }
}

#[test]
fn wrong_options_are_refused_with_a_sentence() {
    let ca = TestCa::new();
    let [_, certificate, _, key] = ca.options();
    let other = TestCa::new();
    let [_, _, _, other_key] = other.options();
    for (options, expected) in [
        (vec!["--tls-cert", &certificate], "--tls-key"),
        (vec!["--tls-key", &key], "--tls-cert"),
        (vec!["--redirect-http", "127.0.0.1:0"], "--tls-cert"),
        (
            vec!["--tls-cert", &key, "--tls-key", &key],
            "has no certificate",
        ),
        (
            vec!["--tls-cert", "/nowhere", "--tls-key", &key],
            "/nowhere",
        ),
        (
            vec!["--tls-cert", &certificate, "--tls-key", &certificate],
            "cannot be read as PEM",
        ),
        (
            vec!["--tls-cert", &certificate, "--tls-key", &other_key],
            "belong together",
        ),
    ] {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut command = parlor();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
        let output = command.arg(data.path()).args(&options).output();
        let output = output.expect("parlor runs");
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{why}");
        assert!(why.contains(expected), "{options:?}: {why}");
    }
}

#[test]
fn parlor_send_and_the_tornado_client_connect_if_they_trust_the_certificate() {
    let ca = Arc::new(TestCa::new());
    let server = ca.start_server(&[]);
    let mut send = parlor();
    send.args(["send", "--url", &server.url(""), "--nick", "Anna"]);
    let send = send.args(["--room", "tea", "hello"]);
    let untrusted = send.output().expect("parlor runs");
    assert_eq!(untrusted.status.code(), Some(3));
    let trusted = send.env("SSL_CERT_FILE", ca.root()).output();
    let trusted = trusted.expect("parlor runs");
    let why = String::from_utf8_lossy(&trusted.stderr).into_owned();
    assert!(trusted.status.success(), "{why}");
    assert_eq!(server.texts("tea"), ["hello"]);

    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/python/three_clients.py"
    );
    let tornado = Command::new(
        python_env::with_pinned("tornado", "tests/e2e/requirements/tornado.txt").join("python"),
    )
    .args([
        example,
        &format!("wss://{}/ws", server.address),
        "swift-dev",
    ])
    .env("SSL_CERT_FILE", ca.root())
    .output()
    .expect("Python runs");
    let why = String::from_utf8_lossy(&tornado.stderr).into_owned();
    assert!(tornado.status.success(), "{why}");
    assert_eq!(server.texts("swift-dev").len(), 3);
}
