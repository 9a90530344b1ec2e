//! The HTTP API: what a bot can post and read with it, and every refusal.

use std::process::Command;

use protocol::limits;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api_client::{ApiClient, send},
    client::Client,
    python_env,
    server::Server,
};

const TEA: &str = "/api/v1/rooms/tea/messages";

#[tokio::test]
async fn a_posted_message_is_stored_before_the_response_and_reaches_the_room() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let bot = server.create_bot("bot", "post,read");
    let stored = bot.post(TEA, &json!({"text": "Hello"})).await.ok();
    assert_eq!(
        (&stored["room"], &stored["seq"]),
        (&json!("tea"), &json!(1))
    );
    let received = anna.next_message().await;
    assert_eq!(
        (received.seq, received.at),
        (1, stored["at"].as_i64().expect("a time"))
    );
    let server = server.kill_and_restart();
    assert_eq!(server.logs()["tea"][0].text, "Hello");
}

#[tokio::test]
async fn a_repeated_id_is_stored_once_and_refused_with_another_text() {
    let server = Server::start();
    let bot = server.create_bot("bot", "post,read");
    let message = json!({"text": "Hello", "id": "h1"});
    let first = bot.post(TEA, &message).await.ok();
    assert_eq!(bot.post(TEA, &message).await.ok(), first, "again");
    let by_header = bot
        .request(Method::POST, TEA)
        .header("idempotency-key", "h1");
    let by_header = by_header.body(json!({"text": "Hello"}).to_string());
    assert_eq!(send(by_header).await.ok(), first, "by the header");
    let other = bot.post(TEA, &json!({"text": "Goodbye", "id": "h1"})).await;
    assert_eq!(other.refusal(), (409, "id_reused"));
    let server = server.kill_and_restart();
    let bot = ApiClient::new(&server, &bot.token);
    assert_eq!(bot.post(TEA, &message).await.ok(), first, "after a restart");
    assert_eq!(server.logs()["tea"].len(), 1);
}

#[tokio::test]
async fn a_private_message_can_be_read_by_its_two_users_only() {
    let server = Server::start();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let bot = server.create_bot("bot", "post,read");
    let message = json!({"text": "Your parcel is here."});
    let stored = bot
        .post("/api/v1/people/anna/messages", &message)
        .await
        .ok();
    let received = anna.next_message().await;
    assert_eq!((received.from.as_str(), received.bot), ("bot", true));
    let room = stored["room"].as_str().expect("an id");
    assert_eq!(room, received.room);
    anna.send(json!({"type": "room", "to": room, "id": "a", "text": "Thanks"}))
        .await;
    anna.until_echo("a").await;
    let path = format!("/api/v1/rooms/{room}/messages");
    let past = bot.get(&path).await.ok();
    assert_eq!(past["messages"][1]["text"], "Thanks");
    bot.post(&path, &json!({"text": "You are welcome."}))
        .await
        .ok();
    let other = server.create_bot("other", "post,read");
    assert_eq!(other.get(&path).await.refusal(), (404, "no_such_room"));
    let nobody = bot.post("/api/v1/people/Nobody/messages", &message).await;
    assert_eq!(nobody.refusal(), (404, "no_such_user"));
}

#[tokio::test]
async fn history_is_read_page_by_page() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let bot = server.create_bot("bot", "post,read");
    for n in 1..=120 {
        let message = json!({"text": n.to_string()});
        bot.post(TEA, &message).await.ok();
    }
    let newest = bot.get(TEA).await.ok();
    let numbers = |page: &Value| -> Vec<u64> {
        let messages = page["messages"].as_array().expect("a list");
        messages
            .iter()
            .map(|it| it["seq"].as_u64().expect("a number"))
            .collect()
    };
    assert_eq!(numbers(&newest), (71..=120).collect::<Vec<_>>());
    assert_eq!(newest["more"], true);
    let oldest = bot.get(&format!("{TEA}?before=71&limit=200")).await.ok();
    assert_eq!(numbers(&oldest), (1..=70).collect::<Vec<_>>());
    assert_eq!(oldest["more"], false);
    for query in ["before=0", "limit=0", "limit=201", "limit=x", "before=-1"] {
        let answer = bot.get(&format!("{TEA}?{query}")).await;
        assert_eq!(answer.refusal(), (422, "bad_field"), "{query}");
    }
    let nowhere = bot.get("/api/v1/rooms/nowhere/messages").await;
    assert_eq!(nowhere.refusal(), (404, "no_such_room"));
}

