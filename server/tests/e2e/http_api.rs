//! The HTTP API: what a program can say and ask with it, and every way of being refused.

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
async fn what_is_posted_is_on_disk_when_it_is_answered_and_everybody_sees_it() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let bot = server.bot("bot", "post,read");
    let stored = bot.post(TEA, &json!({"text": "Hello"})).await.ok();
    assert_eq!(
        (&stored["room"], &stored["seq"]),
        (&json!("tea"), &json!(1))
    );
    let heard = anna.next_message().await;
    assert_eq!(
        (heard.seq, heard.at),
        (1, stored["at"].as_i64().expect("a time"))
    );
    let server = server.killed_and_reopened();
    assert_eq!(server.logs()["tea"][0].text, "Hello");
}

#[tokio::test]
async fn the_same_id_is_said_once_and_another_text_under_it_is_refused() {
    let server = Server::open();
    let bot = server.bot("bot", "post,read");
    let say = json!({"text": "Hello", "id": "h1"});
    let first = bot.post(TEA, &say).await.ok();
    assert_eq!(bot.post(TEA, &say).await.ok(), first, "again");
    let by_header = bot
        .request(Method::POST, TEA)
        .header("idempotency-key", "h1");
    let by_header = by_header.body(json!({"text": "Hello"}).to_string());
    assert_eq!(send(by_header).await.ok(), first, "by the header");
    let other = bot.post(TEA, &json!({"text": "Goodbye", "id": "h1"})).await;
    assert_eq!(other.refusal(), (409, "id_reused"));
    let server = server.killed_and_reopened();
    let bot = ApiClient::new(&server, &bot.token);
    assert_eq!(bot.post(TEA, &say).await.ok(), first, "after a restart");
    assert_eq!(server.logs()["tea"].len(), 1);
}

#[tokio::test]
async fn a_private_message_finds_its_user_and_is_read_by_the_two_alone() {
    let server = Server::open();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let bot = server.bot("bot", "post,read");
    let say = json!({"text": "Your parcel is here."});
    let stored = bot.post("/api/v1/people/anna/messages", &say).await.ok();
    let heard = anna.next_message().await;
    assert_eq!((heard.from.as_str(), heard.bot), ("bot", true));
    let room = stored["room"].as_str().expect("an id");
    assert_eq!(room, heard.room);
    anna.send(json!({"type": "room", "to": room, "id": "a", "text": "Thanks"}))
        .await;
    anna.until_echo("a").await;
    let path = format!("/api/v1/rooms/{room}/messages");
    let past = bot.get(&path).await.ok();
    assert_eq!(past["messages"][1]["text"], "Thanks");
    bot.post(&path, &json!({"text": "You are welcome."}))
        .await
        .ok();
    let other = server.bot("other", "post,read");
    assert_eq!(other.get(&path).await.refusal(), (404, "no_such_room"));
    let nobody = bot.post("/api/v1/people/Nobody/messages", &say).await;
    assert_eq!(nobody.refusal(), (404, "no_such_user"));
}

#[tokio::test]
async fn the_past_is_read_page_by_page() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let bot = server.bot("bot", "post,read");
    for n in 1..=120 {
        let say = json!({"text": n.to_string()});
        bot.post(TEA, &say).await.ok();
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
async fn it_tells_which_rooms_there_are_and_who_is_here() {
    let server = Server::open();
    let _anna = Client::in_room(&server, "Anna", "tea").await;
    let _ben = Client::in_room(&server, "Ben", "tea").await;
    let _carl = Client::sign_in(&server, "Carl").await;
    let bot = server.bot("bot", "read");
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
async fn whatever_is_wrong_is_refused_with_the_sockets_codes_and_a_sentence() {
    let server = Server::open();
    let bot = server.bot("bot", "post,read");
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
        let pending = ApiClient::new(&server, token);
        let answer = pending.post(TEA, &json!({"text": "x"})).await;
        assert_eq!(answer.refusal(), (401, "bad_token"), "“{token}”");
    }
    assert!(server.logs().is_empty(), "nothing was said");
}

#[tokio::test]
async fn a_flood_is_told_when_to_come_back_and_what_was_said_before_is_no_flood() {
    let server = Server::open();
    let bot = server.bot("bot", "post");
    let mut refused = None;
    for n in 0..60 {
        let say = json!({"text": "hi", "id": n.to_string()});
        let answer = bot.post(TEA, &say).await;
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
async fn the_description_is_there_for_programs_and_for_people() {
    let server = Server::open();
    let pending = ApiClient::new(&server, "");
    let document = pending.get("/api/v1/openapi.json").await.ok();
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.contains_key("/rooms/{room}/messages"));
    let page = pending.get("/api/v1/").await;
    assert_eq!(page.kind, "text/html; charset=utf-8");
    let page = page.ok();
    let page = page.as_str().expect("a page");
    for path in paths.keys() {
        assert!(page.contains(&format!("/api/v1{path}")), "{path}");
    }
}

#[tokio::test]
async fn whatever_is_sent_the_answer_is_one_that_is_described() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let bot = server.bot("bot", "post,read,announce");
    let _anna = Client::in_room(&server, "Anna", "tea").await;
    bot.post(TEA, &json!({"text": "Hello"})).await.ok();
    let output = Command::new(python_env::with("schemathesis").join("schemathesis"))
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
        .expect("it runs");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
}
