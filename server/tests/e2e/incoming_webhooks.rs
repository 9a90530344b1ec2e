//! Incoming webhooks: a tool that can post to a URL can post to a room.

use std::{collections::BTreeSet, process::Command};

use protocol::limits;
use reqwest::Method;
use serde_json::json;

use crate::{
    api_client::{ApiClient, send},
    client::Client,
    server::Server,
};

/// The path of a new webhook into a room.
pub fn hook(server: &Server, name: &str, room: &str) -> String {
    let create = [
        "incoming",
        "create",
        "--name",
        name,
        "--room",
        room,
        "--url",
        "http://x.example/",
    ];
    let url = server.command_output(&create);
    let path = url
        .strip_prefix("http://x.example")
        .expect("the server's own");
    path.to_owned()
}

#[tokio::test]
async fn json_forms_and_plain_text_are_accepted() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let path = hook(&server, "alerts", "ops");
    let tool = ApiClient::new(&server, "");
    for (kind, body, text) in [
        ("application/json", r#"{"text":"from JSON"}"#, "from JSON"),
        (
            "application/json; charset=utf-8",
            r#"{"text":"more","x":[]}"#,
            "more",
        ),
        (
            "application/x-www-form-urlencoded",
            "text=a+form%21",
            "a form!",
        ),
        (
            "application/x-www-form-urlencoded",
            "disk is full: 99% of /a&b",
            "disk is full: 99% of /a&b",
        ),
        (
            "application/x-www-form-urlencoded",
            "payload=%7B%22text%22%3A%22slack%22%7D",
            "slack",
        ),
        ("text/plain", "just text", "just text"),
        ("text/plain", "text=a&b", "text=a&b"),
        ("", "no kind at all", "no kind at all"),
    ] {
        let answer = tool.post_raw(&path, kind, body).await;
        assert_eq!(answer.ok(), "ok", "as Slack answers");
        let received = anna.next_message().await;
        assert_eq!((received.text(), received.from.as_str()), (text, "alerts"));
        assert!(received.bot);
    }
}

#[tokio::test]
async fn curl_can_post_with_the_text_alone() {
    let server = Server::start();
    let path = hook(&server, "alerts", "ops");
    let curl = Command::new("curl")
        .args([
            "--silent",
            "--noproxy",
            "*",
            "-d",
            "disk is full",
            &server.url(&path),
        ])
        .output();
    assert_eq!(curl.expect("curl is installed").stdout, b"ok");
    assert_eq!(server.logs()["ops"][0].text, "disk is full");
}

#[tokio::test]
async fn a_username_is_shown_unless_another_user_has_it() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let path = hook(&server, "alerts", "ops");
    let tool = ApiClient::new(&server, "");
    for (username, shown) in [
        ("Jenkins", "Jenkins"),
        ("Anna", "alerts"),
        ("anna ", "alerts"),
        ("Аnna", "alerts"),
        ("", "alerts"),
        ("alerts", "alerts"),
    ] {
        let message = json!({"text": "hi", "username": username});
        let answer = tool
            .post_raw(&path, "application/json", message.to_string())
            .await;
        assert_eq!(answer.ok(), "ok");
        let received = anna.next_message().await;
        assert_eq!(
            (received.from.as_str(), received.bot),
            (shown, true),
            "“{username}”"
        );
    }
}

#[tokio::test]
async fn a_get_request_posts_nothing_and_is_answered_with_instructions() {
    let server = Server::start();
    let path = hook(&server, "alerts", "ops");
    let tool = ApiClient::new(&server, "");
    let answer = tool.get(&format!("{path}?text=hi")).await;
    assert_eq!(answer.refusal(), (405, "wrong_method"));
    let detail = answer.body["detail"].as_str().expect("a sentence");
    assert!(detail.contains("curl -d"), "{detail}");
    assert!(server.logs().is_empty());
}

