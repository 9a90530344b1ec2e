//! Events on the wire, and how a hidden event changes its target.

use super::*;

fn read(json: &str) -> Message {
    serde_json::from_str(json).expect("a message")
}

const TEXT: &str =
    r#"{"room":"tea","seq":41,"from":"Toto","author":7,"id":"a","text":"hello","at":5}"#;
const DELETE: &str = r#"{"room":"tea","seq":43,"from":"Toto","author":7,"id":"b","text":"Toto deletes message 41.","at":6,"hidden":2,"kind":"delete","of":41}"#;
const DELETED: &str = r#"{"room":"tea","seq":41,"from":"Toto","author":7,"id":"a","text":"","at":5,"revision":43,"deleted":true}"#;

#[test]
fn each_kind_is_read_back_as_it_was_written() {
    for line in [TEXT, DELETE, DELETED] {
        assert_eq!(
            serde_json::to_string(&read(line)).expect("JSON"),
            line,
            "as on the wire"
        );
    }
    assert!(read(DELETE).is_hidden());
    assert_eq!(read(DELETED).body, EventBody::Deleted);
}

#[test]
fn a_deletion_changes_its_target_once_and_nothing_else() {
    let (mut message, deletion) = (read(TEXT), read(DELETE));
    let mut other = Message {
        seq: 42,
        ..message.clone()
    };
    assert!(!other.apply(&deletion));
    assert!(message.apply(&deletion));
    assert_eq!(message, read(DELETED), "the same as when it is read later");
    assert!(!message.apply(&deletion), "it was applied before");
}

#[test]
fn an_event_of_an_unknown_kind_is_shown_by_its_text_or_hidden_by_its_target() {
    let visible = read(&TEXT.replace(r#""at":5"#, r#""at":5,"kind":"poll""#));
    assert!(!visible.is_hidden());
    assert_eq!(visible.text(), "hello");
    let hidden = read(&TEXT.replace(r#""at":5"#, r#""at":5,"kind":"react","of":3"#));
    assert_eq!(hidden.body.target(), Some(3));
    let again = read(&serde_json::to_string(&hidden).expect("JSON"));
    assert_eq!(again, hidden, "also if it is passed on");
}
