//! One request never fails another: whatever a client sends, the messages of others are stored.

use std::time::{Duration, Instant};

use protocol::{
    Code, ServerFrame, limits, number,
    schema::fields::{self, Field},
};
use serde_json::{Value, json};

use crate::{
    api_client::{ApiClient, http, send},
    client::Client,
    server::Server,
};

/// Numbers that JavaScript or SQLite cannot represent, or that are invalid.
fn impossible_numbers() -> [Value; 5] {
    [
        json!(number::MAX + 1),
        json!(i64::MAX),
        json!(i64::MAX as u64 + 1),
        json!(u64::MAX),
        json!(-1),
    ]
}

/// Every client frame with an invalid value in one of its fields.
fn impossible_frames() -> Vec<Value> {
    let frames = fields::of_client_frames();
    let frames = frames.iter().flat_map(|field| match field.is_number {
        true => impossible_numbers().map(|number| field.with(number)).into(),
        false => vec![field.with(json!("te\0a"))],
    });
    frames.collect()
}

async fn is_ready(server: &Server) -> bool {
    let answer = http().get(server.url("/readyz")).send().await;
    answer.expect("an answer").status() == 200
}

#[tokio::test]
async fn an_invalid_value_in_any_field_of_any_frame_is_refused_without_side_effects() {
    let server = Server::start();
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let mut mallory = Client::in_room(&server, "Mallory", "tea").await;
    for (nth, frame) in impossible_frames().into_iter().enumerate() {
        let (code, id) = mallory.expect_refusal(frame.clone()).await;
        assert_eq!(code, Code::BadField, "{frame}");
        assert_eq!(id.as_deref(), frame["id"].as_str(), "{frame}");
        if nth % 20 == 0 {
            ben.post("tea", &format!("{nth}"), "still here").await;
            assert!(is_ready(&server).await, "{frame}");
        }
    }
    Client::sign_in(&server, "Somebody new").await;
}

