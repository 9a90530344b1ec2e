//! `--listen unix:PATH`: the server behind a proxy on the same machine.

use std::{
    fs,
    io::{Read, Write},
    os::unix::{
        fs::{FileTypeExt, PermissionsExt},
        net::UnixStream,
    },
    path::{Path, PathBuf},
    process::Output,
};

use serde_json::json;
use tempfile::TempDir;

use crate::{
    client::Client,
    server::{Server, parlor},
};

/// A folder for a socket, and the socket's path.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("http.sock");
    (folder, path)
}

/// Starts a server that listens on this path as well.
fn start(path: &Path) -> Server {
    Server::with(&["--listen", &format!("unix:{}", path.display())])
}

/// Starts a server on this path alone, which must fail.
fn expect_failure(path: &Path) -> String {
    let data = tempfile::tempdir().expect("a temporary folder");
    let Output { status, stderr, .. } = parlor()
        .args(["serve", "--listen", &format!("unix:{}", path.display())])
        .arg("--data")
        .arg(data.path())
        .output()
        .expect("parlor runs");
    assert_eq!(status.code(), Some(2));
    String::from_utf8(stderr).expect("UTF-8")
}

async fn open(path: &Path) -> Client {
    let stream = tokio::net::UnixStream::connect(path).await;
    let stream = stream.expect("a connection");
    let opened = Client::connect_over(stream, "ws://localhost/ws", &[]).await;
    opened.expect("the server accepts the socket")
}

#[tokio::test]
async fn pages_and_sockets_work_over_a_unix_socket_as_over_tcp() {
    let (_folder, path) = place();
    let mut server = start(&path);
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o660, "its group may connect, others may not");
    let mut stream = UnixStream::connect(&path).expect("a connection");
    let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");

    let mut anna = open(&path).await.sign_in_as("Anna").await;
    anna.join("tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    // More than the kernel takes at once.
    let text = "x".repeat(protocol::limits::TEXT_CHARS);
    for n in 1..=10 {
        anna.post("tea", &n.to_string(), &text).await;
        assert_eq!(ben.next_message().await.text(), text);
    }
    for n in 11..=20 {
        ben.post("tea", &n.to_string(), &text).await;
        assert_eq!(anna.next_message().await.text(), text);
    }
    for _ in 0..200 {
        anna.send(json!({"type": "history", "room": "tea", "limit": 20}))
            .await;
    }
    anna.frames_so_far().await;

    let (status, printed) = server.stop("TERM");
    assert!(status.success());
    assert_eq!(printed, format!("listening on unix:{}\n", path.display()));
    assert!(!path.exists(), "the file is gone with the server");
}

#[tokio::test]
async fn only_a_socket_on_which_nobody_listens_is_replaced() {
    let (_folder, path) = place();
    let server = start(&path);
    let in_use = expect_failure(&path);
    assert!(
        in_use.contains("choose another address with --listen"),
        "{in_use}"
    );
    open(&path).await.sign_in_as("Anna").await;

    // A killed server leaves the file.
    let server = server.kill_and_restart();
    open(&path).await.sign_in_as("Ben").await;
    drop(server);
    let is_socket = |path| fs::metadata(path).is_ok_and(|it| it.file_type().is_socket());
    assert!(is_socket(&path));

    fs::remove_file(&path).expect("removable");
    fs::write(&path, "something else").expect("writable");
    expect_failure(&path);
    let kept = fs::read_to_string(&path);
    assert_eq!(kept.ok().as_deref(), Some("something else"));
}