#[tokio::test]
async fn rooms_and_online_users_are_listed() {
    let server = Server::start();
    let _anna = Client::in_room(&server, "Anna", "tea").await;
    let _ben = Client::in_room(&server, "Ben", "tea").await;
    let _carl = Client::sign_in(&server, "Carl").await;
    let bot = server.create_bot("bot", "read");
    let rooms = bot.get("/api/v1/rooms").await.ok();
    assert_eq!(rooms, json!({"rooms": [{"room": "tea", "online": 2}]}));
    let people = bot.get("/api/v1/rooms/TEA/people").await.ok();
    assert_eq!(people, json!({"online": 2, "people": ["Anna", "Ben"]}));
    let people = bot.get("/api/v1/people").await.ok();
    assert_eq!(
        people,
        json!({"online": 3, "people": ["Anna", "Ben", "Carl"]})
    );
}

#[tokio::test]
async fn invalid_requests_are_refused_with_the_codes_of_the_socket_and_a_sentence() {
    let server = Server::start();
    let bot = server.create_bot("bot", "post,read");
    let long = json!({"text": "x".repeat(limits::TEXT_CHARS + 1)}).to_string();
    let large = json!({"text": "x".repeat(limits::FRAME_BYTES)}).to_string();
    for (body, refusal) in [
        (r"{", (400, "bad_json")),
        (r"[]", (422, "bad_field")),
        (r"{}", (422, "bad_field")),
        (r#"{"text":7}"#, (422, "bad_field")),
        (r#"{"text":" "}"#, (422, "blank")),
        (r#"{"text":"x","id":""}"#, (422, "bad_id")),
        (long.as_str(), (422, "too_long")),
        (large.as_str(), (413, "too_large")),
    ] {
        let answer = bot.post_raw(TEA, "application/json", body).await;
        assert_eq!(answer.refusal(), refusal, "{:.40}", body);
    }
    let bad_name = bot
        .post("/api/v1/rooms/%2F/messages", &json!({"text": "x"}))
        .await;
    assert_eq!(bad_name.refusal(), (422, "bad_room_name"));
    let not_utf8 = bot.get("/api/v1/rooms/%ff/people").await;
    assert_eq!(not_utf8.refusal(), (422, "bad_field"));
    let nothing = bot.get("/api/v1/nothing").await;
    assert_eq!(nothing.refusal(), (404, "not_found"));
    let deleted = send(bot.request(Method::DELETE, TEA)).await;
    assert_eq!(deleted.refusal(), (405, "wrong_method"));
    for token in ["", "x", &"0".repeat(64)] {
        let anonymous = ApiClient::new(&server, token);
        let answer = anonymous.post(TEA, &json!({"text": "x"})).await;
        assert_eq!(answer.refusal(), (401, "bad_token"), "“{token}”");
    }
    assert!(server.logs().is_empty(), "nothing is stored");
}

#[tokio::test]
async fn posting_too_fast_is_refused_with_retry_after_except_for_resends() {
    let server = Server::start();
    let bot = server.create_bot("bot", "post");
    let mut refused = None;
    for n in 0..60 {
        let message = json!({"text": "hi", "id": n.to_string()});
        let answer = bot.post(TEA, &message).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    assert_eq!(refused.refusal(), (429, "too_fast"));
    assert_eq!(refused.retry_after, Some(1));
    let again = bot.post(TEA, &json!({"text": "hi", "id": "0"})).await.ok();
    assert_eq!(again["seq"], 1);
}

#[tokio::test]
async fn the_api_is_described_as_openapi_and_as_a_page() {
    let server = Server::start();
    let anonymous = ApiClient::new(&server, "");
    let document = anonymous.get("/api/v1/openapi.json").await.ok();
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.contains_key("/rooms/{room}/messages"));
    let page = anonymous.get("/api/v1/").await;
    assert_eq!(page.content_type, "text/html; charset=utf-8");
    let page = page.ok();
    let page = page.as_str().expect("a page");
    for path in paths.keys() {
        assert!(page.contains(&format!("/api/v1{path}")), "{path}");
    }
}

#[tokio::test]
async fn every_response_is_one_that_the_openapi_document_describes() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let bot = server.create_bot("bot", "post,read,announce");
    let _anna = Client::in_room(&server, "Anna", "tea").await;
    bot.post(TEA, &json!({"text": "Hello"})).await.ok();
    let requirements = "tests/e2e/requirements/schemathesis.txt";
    let python = python_env::with_pinned("schemathesis", requirements);
    let output = Command::new(python.join("schemathesis"))
        .arg("run")
        .arg(server.url("/api/v1/openapi.json"))
        .args(["--header", &format!("Authorization: Bearer {}", bot.token)])
        .args(["--max-examples", "25", "--seed", "1", "--no-color"])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance",
        ])
        .args(["--phases", "examples,coverage,fuzzing"])
        .env("NO_PROXY", "*")
        .current_dir(server.folder.path())
        .output()
        .expect("schemathesis runs");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}");
}