#[tokio::test]
async fn a_flood_of_invalid_frames_does_not_stop_other_users() {
    let server = Server::start();
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let mut mallory = Client::in_room(&server, "Mallory", "tea").await;
    // Frames that are refused at once, and frames with the largest valid number, which reach the
    // writer.
    let mut frames = impossible_frames();
    let numbers = fields::of_client_frames();
    let numbers = numbers
        .iter()
        .filter(|it| it.is_number && !it.pointer.ends_with("/clock"));
    frames.extend(numbers.map(|field| field.with(json!(number::MAX))));
    let lines: Vec<_> = frames.iter().map(Value::to_string).collect();
    let volley = lines.join("\n");
    let end = Instant::now() + Duration::from_secs(5);
    let mut volleys = 0;
    let attack = async {
        while Instant::now() < end {
            mallory.send_text(&volley).await;
            // The answer to the last line. Everything before it has been processed.
            mallory.send_text(r#"{"type":"ping"}"#).await;
            let pong = |frame: &ServerFrame| matches!(frame, ServerFrame::Pong).then_some(());
            mallory.until(pong).await;
            volleys += 1;
        }
    };
    let talk = async {
        // Spread over the whole attack, and slower than the rate limit.
        let pause = Duration::from_secs(5) / 20;
        for nth in 0..20 {
            ben.post("tea", &nth.to_string(), &format!("message {nth}"))
                .await;
            assert!(is_ready(&server).await);
            tokio::time::sleep(pause).await;
        }
        Client::sign_in(&server, "Somebody new").await;
    };
    tokio::join!(attack, talk);
    println!(
        "hostile: {volleys} volleys of {} frames in 5 s",
        lines.len()
    );
    assert!(volleys > 0);
    let texts = server.texts("tea");
    for nth in 0..20 {
        assert!(texts.contains(&format!("message {nth}")), "{nth}");
    }
}

#[tokio::test]
async fn requests_refused_by_the_writer_count_toward_the_rate_limit() {
    let server = Server::start();
    let mut mallory = Client::in_room(&server, "Mallory", "tea").await;
    let nothing = json!({"type": "game", "to": "tea", "act": {"resign": {"of": 1}}});
    let mut codes = Vec::new();
    for _ in 0..10 * limits::MESSAGES_PER_SECOND {
        codes.push(mallory.expect_refusal(nothing.clone()).await.0);
        if codes.contains(&Code::TooFast) {
            break;
        }
    }
    assert_eq!(codes.first(), Some(&Code::NoSuchGame));
    assert_eq!(codes.last(), Some(&Code::TooFast), "the rate limit applies");
    // Sending a stored message again costs nothing, however fast it is.
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    for _ in 0..10 * limits::MESSAGES_PER_SECOND {
        assert_eq!(ben.post("tea", "the same", "hello").await.seq, 1);
    }
}

/// Where a value is in a request.
enum Place {
    Path,
    Query,
    Header,
}

/// A request as the OpenAPI document describes it, with one invalid value.
struct Attempt {
    method: reqwest::Method,
    path: String,
    header: Option<(String, String)>,
    body: Option<Value>,
}

/// One request for each invalid value in each place that the document names.
fn attempts(document: &Value) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let paths = document["paths"].as_object().expect("paths");
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().expect("operations") {
            let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes());
            let method = method.expect("a method");
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            let bodies = match body {
                Value::Null => Vec::new(),
                schema => fields::of(document, schema),
            };
            let plain = |path: String| Attempt {
                method: method.clone(),
                path,
                header: None,
                body: bodies.first().map(|field| field.document.clone()),
            };
            let path = format!("/api/v1{path}");
            let in_path = |value: &str| {
                let filled = path.replace("{room}", value).replace("{nickname}", value);
                filled.replace("{seq}", "1")
            };
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().expect("a name");
                let place = match parameter["in"].as_str() {
                    Some("path") => Place::Path,
                    Some("query") => Place::Query,
                    Some("header") => Place::Header,
                    other => panic!("cannot fill a parameter in {other:?}"),
                };
                let kinds = parameter["schema"]["type"].to_string();
                let is_number = kinds.contains("integer");
                let values = match is_number {
                    true => impossible_numbers().map(|it| it.to_string()).into(),
                    false => vec!["te%00a".to_owned()],
                };
                attempts.extend(values.into_iter().map(|value| match place {
                    Place::Path => plain(in_path(&value)),
                    Place::Query => plain(format!("{}?{name}={value}", in_path("tea"))),
                    // A header cannot hold U+0000 at all (RFC 9110, section 5.5).
                    Place::Header => Attempt {
                        header: Some((name.to_owned(), "t\u{e9}".repeat(40))),
                        // An id in the body would replace the header's.
                        body: Some(json!({"text": "tea"})),
                        ..plain(in_path("tea"))
                    },
                }));
            }
            let wrong = |field: &Field| {
                let values = match field.is_number {
                    true => impossible_numbers().into(),
                    false => vec![json!("te\0a")],
                };
                let bodies = values.into_iter().map(|value| field.with(value));
                bodies.collect::<Vec<_>>()
            };
            attempts.extend(bodies.iter().flat_map(wrong).map(|body| Attempt {
                body: Some(body),
                ..plain(in_path("tea"))
            }));
        }
    }
    attempts
}

#[tokio::test]
async fn an_invalid_value_in_any_parameter_of_the_api_is_refused() {
    let server = Server::start();
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let bot = server.create_bot("bot", "post,read,announce");
    let document = bot.get("/api/v1/openapi.json").await.ok();
    let attempts = attempts(&document);
    assert!(attempts.len() > 20, "{}", attempts.len());
    for attempt in attempts {
        let mut request = bot.request(attempt.method.clone(), &attempt.path);
        if let Some((name, value)) = &attempt.header {
            request = request.header(name, value.as_bytes());
        }
        if let Some(body) = &attempt.body {
            request = request.body(body.to_string());
        }
        let answer = send(request).await;
        let request = format!("{} {} {:?}", attempt.method, attempt.path, attempt.body);
        assert_eq!(answer.status, 422, "{request}: {answer:?}");
    }
    let hook = server.command_output(&["incoming", "create", "--name", "hook", "--room", "tea"]);
    let (_, secret) = hook.rsplit_once('/').expect("an address");
    let tool = ApiClient::new(&server, "");
    for (kind, body) in [
        ("text/plain", "te\0a".to_owned()),
        ("application/json", json!({"text": "te\0a"}).to_string()),
        (
            "application/x-www-form-urlencoded",
            "text=te%00a".to_owned(),
        ),
    ] {
        let answer = tool.post_raw(&format!("/hooks/{secret}"), kind, body).await;
        assert_eq!(answer.refusal(), (422, "bad_field"), "{kind}");
    }
    for path in [
        "/rooms/te%00a",
        "/rooms/@%00",
        "/to/te%00a",
        "/u/%00/",
        "/?room=te%00a",
    ] {
        let answer = tool.get(path).await;
        assert!(answer.status < 500, "{path}: {answer:?}");
    }
    assert!(is_ready(&server).await);
    ben.post("tea", "1", "still here").await;
}