#[tokio::test]
async fn invalid_posts_are_refused_and_a_removed_webhook_is_not_found() {
    let server = Server::start();
    let path = hook(&server, "alerts", "ops");
    let tool = ApiClient::new(&server, "");
    let large = "x".repeat(limits::FRAME_BYTES + 1);
    for (kind, body, refusal) in [
        ("application/json", "{".to_owned(), (400, "bad_json")),
        ("application/json", "{}".to_owned(), (422, "blank")),
        ("text/plain", String::new(), (422, "blank")),
        (
            "text/plain",
            "x".repeat(limits::TEXT_CHARS + 1),
            (422, "too_long"),
        ),
        ("text/plain", large, (413, "too_large")),
    ] {
        assert_eq!(tool.post_raw(&path, kind, body).await.refusal(), refusal);
    }
    let parts = tool
        .post_raw(&path, "multipart/form-data; boundary=x", "--x--")
        .await;
    assert_eq!(parts.refusal(), (422, "bad_field"));
    let bytes = tool.post_raw(&path, "text/plain", [0xff, 0xfe]).await;
    assert_eq!(bytes.refusal(), (422, "bad_field"));
    // A webhook's secret is not a token, and a token is not a webhook's secret.
    let secret = path.strip_prefix("/hooks/").expect("an address");
    let as_token = ApiClient::new(&server, secret);
    let message = json!({"text": "hi"});
    let answer = as_token.post("/api/v1/rooms/ops/messages", &message).await;
    assert_eq!(answer.refusal(), (403, "not_allowed"));
    let bot = server.create_bot("bot", "post,read");
    let answer = tool.post(&format!("/hooks/{}", bot.token), &message).await;
    assert_eq!(answer.refusal(), (404, "not_found"));
    assert_eq!(
        server.command_output(&["incoming", "list"]),
        "alerts\thook\tops"
    );
    server.command_output(&["incoming", "remove", "--name", "alerts"]);
    assert_eq!(
        tool.post(&path, &message).await.refusal(),
        (404, "not_found")
    );
    assert!(server.logs().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_posts_arrive_once_and_in_order() {
    const PUSHES: usize = 10_000;
    const TOOLS: usize = 20;
    let server = Server::with(&["--messages-per-second", "0", "--durability", "normal"]);
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let path = hook(&server, "alerts", "ops");
    let mut tools = tokio::task::JoinSet::new();
    for tool in 0..TOOLS {
        let (path, http) = (path.clone(), ApiClient::new(&server, ""));
        tools.spawn(async move {
            for n in 0..PUSHES / TOOLS {
                let text = format!("{tool} {n}");
                let request = http.request(Method::POST, &path).body(text);
                assert_eq!(send(request).await.ok(), "ok");
            }
        });
    }
    let mut next = [0; TOOLS];
    let mut seen = BTreeSet::new();
    for seq in 1..=PUSHES as u64 {
        let received = anna.next_message().await;
        assert_eq!(received.seq, seq, "in order");
        let (tool, n) = received.text().split_once(' ').expect("two numbers");
        let (tool, n): (usize, usize) = (tool.parse().expect("one"), n.parse().expect("two"));
        assert_eq!(n, next[tool], "each tool's posts in order");
        next[tool] += 1;
        assert!(seen.insert(received.text().to_owned()), "once");
    }
    tools.join_all().await;
    assert_eq!(server.logs()["ops"].len(), PUSHES);
}

#[tokio::test]
async fn the_url_of_a_new_webhook_is_the_public_one_unless_another_is_given() {
    let create = ["incoming", "create", "--room", "ops", "--name"];
    let urls = "https://chat.example.org,http://nas:3000";
    let public = Server::with(&["--public-url", urls]);
    let local = Server::start();
    for (server, words, expected) in [
        (&public, &["one"][..], "https://chat.example.org"),
        (&public, &["two", "--url", "http://nas/"], "http://nas"),
        (&local, &["one"], "http://127.0.0.1:3000"),
    ] {
        let url = server.command_output(&[&create[..], words].concat());
        assert!(url.starts_with(&format!("{expected}/hooks/")), "{url}");
    }
}
