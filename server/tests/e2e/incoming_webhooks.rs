//! Incoming webhooks: whatever can post to an address can speak in a room.

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
fn hook(server: &Server, name: &str, room: &str) -> String {
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
    let url = server.told(&create);
    let path = url
        .strip_prefix("http://x.example")
        .expect("the server's own");
    path.to_owned()
}

#[tokio::test]
async fn json_a_form_and_plain_text_all_say_it() {
    let server = Server::open();
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
        let heard = anna.next_message().await;
        assert_eq!((heard.text.as_str(), heard.from.as_str()), (text, "alerts"));
        assert!(heard.bot);
    }
}

#[tokio::test]
async fn curl_needs_nothing_but_the_text() {
    let server = Server::open();
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
    assert_eq!(curl.expect("curl is there").stdout, b"ok");
    assert_eq!(server.logs()["ops"][0].text, "disk is full");
}

#[tokio::test]
async fn a_username_is_shown_unless_it_is_somebody_elses() {
    let server = Server::open();
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
        let say = json!({"text": "hi", "username": username});
        let answer = tool
            .post_raw(&path, "application/json", say.to_string())
            .await;
        assert_eq!(answer.ok(), "ok");
        let heard = anna.next_message().await;
        assert_eq!(
            (heard.from.as_str(), heard.bot),
            (shown, true),
            "“{username}”"
        );
    }
}

#[tokio::test]
async fn to_look_at_the_address_says_nothing_and_tells_how() {
    let server = Server::open();
    let path = hook(&server, "alerts", "ops");
    let tool = ApiClient::new(&server, "");
    let answer = tool.get(&format!("{path}?text=hi")).await;
    assert_eq!(answer.refusal(), (405, "wrong_method"));
    let detail = answer.body["detail"].as_str().expect("a sentence");
    assert!(detail.contains("curl -d"), "{detail}");
    assert!(server.logs().is_empty());
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_a_removed_webhook_leads_nowhere() {
    let server = Server::open();
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
    // A webhook's secret is no token, and a token no webhook's address.
    let secret = path.strip_prefix("/hooks/").expect("an address");
    let as_token = ApiClient::new(&server, secret);
    let say = json!({"text": "hi"});
    let answer = as_token.post("/api/v1/rooms/ops/messages", &say).await;
    assert_eq!(answer.refusal(), (403, "not_allowed"));
    let bot = server.bot("bot", "post,read");
    let answer = tool.post(&format!("/hooks/{}", bot.token), &say).await;
    assert_eq!(answer.refusal(), (404, "not_found"));
    assert_eq!(server.told(&["incoming", "list"]), "alerts\thook\tops");
    server.told(&["incoming", "remove", "--name", "alerts"]);
    assert_eq!(tool.post(&path, &say).await.refusal(), (404, "not_found"));
    assert!(server.logs().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_pushes_all_arrive_once_and_in_order() {
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
        let heard = anna.next_message().await;
        assert_eq!(heard.seq, seq, "in order");
        let (tool, n) = heard.text.split_once(' ').expect("two numbers");
        let (tool, n): (usize, usize) = (tool.parse().expect("one"), n.parse().expect("two"));
        assert_eq!(n, next[tool], "each tool's own in its order");
        next[tool] += 1;
        assert!(seen.insert(heard.text), "once");
    }
    tools.join_all().await;
    assert_eq!(server.logs()["ops"].len(), PUSHES);
}
