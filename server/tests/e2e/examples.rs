//! The programs in examples/ work against a real server as their first lines say.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{client::Client, python_env, server::Server};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(name)
}

#[tokio::test]
async fn the_python_example_with_three_tornado_clients_works() {
    let server = Server::start();
    let output = Command::new(
        python_env::with_pinned("tornado", "tests/e2e/requirements/tornado.txt").join("python"),
    )
    .arg(example("python/three_clients.py"))
    .args([
        format!("ws://{}/ws", server.address),
        "swift-dev".to_owned(),
    ])
    .output()
    .expect("Python runs");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "1 Toto: Toto says hello",
            "2 Tata: Tata says hello",
            "3 Titi: Titi says hello"
        ]
    );
    assert_eq!(server.logs()["swift-dev"].len(), 3);
}

#[tokio::test]
async fn the_shell_example_with_curl_works() {
    let server = Server::start();
    let bot = server.create_bot("bot", "post,read");
    let output = Command::new("sh")
        .arg(example("post.sh"))
        .args([&server.url(""), "swift-dev", "It is built."])
        .env("PARLOR_TOKEN", &bot.token)
        .env("NO_PROXY", "*")
        .output()
        .expect("a shell");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let past: serde_json::Value =
        serde_json::from_str(printed.lines().nth(1).expect("two lines")).expect("JSON");
    assert_eq!(past["messages"][0]["text"], "It is built.");
}

#[tokio::test]
async fn the_rust_example_of_a_bot_works() {
    let server = Server::start();
    let bot = Path::new(env!("CARGO_BIN_EXE_parlor"));
    let bot = bot.with_file_name("examples").join("echo_bot");
    let mut child = Command::new(bot)
        .args([&server.url(""), "swift-dev"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example is built with the tests");
    let mut line = String::new();
    let output = child.stdout.take().expect("piped");
    BufReader::new(output).read_line(&mut line).expect("a line");
    assert_eq!(line, "here\n");
    let mut anna = Client::in_room(&server, "Anna", "swift-dev").await;
    anna.post("swift-dev", "a", "Echo, are you there?").await;
    assert_eq!(anna.next_message().await.text(), "You said: are you there?");
    anna.send_direct("Echo", "b", "just between us").await;
    assert_eq!(
        anna.next_message().await.text(),
        "You said: just between us"
    );
    anna.send(json!({"type": "ping"})).await;
    child.kill().expect("a running process");
    child.wait().expect("it ends");
}
