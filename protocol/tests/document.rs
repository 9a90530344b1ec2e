//! docs/PROTOCOL.md and the code agree.

use std::collections::BTreeSet;

use protocol::{ClientFrame, Close, Code, Limits, ServerFrame, close, limits};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../docs/PROTOCOL.md");

/// The document's text under a heading of the second level.
fn section(heading: &str) -> &'static str {
    let start = DOCUMENT.find(&format!("\n## {heading}\n"));
    let text = &DOCUMENT[start.expect("the heading exists") + 4..];
    &text[..text.find("\n## ").unwrap_or(text.len())]
}

/// The examples in a section: each line of each block of JSON.
fn examples(heading: &str) -> Vec<Value> {
    let blocks = section(heading).split("```json\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// The first column of a section's table.
fn first_column(heading: &str) -> Vec<&'static str> {
    let rows = section(heading)
        .lines()
        .filter(|line| line.starts_with("| "));
    let cells = rows.map(|row| row.split('|').nth(1).unwrap_or_default().trim());
    cells.skip(2).map(|cell| cell.trim_matches('`')).collect()
}

/// The variants of an enum, as serde lists them in its error for a value that is none of them.
fn variants<T: DeserializeOwned>(wrong: Value) -> BTreeSet<String> {
    let Err(error) = serde_json::from_value::<T>(wrong) else {
        panic!("should be refused");
    };
    let error = error.to_string();
    let (_, expected) = error
        .split_once("expected one of")
        .expect("a list of variants");
    expected
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Every frame has a heading and examples, and each example survives decoding and encoding.
fn check_examples<T: DeserializeOwned + Serialize>(heading: &str) {
    let mut shown = BTreeSet::new();
    for example in examples(heading) {
        let frame: T = serde_json::from_value(example.clone())
            .unwrap_or_else(|error| panic!("{error}: {example}"));
        let again = serde_json::to_value(&frame).expect("frames are JSON");
        assert_eq!(
            again, example,
            "the example has a field that the frame does not have"
        );
        shown.insert(example["type"].as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(shown, variants::<T>(json!({"type": "none of them"})));
    let headings = section(heading)
        .lines()
        .filter_map(|line| line.strip_prefix("### "));
    assert_eq!(headings.map(str::to_owned).collect::<BTreeSet<_>>(), shown);
}

#[test]
fn every_client_frame_has_an_example() {
    check_examples::<ClientFrame>("What a client says");
}

#[test]
fn every_server_frame_has_an_example() {
    check_examples::<ServerFrame>("What the server says");
}

#[test]
fn every_refusal_is_listed() {
    let listed: BTreeSet<_> = first_column("Refusals")
        .into_iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, variants::<Code>(json!("none of them")));
    for code in &listed {
        let code: Code = serde_json::from_value(json!(code)).expect("a code");
        assert!(
            listed.contains(code.as_str()),
            "{code:?} is listed under its own name"
        );
        assert!(!code.sentence().is_empty());
    }
}

#[test]
fn every_close_code_is_listed_with_whether_to_reconnect() {
    let rows = section("Closing")
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(2);
    let listed: Vec<(u16, bool)> = rows
        .map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            (cells[1].parse().expect("a number"), cells[3] == "yes")
        })
        .collect();
    let known = Close::ALL.map(|close| (close.code(), close::should_reconnect(close.code())));
    assert_eq!(listed, known);
}

#[test]
fn the_documented_limits_are_in_force() {
    let welcome = examples("What the server says")
        .into_iter()
        .find(|e| e["type"] == "welcome");
    let shown = welcome.expect("an example of welcome")["limits"].clone();
    let in_force = Limits::new(limits::MESSAGES_PER_SECOND);
    assert_eq!(
        shown,
        serde_json::to_value(in_force).expect("limits are JSON")
    );
    let folded = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    for (words, number) in [
        ("the last 50 messages", limits::NEWEST),
        ("more than 500 events", limits::CATCH_UP),
        ("as many as fit into 64 KiB", limits::PAGE_BYTES / 1024),
        ("`limit` messages or 64 KiB", limits::PAGE_BYTES / 1024),
        ("1 to 200, 50 if left out", limits::HISTORY_PAGE),
        ("1 to 200, 50 if left out", limits::NEWEST),
        (
            "once in 2 seconds",
            limits::ROOMS_CHANGED_EVERY.as_secs() as usize,
        ),
        ("at most 500", limits::ROOMS_LISTED),
        ("or 50,000 rooms in all", limits::ROOMS),
        (
            "more than 100 rooms on one socket",
            limits::ROOMS_PER_SOCKET,
        ),
        ("a frame larger than 128 KiB", limits::FRAME_BYTES / 1024),
        ("more than 8,000 characters", limits::TEXT_CHARS),
        ("1 to 36 printable", limits::ID_CHARS),
        ("1 to 32 letters", limits::NICKNAME_CHARS),
        ("up to 64 characters", limits::ROOM_CHARS),
        ("where there are more than 200", limits::NAMES),
        ("or of 50 users where", limits::NAMES_IN_LARGE_ROOM),
        ("at most 50 names in one", limits::PRESENCE_NAMES),
        ("at most 3 names", limits::TYPING_NAMES),
        ("are; 50 at most", limits::GAMES_WATCHED),
        ("60 if left out", limits::CLOCK as usize),
        ("you have 1,000 games", limits::GAMES_PER_USER),
        ("100 invitations to answer", limits::INVITATIONS_PER_USER),
        ("Either list has at most 200", limits::SCORES),
        ("10 times a second", limits::EPHEMERAL_PER_SECOND as usize),
        ("a burst of 100", limits::EPHEMERAL_BURST as usize),
        ("50 times a second", limits::QUERIES_PER_SECOND as usize),
        ("a burst of 2,500", limits::QUERY_BURST as usize),
        (
            "more than 10 new rooms a minute",
            limits::NEW_ROOMS_PER_MINUTE as usize,
        ),
        (
            "more than 60 a minute from one address",
            limits::SIGN_INS_PER_MINUTE as usize,
        ),
        ("more than 20 of one user", limits::SOCKETS_PER_USER),
        (
            "or 200 of one address",
            limits::SOCKETS_PER_ADDRESS as usize,
        ),
        ("valid for 30 days", limits::SESSION_DAYS as usize),
    ] {
        assert!(folded.contains(words), "{words}");
        let digits = words.replace(',', "");
        let mut numbers = digits.split(|c: char| !c.is_ascii_digit());
        let number = number.to_string();
        assert!(numbers.any(|it| it == number), "{words}: {number}");
    }
    for (words, seconds) in [
        ("Every 25 seconds", limits::PING_EVERY),
        ("silent for 60 seconds", limits::SILENCE),
        ("received nothing for 40 seconds", limits::SERVER_SILENCE),
        ("at most 10 seconds after connecting", limits::LOGIN_TIME),
        ("at most once in 3 seconds", limits::TYPING_EVERY),
        ("after 6 seconds", limits::TYPING_EXPIRY),
    ] {
        assert!(folded.contains(words), "{words}");
        assert!(
            words.contains(&format!(" {} ", seconds.as_secs())),
            "{words}"
        );
    }
}
