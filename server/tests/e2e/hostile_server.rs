//! A server may be hostile: whatever it sends in whichever field, a terminal gets it from `parlor`
//! only as text. The list of the fields is computed from the types.

use std::{
    io::Write,
    net::SocketAddr,
    process::{Output, Stdio},
};

use futures_util::{SinkExt, StreamExt};
use protocol::{Limits, ServerFrame, schema::fields};
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};
use tokio_tungstenite::{
    accept_async,
    tungstenite::{
        Message as WsMessage,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::server::{Server, parlor};

/// Commands to a terminal: a new title, a cleared screen (also with a C1 character), colors; and
/// what would rearrange or overwrite the line.
const COMMANDS: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{7f}\u{8}\r\n\u{202e}\u{2066}tea";

/// Every frame of a server, each with commands in one of its fields.
fn hostile_frames() -> Vec<Value> {
    let fields = fields::of_server_frames().into_iter();
    let mut seq = 0;
    let frames = fields.filter(|field| !field.is_number).map(|field| {
        let mut frame = field.with(json!(COMMANDS));
        let is_frame = serde_json::from_value::<ServerFrame>(frame.clone()).is_ok();
        if frame["type"] == "message" && is_frame && frame["room"] == "tea" {
            // Only the next event of a room is shown.
            seq += 1;
            frame["seq"] = json!(seq);
        }
        if frame["type"] == "welcome" {
            // A limit of one character would refuse what the command sends.
            frame["limits"] = json!(Limits::new(10));
        }
        frame
    });
    let refusal = json!({"type": "error", "code": "too_fast", "message": COMMANDS});
    let mut frames: Vec<_> = frames.chain([refusal]).collect();
    // Messages come first: a `joined` with other rooms makes the client leave this one.
    frames.sort_by_key(|frame| frame["type"] != "message");
    frames
}

/// What the server does with a login.
#[derive(Clone, Copy)]
enum Login {
    /// Answers the handshake with an error page.
    ErrorPage,
    Refused,
    Accepted,
}

async fn hostile_server(login: Login) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, login));
        }
    });
    address
}

/// Serves one client until it is gone.
async fn serve(mut stream: TcpStream, login: Login) {
    if let Login::ErrorPage = login {
        let page = format!(
            "HTTP/1.1 403 {COMMANDS}\r\nX-Why: \u{1b}[2J\r\nContent-Length: 4\r\n\r\n\u{1b}[2J"
        );
        let _ = stream.write_all(page.as_bytes()).await;
        return;
    }
    let Ok(mut socket) = accept_async(stream).await else {
        return;
    };
    let mut has_joined = false;
    while let Some(Ok(WsMessage::Text(text))) = socket.next().await {
        for line in text.split('\n') {
            let frame: Value = serde_json::from_str(line).expect("a frame");
            let id = &frame["id"];
            let refused =
                json!({"type": "error", "code": "bad_field", "id": id, "message": COMMANDS});
            let answers = match (frame["type"].as_str().unwrap_or_default(), login) {
                ("login", Login::Accepted) => vec![json!({
                    "type": "welcome", "nickname": "Toto", "user": 7, "token": "x", "protocol": 2,
                    "limits": Limits::new(10),
                })],
                ("login", _) => vec![refused],
                ("join", _) if !has_joined => {
                    has_joined = true;
                    let joined = json!({
                        "type": "joined", "room": frame["room"], "kind": "public", "seq": 0,
                        "members": [COMMANDS], "online": 1, "messages": [],
                    });
                    [vec![joined], hostile_frames()].concat()
                }
                // The last frame of the bot's greeting.
                ("games", _) if has_joined => vec![json!("close")],
                ("room" | "private", _) => vec![refused],
                ("logout", _) => vec![json!("close")],
                _ => Vec::new(),
            };
            for answer in answers {
                let sent = match answer == json!("close") {
                    true => {
                        let code = CloseCode::Library(4100);
                        let reason = COMMANDS.into();
                        socket.close(Some(CloseFrame { code, reason })).await
                    }
                    false => socket.send(WsMessage::text(answer.to_string())).await,
                };
                if sent.is_err() {
                    return;
                }
            }
        }
    }
}

