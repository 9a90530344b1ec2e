use protocol::{Limits, games::Act};

use super::*;

fn tea() -> To {
    To::Room("tea".into())
}

fn message(id: &str, to: To, text: &str, at: i64) -> PendingMessage {
    PendingMessage::new(id.into(), to, Content::Text(text.into()), at)
}

fn pending(texts: &[&str]) -> PendingMessages {
    let mut pending = PendingMessages::default();
    for text in texts {
        pending.push(message(&format!("id-{text}"), tea(), text, 0));
    }
    pending
}

fn released(pending: &mut PendingMessages) -> Vec<String> {
    let texts = pending.release().into_iter().map(|frame| match frame {
        ClientFrame::Room { text, .. } | ClientFrame::Private { text, .. } => text,
        other => panic!("not a text: {other:?}"),
    });
    texts.collect()
}

fn texts(pending: &PendingMessages) -> Vec<String> {
    let tea = tea();
    let texts = pending.to(&tea).map(|message| message.text().to_owned());
    texts.collect()
}

#[test]
fn nothing_is_sent_offline_and_then_one_message_a_recipient() {
    let mut pending = pending(&["a", "b"]);
    pending.push(message("id-c", To::Room("coffee".into()), "c", 0));
    assert!(released(&mut pending).is_empty());
    pending.connected();
    assert_eq!(released(&mut pending), ["a", "c"], "one for each recipient");
    assert!(released(&mut pending).is_empty(), "b waits for a's echo");
    assert!(pending.remove("id-a").is_some() && pending.remove("id-a").is_none());
    assert_eq!(released(&mut pending), ["b"]);
}

#[test]
fn a_room_and_a_user_of_one_name_are_two_recipients() {
    let mut pending = pending(&["a"]);
    pending.push(message("id-b", To::User("tea".into()), "b", 0));
    pending.connected();
    assert_eq!(released(&mut pending), ["a", "b"]);
    assert_eq!(pending.users(), ["tea"]);
    for to in [tea(), To::User("tea".into())] {
        assert_eq!(To::from_key(&to.key()), to);
    }
}

#[test]
fn an_unconfirmed_message_is_sent_again_under_its_id_on_the_next_connection() {
    let mut pending = pending(&["a", "b"]);
    pending.connected();
    let first = pending.release();
    pending.disconnected();
    assert!(released(&mut pending).is_empty());
    pending.connected();
    assert_eq!(pending.release(), first);
}

#[test]
fn a_message_that_is_put_off_stays_first() {
    let mut pending = pending(&["a", "b"]);
    pending.push(message("id-c", To::Room("coffee".into()), "c", 0));
    pending.connected();
    pending.release();
    assert!(pending.put_off("id-a"));
    pending.remove("id-c");
    assert!(released(&mut pending).is_empty(), "not before the wait");
    pending.resume();
    assert_eq!(released(&mut pending), ["a"]);
    pending.remove("id-a");
    assert_eq!(released(&mut pending), ["b"]);
    assert!(!pending.put_off("id-a"), "it is confirmed");
}

#[test]
fn a_refusal_is_temporary_or_final() {
    let refusal = |code: Code, retry_after_ms| frame::Error {
        code,
        message: code.sentence(),
        id: None,
        room: None,
        retry_after_ms,
    };
    let too_fast = refusal(Code::TooFast, Some(100));
    assert_eq!(retry_after(&too_fast), Some(Duration::from_millis(100)));
    let full = refusal(Code::StorageUnavailable, None);
    assert_eq!(retry_after(&full), Some(limits::STORAGE_RETRY));
    assert_eq!(retry_after(&refusal(Code::GameOver, Some(100))), None);
}

#[test]
fn a_refused_message_stays_until_it_is_tried_again_or_discarded_and_blocks_no_other() {
    let mut pending = pending(&["a", "b"]);
    pending.connected();
    pending.release();
    assert!(pending.refuse("id-a", "No.".into()));
    let refused: Vec<_> = pending.to(&tea()).map(|it| it.refused.clone()).collect();
    assert_eq!(refused, [Some("No.".to_owned()), None]);
    assert_eq!(released(&mut pending), ["b"]);
    pending.remove("id-b");
    pending.try_again("id-a");
    assert_eq!(released(&mut pending), ["a"]);
    pending.remove("id-a");
    assert!(pending.is_empty());
    assert!(!pending.refuse("id-a", "No.".into()));
}

