//! Connections: how many there may be, and what an idle or a slow one may cost.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
};

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::{
    api_client::http,
    client::{Client, TIMEOUT},
    server::Server,
};

/// Opens a connection and sends a request for this path. Nothing is read yet.
fn request(server: &Server, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).expect("a connection");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    stream.write_all(request.as_bytes()).expect("sent");
    stream
}

/// The status of the response, whose beginning is read. `None` if the connection was just closed.
fn status(stream: &mut TcpStream) -> Option<u16> {
    let mut head = [0; "HTTP/1.1 200".len()];
    match stream.read_exact(&mut head) {
        Ok(()) => {
            let text = String::from_utf8_lossy(&head);
            Some(text.rsplit(' ').next()?.parse().expect("a number"))
        }
        Err(error) => {
            let closed = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset];
            assert!(closed.contains(&error.kind()), "{error}");
            None
        }
    }
}

/// Asks until the server serves new connections.
fn wait_until_served(server: &Server) {
    while status(&mut request(server, "/readyz")) != Some(200) {}
}

#[tokio::test]
async fn a_full_server_answers_503_and_serves_again_when_a_connection_closes() {
    let server = Server::with(&["--max-connections", "5"]);
    // A socket counts as well, for as long as it is open.
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut open: Vec<_> = (0..4).map(|_| request(&server, "/healthz")).collect();
    assert!(open.iter_mut().all(|it| status(it) == Some(200)));
    let mut refused = request(&server, "/healthz");
    let mut answer = String::new();
    refused
        .read_to_string(&mut answer)
        .expect("an answer and its end");
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(
        answer.ends_with("Try again in a few seconds.\n"),
        "{answer}"
    );
    assert_eq!(anna.post("tea", "1", "hello").await.seq, 1);
    open.pop();
    wait_until_served(&server);
    let again = request(&server, "/healthz");
    drop((open, anna));
    wait_until_served(&server);
    drop(again);
}

#[tokio::test]
async fn a_crowd_larger_than_the_limit_on_open_files_stops_nothing() {
    let mut server = Server::with_open_files(64);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut crowd: Vec<_> = (0..100).map(|_| request(&server, "/readyz")).collect();
    let answers: Vec<_> = crowd.iter_mut().map(status).collect();
    let served = answers.iter().filter(|it| **it == Some(200)).count();
    assert!((10..60).contains(&served), "{answers:?}");
    // The crowd stays. What needs a file of its own still works: a page is read from the database.
    for n in 1..=20 {
        let stored = anna.post("tea", &n.to_string(), "hello").await;
        assert_eq!(stored.seq, n);
        anna.join("tea").await;
    }
    drop(crowd);
    wait_until_served(&server);
    let page = http().get(server.url("/")).send().await;
    assert_eq!(page.expect("an answer").status(), 200);
    assert_eq!(server.texts("tea").len(), 20);
    let (status, _) = server.stop("TERM");
    assert!(status.success());
}

#[tokio::test]
async fn out_of_descriptors_the_server_pauses_logs_once_and_accepts_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("log");
    let log = fs::File::create(&path).expect("a file");
    let server = Server::logging_to(log, &[], Vec::new());
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let process = Pid::from_raw(server.pid().cast_signed());
    // The server has inherited the hard limit of this process.
    let inherited = getrlimit(Resource::Nofile);
    let files = fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("a running process");
    let one_more = Rlimit {
        current: Some(files.count() as u64 + 1),
        ..inherited
    };
    prlimit(process, Resource::Nofile, one_more).expect("a limit");
    let crowd: Vec<_> = (0..10).map(|_| request(&server, "/healthz")).collect();
    let logged = || {
        let log = fs::read_to_string(&path).expect("a log");
        log.matches("failed to accept a connection").count()
    };
    while logged() == 0 {}
    assert_eq!(anna.post("tea", "1", "hello").await.seq, 1);
    drop(crowd);
    wait_until_served(&server);
    assert_eq!(logged(), 1);
}

#[test]
fn downloads_that_nobody_reads_share_their_memory() {
    const SIZE: usize = 4 * 1024 * 1024;
    const DOWNLOADS: usize = 50;
    let site = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(site.path().join("pkg")).expect("a folder");
    fs::write(site.path().join("pkg/parlor.wasm"), vec![b'x'; SIZE]).expect("a file");
    let env = vec![("LEPTOS_SITE_ROOT", site.path().into())];
    let server = Server::with_env(&[], env);
    let download = || {
        let mut unread = request(&server, "/pkg/parlor.wasm");
        assert_eq!(status(&mut unread), Some(200));
        unread
    };
    let first = download();
    let before = server.resident_bytes();
    let others: Vec<_> = (1..DOWNLOADS).map(|_| download()).collect();
    let growth = server.resident_bytes().saturating_sub(before);
    assert!(growth < (DOWNLOADS * SIZE / 10) as u64, "{growth} bytes");
    drop((first, others));
}

#[tokio::test]
async fn a_request_head_of_more_than_32_kib_is_refused_whatever_makes_it_large() {
    let server = Server::start();
    let status = async |path: &str, header: &str| {
        let request = http().get(server.url(path)).header("X-Long", header);
        let answer = request.send().await.expect("an answer");
        answer.status().as_u16()
    };
    let large = "x".repeat(33 * 1024);
    assert_eq!(status("/healthz", "short").await, 200);
    assert_eq!(status("/healthz", &large[..31 * 1024]).await, 200);
    assert_eq!(status("/healthz", &large).await, 431);
    assert_eq!(status(&format!("/{large}"), "short").await, 431);
}

#[test]
fn echo_can_be_switched_off() {
    let server = Server::with(&["--echo", "false"]);
    assert_eq!(status(&mut request(&server, "/echo")), Some(404));
}