fn run(address: SocketAddr, words: &[&str]) -> Output {
    let url = format!("http://{address}");
    let mut child = parlor()
        .args(words)
        .args(["--url", &url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("parlor runs");
    let mut input = child.stdin.take().expect("piped");
    // Fails if the command does not read it.
    let _ = input.write_all(b"hi\n");
    drop(input);
    child.wait_with_output().expect("it ends")
}

/// What was printed, which has to be lines of text.
fn text(bytes: &[u8], of: &str) -> String {
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let is_command = |c: char| {
        let is_direction = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        (c.is_control() && !matches!(c, '\n' | '\t')) || is_direction
    };
    let found = text.find(is_command);
    assert_eq!(found, None, "{of} prints commands: {text:?}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn no_field_of_any_frame_of_a_server_sends_commands_to_the_terminal() {
    let address = hostile_server(Login::Accepted).await;
    let nick = ["--nick", "Toto", "--room", "tea"];
    for (words, is_json) in [
        (&["chat"][..], false),
        (&["chat", "--json"], true),
        (&["send", "hi"], false),
        (&["bot", "tic-tac-toe", "--log", "parlor=debug"], false),
    ] {
        let words = [words, &nick].concat();
        let output = run(address, &words);
        let name = words.join(" ");
        let printed = text(&output.stdout, &name);
        let errors = text(&output.stderr, &name);
        assert!(
            errors.contains("]0;owned"),
            "{name} shows the refusal: {errors}"
        );
        if words[0] == "chat" {
            let messages = hostile_frames();
            let messages = messages.iter().filter(|frame| frame["type"] == "message");
            assert!(printed.lines().count() > 5, "{name}: {printed}");
            assert!(
                printed.lines().count() <= messages.count(),
                "{name}: {printed}"
            );
        }
        let mut found = false;
        for line in printed.lines().filter(|_| is_json) {
            let message: Value = serde_json::from_str(line).expect("JSON");
            found |= message["text"] == COMMANDS;
        }
        assert_eq!(found, is_json, "JSON has the exact text");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_refused_login_nor_an_error_page_sends_commands_to_the_terminal() {
    for login in [Login::Refused, Login::ErrorPage] {
        let address = hostile_server(login).await;
        for words in [&["chat"][..], &["send", "hi"], &["bot", "tic-tac-toe"]] {
            let words = [words, &["--nick", "Toto", "--room", "tea"]].concat();
            let output = run(address, &words);
            let name = words.join(" ");
            assert!(!output.status.success(), "{name}");
            assert_eq!(text(&output.stdout, &name), "");
            let errors = text(&output.stderr, &name);
            assert_eq!(errors.lines().count(), 1, "{name}: {errors}");
        }
    }
}

#[test]
fn what_the_operator_lists_sends_no_commands_to_the_terminal() {
    let server = Server::start();
    server.create_bot("bot", "read");
    server.command_output(&[
        "outgoing",
        "create",
        "--name",
        "hook",
        "--room",
        "tea",
        "--url",
        "https://example.org/",
    ]);
    let server = server.kill_and_restart_after(|db| {
        let changed = db.execute("UPDATE users SET nickname = ?1", [COMMANDS])?
            + db.execute(
                "UPDATE webhooks SET name = ?1, room = ?1, url = ?1",
                [COMMANDS],
            )?;
        assert_eq!(changed, 2);
        Ok(())
    });
    for words in [["token", "list"], ["outgoing", "list"]] {
        let output = server.command(&words);
        let name = words.join(" ");
        let printed = text(&output.stdout, &name);
        assert!(printed.contains("]0;owned"), "{name}: {printed}");
        assert_eq!(printed.lines().count(), 1, "{name}: {printed}");
        text(&output.stderr, &name);
    }
}