#[test]
fn of_the_messages_in_flight_the_largest_was_too_large() {
    let mut pending = pending(&["a", "longer, and behind it"]);
    pending.push(message("id-c", To::Room("coffee".into()), "long", 0));
    pending.connected();
    assert_eq!(pending.too_large("Too large.".into()), None, "none is sent");
    assert_eq!(released(&mut pending), ["a", "long"]);
    let refused = pending.too_large("Too large.".into());
    assert_eq!(refused.as_deref(), Some("id-c"));
    pending.disconnected();
    pending.connected();
    assert_eq!(released(&mut pending), ["a"]);
    let refused = |entry: &&Entry| entry.message.refused.is_some();
    let refused: Vec<_> = pending.entries().iter().filter(refused).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].message.text(), "long");
}

#[test]
fn a_message_is_checked_against_the_limits_of_the_server() {
    let limits = Limits {
        text: 20,
        frame: 100,
        ..Limits::new(10)
    };
    let code = |to: To, content| {
        let message = PendingMessage::new("1".into(), to, content, 0);
        message.check(&limits).err().map(|refusal| refusal.code)
    };
    let text = |text: String| code(tea(), Content::Text(text));
    assert_eq!(text("x".repeat(20)), None);
    assert_eq!(text("x".repeat(21)), Some(Code::TooLong));
    let private = Content::Text("x".repeat(21));
    let to_user = code(To::User("Ben".into()), private);
    assert_eq!(to_user, Some(Code::TooLong));
    assert_eq!(text("\0x".into()), Some(Code::BadField));
    // Few characters, and many bytes.
    assert_eq!(text("\u{1}".repeat(20)), Some(Code::Blank));
    let bytes = format!("x{}", "\u{1}".repeat(19));
    assert_eq!(text(bytes), Some(Code::TooLarge));
    let far = Act::Move {
        of: 1,
        at: "x".repeat(100),
    };
    assert_eq!(code(tea(), Content::Act(far)), Some(Code::TooLarge));
}

#[test]
fn messages_of_another_client_are_shown_in_their_place_and_not_sent() {
    let mut pending = PendingMessages::default();
    pending.connected();
    pending.push(message("mine", tea(), "mine", 20));
    pending.keep(message("later", tea(), "later", 30), false);
    pending.keep(message("earlier", tea(), "earlier", 10), false);
    assert_eq!(texts(&pending), ["earlier", "mine", "later"]);
    assert!(
        released(&mut pending).is_empty(),
        "the earlier message goes first"
    );
    pending.remove("earlier");
    assert_eq!(released(&mut pending), ["mine"]);
    pending.remove("mine");
    assert!(released(&mut pending).is_empty());
}

#[test]
fn a_client_takes_over_what_another_client_leaves_behind() {
    let mut pending = PendingMessages::default();
    pending.connected();
    for (id, at) in [("a", 10), ("b", 20), ("c", 30)] {
        pending.keep(message(id, tea(), id, at), false);
    }
    // The other client said that it is gone …
    pending.keep(message("a", tea(), "a", 10), true);
    assert_eq!(released(&mut pending), ["a"]);
    pending.remove("a");
    // … or has been silent for long.
    pending.adopt();
    assert!(released(&mut pending).is_empty(), "not at once");
    pending.keep(message("c", tea(), "c", 30), false);
    pending.adopt();
    assert_eq!(released(&mut pending), ["b"]);
    pending.remove("b");
    assert!(released(&mut pending).is_empty(), "c was renewed since");
}

#[test]
fn a_clock_that_goes_back_changes_no_order() {
    let mut pending = PendingMessages::default();
    for (id, at) in [("a", 20), ("b", 20), ("c", 5)] {
        pending.push(message(id, tea(), id, at));
    }
    assert_eq!(texts(&pending), ["a", "b", "c"]);
    let entries = pending.entries();
    assert!(entries.is_sorted_by_key(|entry| entry.message.at));
}
