//! `parlor send`: one message, under a nickname that is free again afterwards, or with a token.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    process::{Command, Output, Stdio},
};

use protocol::Code;
use serde_json::json;

use crate::{
    client::Client,
    server::{Server, parlor},
};

fn send_command(server: &Server, words: &[&str]) -> Command {
    let mut command = parlor();
    command.args(["send", "--url", &server.url("")]).args(words);
    command
}

fn send(server: &Server, words: &[&str]) -> Output {
    send_command(server, words).output().expect("parlor runs")
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn send_ends_when_its_message_is_stored() {
    let server = Server::start();
    let send = |words: &[&str]| send(&server, words);
    let output = send(&["--nick", "Toto", "--room", "ops", "hello"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(server.logs()["ops"][0].text, "hello");
    let mut anna = Client::sign_in(&server, "Anna").await;
    let bot = server.create_bot("bot", "post,read");
    let output = send(&["--token", &bot.token, "--to", "Anna", "psst"]);
    assert_eq!(output.status.code(), Some(0));
    let received = anna.next_message().await;
    assert_eq!((received.text(), received.bot), ("psst", true));
    let endless = send_command(&server, &["--nick", "raw", "--room", "raw"])
        .stdin(File::open("/dev/urandom").expect("it exists"))
        .output();
    let refused = endless.expect("parlor runs").status.code();
    assert_eq!(refused, Some(1), "endless input is too long");
    let nobody = send(&["--nick", "Tata", "--to", "Nobody", "psst"]);
    assert_eq!(nobody.status.code(), Some(1));
    let wrong = send(&["--nick", "Tata", "psst"]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[tokio::test]
async fn a_second_message_under_the_same_name_is_sent_at_once() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    for text in ["one", "two", "three"] {
        let output = send(&server, &["--nick", "cron", "--room", "ops", text]);
        assert_eq!(output.status.code(), Some(0), "{}", error(&output));
        assert_eq!(error(&output), "");
        anna.until_text(text).await;
    }
    // The name is free for anybody.
    Client::sign_in(&server, "cron").await;
}

#[tokio::test]
async fn messages_that_are_sent_at_the_same_time_under_one_name_all_arrive() {
    let server = Server::start();
    let texts: Vec<String> = (0..5).map(|nth| format!("message {nth}")).collect();
    let sending: Vec<_> = texts
        .iter()
        .map(|text| {
            send_command(&server, &["--nick", "cron", "--room", "ops", text])
                .stderr(Stdio::piped())
                .spawn()
                .expect("parlor runs")
        })
        .collect();
    for child in sending {
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    }
    let mut stored = server.texts("ops");
    stored.sort();
    assert_eq!(stored, texts);
}

#[tokio::test]
async fn a_name_that_a_crash_left_reserved_is_waited_for() {
    let server = Server::with(&["--bot-reservation-seconds", "2"]);
    // It had no time to sign out.
    drop(Client::sign_in(&server, "cron").await);
    let output = send(&server, &["--nick", "cron", "--room", "ops", "hello"]);
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    assert_eq!(server.texts("ops"), ["hello"]);
    assert!(
        error(&output).contains("“cron” is in use"),
        "{}",
        error(&output)
    );
}

#[tokio::test]
async fn a_program_waits_when_all_programs_behind_its_address_sign_in_too_often() {
    // A listed proxy that sends no headers, so this machine has limits.
    let server = Server::with(&["--trust-proxy"]);
    let mut hasty = Client::connect(&server).await;
    let login = json!({"type": "login", "token": "wrong"});
    while hasty.expect_refusal(login.clone()).await.0 != Code::TooManySignIns {}
    let jobs: Vec<_> = ["one", "two", "three"]
        .into_iter()
        .map(|job| {
            send_command(&server, &["--nick", job, "--room", "ops", job])
                .stderr(Stdio::piped())
                .spawn()
                .expect("parlor runs")
        })
        .collect();
    for job in jobs {
        let output = job.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    }
    assert_eq!(server.texts("ops").len(), 3);
}

#[tokio::test]
async fn logout_frees_the_nickname_and_ends_the_session_but_not_that_of_a_bot() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut other = Client::sign_in_with_token(&server, &anna.token).await;
    anna.send(json!({"type": "room", "to": "tea", "id": "1", "text": "bye"}))
        .await;
    anna.send(json!({"type": "logout"})).await;
    assert_eq!(anna.until_echo("1").await.text(), "bye");
    assert_eq!(anna.until_closed().await, Some(4100));
    assert_eq!(other.until_closed().await, Some(4100));
    let mut late = Client::connect(&server).await;
    let login = json!({"type": "login", "token": anna.token});
    assert_eq!(late.expect_refusal(login).await.0, Code::BadToken);
    let logout = json!({"type": "logout"});
    assert_eq!(
        late.expect_refusal(logout.clone()).await.0,
        Code::LoginFirst
    );
    late.sign_in_as("Anna").await;
    let bot = server.create_bot("bot", "read");
    let mut bot = Client::sign_in_with_token(&server, &bot.token).await;
    assert_eq!(bot.expect_refusal(logout).await.0, Code::NotAllowed);
}

#[tokio::test]
async fn the_first_line_of_a_file_is_the_token() {
    let server = Server::start();
    let bot = server.create_bot("bot", "post,read");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| fs::write(path(name), text).expect("writable");
    write("token", &format!("  {} \r\nA note about it\n", bot.token));
    write("empty", "\n\n");
    write("binary", "");
    fs::write(path("binary"), [0xff, 0xfe, b'\n']).expect("writable");
    symlink(path("token"), path("link")).expect("linked");
    let send_with = |name: &str, text: &str| {
        let file = path(name);
        let file = file.to_str().expect("UTF-8");
        send(&server, &["--token-file", file, "--room", "ops", text])
    };
    for name in ["token", "link"] {
        let output = send_with(name, name);
        assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    }
    for (name, why) in [
        ("empty", "no token in its first line"),
        ("binary", "cannot read the token file"),
        ("nowhere", "cannot read the token file"),
        (".", "not a regular file"),
    ] {
        let output = send_with(name, "hi");
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(error(&output).contains(why), "{name}: {}", error(&output));
    }
    let piped = parlor()
        .args(["chat", "--url", &server.url(""), "--room", "ops"])
        .env("PARLOR_TOKEN_FILE", path("token"))
        .stdin(Stdio::null())
        .output()
        .expect("parlor runs");
    assert_eq!(piped.status.code(), Some(0), "{}", error(&piped));
    let both = ["--token-file", "x", "--token", "y", "--room", "ops", "hi"];
    assert_eq!(send(&server, &both).status.code(), Some(2));
    assert_eq!(server.texts("ops"), ["token", "link"]);
}
