//! `parlor chat` with piped input and output.

use std::{
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Output, Stdio},
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_tungstenite::{
    accept_async_with_config, connect_async,
    tungstenite::{
        self,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

use crate::{
    client::Client,
    server::{Server, parlor},
};

#[test]
fn chat_that_cannot_connect_prints_the_reason() {
    let server = Server::start();
    let refused = chat(&server, &["--nick", "bad/name", "--room", "tea"], "");
    assert_eq!(refused.status.code(), Some(1));
    assert!(!refused.stderr.is_empty() && refused.stdout.is_empty());
    let words = [
        "--url",
        "http://127.0.0.1:9",
        "--nick",
        "Toto",
        "--room",
        "tea",
    ];
    let away = parlor()
        .arg("chat")
        .args(words)
        .stdin(Stdio::null())
        .output();
    assert_eq!(away.expect("parlor runs").status.code(), Some(3));
}

fn chat(server: &Server, words: &[&str], input: impl AsRef<[u8]>) -> Output {
    pipe(&server.url(""), words, input)
}

fn pipe(url: &str, words: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut child = parlor()
        .args(["chat", "--url", url])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("parlor runs");
    let mut stdin = child.stdin.take().expect("piped");
    // A client that is refused does not read its input.
    let _ = stdin.write_all(input.as_ref());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

#[tokio::test]
async fn each_piped_line_is_a_message_and_chat_ends_when_all_are_stored() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let lines: String = (0..50).map(|n| format!("line {n}\n\n")).collect();
    let piped = chat(
        &server,
        &["--nick", "logs", "--room", "ops", "--json"],
        &lines,
    );
    assert_eq!(
        piped.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&piped.stderr)
    );
    let printed = String::from_utf8(piped.stdout).expect("UTF-8");
    for (n, line) in printed.lines().enumerate() {
        let frame: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(
            (&frame["type"], &frame["seq"]),
            (&json!("message"), &json!(n + 1))
        );
        assert_eq!(anna.next_message().await.text(), format!("line {n}"));
    }
    let stored = server.texts("ops");
    assert_eq!(
        stored,
        (0..50).map(|n| format!("line {n}")).collect::<Vec<_>>()
    );
    let bytes = chat(&server, &["--nick", "bytes", "--room", "raw"], b"a \xff\nb");
    assert_eq!(bytes.status.code(), Some(0));
    let stored = server.texts("raw");
    assert_eq!(stored, ["a \u{fffd}", "b"], "invalid UTF-8 is replaced");
    let long = "x".repeat(9_000);
    let refused = chat(&server, &["--nick", "logs2", "--room", "ops"], &long);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("the limit is 8000"),
        "the reason is printed"
    );
}

#[tokio::test]
async fn a_piped_line_that_is_too_long_is_reported_and_skipped() {
    let server = Server::start();
    let far_too_long = "x".repeat(140_000);
    let lines = format!("before\n{far_too_long}\nafter\n\0\nlast\n");
    let piped = chat(&server, &["--nick", "logs", "--room", "ops"], lines);
    assert_eq!(piped.status.code(), Some(1));
    let stderr = String::from_utf8(piped.stderr).expect("UTF-8");
    let errors: Vec<_> = stderr.lines().collect();
    assert!(errors[0].contains("140000 characters"), "{stderr}");
    assert_eq!(errors.len(), 2, "{stderr}");
    let stored = server.texts("ops");
    assert_eq!(stored, ["before", "after", "last"]);
}

/// A relay in front of the server that closes a socket after any message of more bytes than this,
/// as some proxies do, whatever limit the server announces.
async fn size_limiting_relay(server: &Server, bytes: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = format!("ws://{}/ws", server.address);
    tokio::spawn(async move {
        while let Ok((client_socket, _)) = listener.accept().await {
            let limits = WebSocketConfig::default().max_message_size(Some(bytes));
            let client_socket = accept_async_with_config(client_socket, Some(limits)).await;
            let (mut client_socket, (mut server_socket, _)) = (
                client_socket.expect("a handshake"),
                connect_async(&server)
                    .await
                    .expect("a connection to the server"),
            );
            loop {
                tokio::select! {
                    message = client_socket.next() => match message {
                        Some(Ok(message)) => {
                            server_socket.send(message).await.expect("an open socket");
                        }
                        Some(Err(tungstenite::Error::Capacity(_))) => {
                            let code = CloseCode::Size;
                            let close = CloseFrame { code, reason: "".into() };
                            client_socket.close(Some(close)).await.expect("an open socket");
                            break;
                        }
                        _ => break,
                    },
                    message = server_socket.next() => match message {
                        Some(Ok(message)) => {
                            client_socket.send(message).await.expect("an open socket");
                        }
                        _ => break,
                    },
                }
            }
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_a_proxy_refuses_as_too_large_is_reported_and_skipped() {
    let server = Server::start();
    let relay = size_limiting_relay(&server, 4_000).await;
    let too_long = "y".repeat(5_000);
    let lines = format!("before\n{too_long}\nafter\n");
    let piped = pipe(
        &format!("http://{relay}"),
        &["--nick", "logs", "--room", "ops"],
        lines,
    );
    let stderr = String::from_utf8(piped.stderr).expect("UTF-8");
    assert_eq!(piped.status.code(), Some(1), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    let stored = server.texts("ops");
    assert_eq!(stored, ["before", "after"]);
}

#[tokio::test]
async fn each_received_message_is_one_line_of_output() {
    let server = Server::start();
    let mut child = server
        .piped_chat("ear", "ops")
        .stdout(Stdio::piped())
        .spawn()
        .expect("parlor runs");
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    anna.until_online("ear", "ops").await;
    anna.post("ops", "1", "two\nlines \u{202e}and more").await;
    let mut output = BufReader::new(child.stdout.take().expect("piped")).lines();
    let line = output.next().expect("a line").expect("UTF-8");
    assert_eq!(line, "Anna: two lines and more");
    drop(child.stdin.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
