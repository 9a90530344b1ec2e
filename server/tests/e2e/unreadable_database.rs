//! While the database cannot be read, nothing is reported as missing: whoever asks is told to try
//! again, stays signed in, and keeps tokens, rooms and webhooks.

use protocol::{Close, Code, ServerFrame, frame};
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    api_client::ApiClient,
    browser::Browser,
    client::Client,
    faulty_disk::{Fault, FaultyDisk},
    server::Server,
};

/// Asserts that an HTTP request is answered with 503, a code and a time to try again.
async fn assert_unavailable(client: &ApiClient, method: reqwest::Method, path: &str) {
    let body = json!({"text": "hello"}).to_string();
    let request = client.request(method, path).body(body);
    let answer = crate::api_client::send(request).await;
    assert_eq!(answer.refusal(), (503, "storage_unavailable"), "{path}");
    assert!(answer.retry_after.is_some(), "{path}");
}

/// The path of a new webhook into the room.
fn hook(server: &Server) -> String {
    let create = ["incoming", "create", "--name", "alerts", "--room", "ops"];
    let url = server.command_output(&create);
    let at = url.find("/hooks/").expect("a path");
    url[at..].to_owned()
}

#[tokio::test]
async fn an_outage_is_never_reported_as_something_missing() {
    let disk = FaultyDisk::new();
    let server = disk.server(&[]);
    let hook = hook(&server);
    let bot = server.create_bot("builder", "post,read");
    let anonymous = ApiClient::new(&server, "");
    let mut browser = Browser::new(&server);
    browser.sign_in("Carl", "ops").await;
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    anna.post("ops", "1", "before").await;
    let direct = anna.send_direct("Ben", "2", "private").await.room;
    disk.fail(Fault::Read);

    let (get, post) = (reqwest::Method::GET, reqwest::Method::POST);
    assert_unavailable(&anonymous, post.clone(), &hook).await;
    for room in ["ops", &direct] {
        let path = format!("/api/v1/rooms/{room}/messages");
        assert_unavailable(&bot, get.clone(), &path).await;
        assert_unavailable(&bot, post.clone(), &path).await;
    }
    assert_unavailable(&bot, get, "/api/v1/rooms").await;
    let people = "/api/v1/people/Ben/messages";
    assert_unavailable(&bot, post, people).await;
    for path in ["/", "/rooms/ops", &format!("/rooms/{direct}"), "/to/Ben"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    let signed_out = browser.post("/sign-out", &[]).await;
    assert_eq!(signed_out.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!browser.cookies.is_empty(), "the cookie is still needed");
    for frame in [
        json!({"type": "history", "room": direct}),
        json!({"type": "history", "room": "tea"}),
        json!({"type": "rooms"}),
    ] {
        ben.send(frame).await;
        let refusal = ben.until(|frame| match frame {
            ServerFrame::Error(error) => Some((error.code, error.retry_after_ms)),
            _ => None,
        });
        let (code, wait) = refusal.await;
        assert_eq!(code, Code::StorageUnavailable);
        assert!(wait.is_some(), "the refusal says when to retry");
    }
    let refused = server.command_error(&["message", "remove", "--room", "ops", "--seq", "1"]);
    assert!(!refused.contains("no room"), "{refused}");
    let refused = server.command_error(&["token", "revoke", "--name", "builder"]);
    assert!(!refused.contains("none named"), "{refused}");
    // A new socket is either signed in, if the writer still has what it needs in memory, or told
    // that the database is unavailable.
    let mut socket = Client::connect(&server).await;
    socket
        .send(json!({"type": "login", "token": anna.token}))
        .await;
    match socket.next().await {
        ServerFrame::Welcome(_) => {}
        ServerFrame::Error(frame::Error { code, .. }) => assert_eq!(code, Code::StorageUnavailable),
        other => panic!("{other:?}"),
    }
    // An incomplete room is worse than none.
    ben.send(json!({"type": "join", "room": "ops"})).await;
    let closed = ben.until_closed().await;
    assert_eq!(closed, Some(Close::StorageUnavailable.code()));

    disk.repair();
    let answer = anonymous.post(&hook, &json!({"text": "after"})).await;
    assert_eq!(answer.ok(), "ok");
    let messages = bot.get("/api/v1/rooms/ops/messages").await.ok();
    assert_eq!(messages["messages"].as_array().map(Vec::len), Some(2));
    assert_eq!(browser.get("/rooms/ops").await.status, StatusCode::OK);
    Client::sign_in_with_token(&server, &anna.token).await;
}
