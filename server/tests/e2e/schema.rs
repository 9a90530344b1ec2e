//! docs/protocol.schema.json matches the types, and the frames on the wire match the schema.

use std::path::Path;

use jsonschema::Validator;
use protocol::{ServerFrame, schema};
use serde_json::{Value, json};

use crate::{client::Client, server::Server};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/protocol.schema.json");

#[test]
fn the_schema_matches_the_types() {
    let wanted = format!("{:#}\n", schema::frames());
    if std::env::var_os("PARLOR_UPDATE_SCHEMA").is_some() {
        std::fs::write(FILE, &wanted).expect("writable");
    }
    let found = std::fs::read_to_string(FILE).expect("readable");
    let hint = "set PARLOR_UPDATE_SCHEMA=1 and run this again";
    assert!(
        found == wanted,
        "{} is out of date: {hint}",
        Path::new(FILE).display()
    );
}

/// A validator for one of the two kinds of frames.
fn validator(kind: &str) -> Validator {
    let mut document = schema::frames();
    document["anyOf"] = json!([{"$ref": format!("#/$defs/{kind}")}]);
    jsonschema::validator_for(&document).expect("a schema")
}

#[tokio::test]
async fn sent_and_received_frames_match_the_schema() {
    let server = Server::start();
    let bot = server.create_bot("crier", "announce");
    let message = json!({"text": "Welcome to the server."});
    bot.post("/api/v1/announce", &message).await.ok();
    let mut anna = Client::connect(&server).await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let invite = json!({"invite": {"game": "tic_tac_toe", "with": "Ben", "clock": 60}});
    let sent = [
        json!({"type": "login", "nickname": "Anna", "room": "tea"}),
        json!({"type": "room", "to": "tea", "id": "a", "text": "Hello"}),
        json!({"type": "private", "to": "Ben", "id": "b", "text": "Psst"}),
        json!({"type": "game", "to": "tea", "id": "c", "act": invite}),
        json!({"type": "history", "room": "tea", "limit": 10, "all": true}),
        json!({"type": "rooms"}),
        json!({"type": "games"}),
        json!({"type": "scores", "room": "tea"}),
        json!({"type": "watch", "room": "tea", "games": [2]}),
        json!({"type": "read", "room": "tea", "seq": 1}),
        json!({"type": "typing", "room": "tea"}),
        json!({"type": "join", "room": "cake", "after": 3}),
        json!({"type": "leave", "room": "cake"}),
        json!({"type": "room", "to": "nowhere", "text": "hi"}),
        json!({"type": "pong"}),
    ];
    let client_frames = validator("ClientFrame");
    let server_frames = validator("ServerFrame");
    let mut received = Vec::new();
    for frame in &sent {
        assert!(client_frames.is_valid(frame), "{frame}");
        anna.send(frame.clone()).await;
    }
    received.extend(anna.frames_so_far().await);
    // Both users receive what follows in the game.
    for (nth, at) in ["b2", "a1", "c3"].iter().enumerate() {
        let act = match nth {
            0 => json!({"accept": {"of": 2}}),
            _ => json!({"move": {"of": 2, "at": at}}),
        };
        ben.send(json!({"type": "game", "to": "tea", "act": act}))
            .await;
        ben.frames_so_far().await;
    }
    ben.send(json!({"type": "game", "to": "tea", "act": {"resign": {"of": 2}}}))
        .await;
    ben.frames_so_far().await;
    received.extend(anna.frames_so_far().await);
    let kinds: std::collections::BTreeSet<_> = received
        .iter()
        .map(|frame| {
            let line: Value = serde_json::from_str(&frame.encode()).expect("JSON");
            let problems: Vec<_> = server_frames
                .iter_errors(&line)
                .map(|it| it.to_string())
                .collect();
            assert!(problems.is_empty(), "{line}: {problems:?}");
            line["type"].as_str().expect("a type").to_owned()
        })
        .collect();
    for kind in [
        "welcome", "joined", "left", "message", "history", "rooms", "games", "scores", "error",
    ] {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
    assert!(
        received
            .iter()
            .any(|frame| matches!(frame, ServerFrame::Message(it) if it.bot))
    );
}

#[test]
fn invalid_frames_do_not_match_the_schema() {
    let client_frames = validator("ClientFrame");
    for frame in [
        json!({"type": "dance"}),
        json!({"type": "room", "to": "tea"}),
        json!({"type": "room", "to": "tea", "text": 7}),
        json!({"type": "join", "room": "tea", "after": -1}),
        json!([]),
    ] {
        assert!(!client_frames.is_valid(&frame), "{frame}");
    }
}
