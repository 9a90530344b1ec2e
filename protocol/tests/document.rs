//! docs/PROTOCOL.md and the code say the same.

use std::collections::BTreeSet;

use protocol::{ClientFrame, Close, Code, Limits, ServerFrame, close, limits};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

const DOCUMENT: &str = include_str!("../../docs/PROTOCOL.md");

/// The document's text under a heading of the second level.
fn section(heading: &str) -> &'static str {
    let start = DOCUMENT.find(&format!("\n## {heading}\n"));
    let text = &DOCUMENT[start.expect("the heading is there") + 4..];
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

/// What serde would take here, from its own words about something that it would not.
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

fn every_frame_is_shown_as_it_is<T: DeserializeOwned + Serialize>(heading: &str) {
    let mut shown = BTreeSet::new();
    for example in examples(heading) {
        let frame: T = serde_json::from_value(example.clone())
            .unwrap_or_else(|error| panic!("{error}: {example}"));
        let again = serde_json::to_value(&frame).expect("frames are JSON");
        assert_eq!(
            again, example,
            "a field of the example is none of the frame's"
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
fn every_frame_of_a_client_has_its_example() {
    every_frame_is_shown_as_it_is::<ClientFrame>("What a client says");
}

#[test]
fn every_frame_of_the_server_has_its_example() {
    every_frame_is_shown_as_it_is::<ServerFrame>("What the server says");
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
        assert!(listed.contains(code.as_str()), "{code:?} says its own name");
        assert!(!code.sentence().is_empty());
    }
}

#[test]
fn every_close_code_is_listed_with_whether_to_come_back() {
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
    let known = Close::ALL.map(|close| (close.code(), close::worth_coming_back(close.code())));
    assert_eq!(listed, known);
}

#[test]
fn the_limits_shown_are_those_in_force() {
    let welcome = examples("What the server says")
        .into_iter()
        .find(|e| e["type"] == "welcome");
    let shown = welcome.expect("an example of welcome")["limits"].clone();
    let in_force = Limits::new(limits::MESSAGES_PER_SECOND);
    assert_eq!(
        shown,
        serde_json::to_value(in_force).expect("limits are JSON")
    );
    for (words, number) in [
        ("the last 50 messages", limits::NEWEST),
        ("more than 500 events", limits::CATCH_UP),
        ("1 to 200, 50 if left out", limits::HISTORY_PAGE),
        ("at\nmost 500", limits::ROOMS_LISTED),
        ("1 to 36 printable", limits::ID_CHARS),
        ("1 to 32 letters", limits::NICKNAME_CHARS),
        ("up to 64 characters", limits::ROOM_CHARS),
        ("at most 3 names", limits::TYPERS),
        ("are; 50 at most", limits::GAMES_WATCHED),
        ("60 if left out", limits::CLOCK as usize),
        ("100 invitations to answer", limits::INVITATIONS_PER_USER),
        ("10 times a second", limits::ASIDES_PER_SECOND as usize),
        ("a burst of 100", limits::ASIDES_BURST as usize),
    ] {
        let folded = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = words.replace('\n', " ");
        assert!(folded.contains(&words), "{words}");
        assert!(words.contains(&number.to_string()), "{words}: {number}");
    }
    for (words, seconds) in [
        ("Every 25 seconds", limits::PING_EVERY),
        ("silent for 60 seconds", limits::SILENCE),
        ("heard nothing for 40 seconds", limits::SERVER_SILENCE),
        ("at most 10 seconds after connecting", limits::LOGIN_TIME),
        ("at most once in 3 seconds", limits::TYPING_EVERY),
        ("after 6 seconds", limits::TYPING_HOLDS),
    ] {
        assert!(DOCUMENT.contains(words), "{words}");
        assert!(
            words.contains(&format!(" {} ", seconds.as_secs())),
            "{words}"
        );
    }
}
