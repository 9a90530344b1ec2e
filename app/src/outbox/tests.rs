use super::*;

fn tea() -> To {
    To::Room("tea".into())
}

fn outbox(texts: &[&str]) -> Outbox {
    let mut outbox = Outbox::default();
    for text in texts {
        outbox.push(format!("id-{text}"), tea(), (*text).to_owned(), 0);
    }
    outbox
}

fn released(outbox: &mut Outbox) -> Vec<String> {
    let texts = outbox.release().into_iter().map(|frame| match frame {
        ClientFrame::Room { text, .. } | ClientFrame::Private { text, .. } => text,
        other => panic!("{other:?} is not something said"),
    });
    texts.collect()
}

#[test]
fn nothing_is_sent_without_a_connection_and_then_one_after_the_other() {
    let mut outbox = outbox(&["a", "b"]);
    outbox.push("id-c".into(), To::Room("coffee".into()), "c".into(), 0);
    assert!(released(&mut outbox).is_empty());
    outbox.connected();
    assert_eq!(released(&mut outbox), ["a", "c"], "one for each place");
    assert!(released(&mut outbox).is_empty(), "b waits for a's echo");
    outbox.remove("id-a");
    assert_eq!(released(&mut outbox), ["b"]);
}

#[test]
fn an_unconfirmed_message_is_sent_again_under_the_same_id() {
    let mut outbox = outbox(&["a", "b"]);
    outbox.connected();
    let first = outbox.release();
    outbox.disconnected();
    assert!(released(&mut outbox).is_empty());
    outbox.connected();
    assert_eq!(outbox.release(), first);
}

#[test]
fn a_postponed_message_stays_first() {
    let mut outbox = outbox(&["a", "b"]);
    outbox.push("id-c".into(), To::Room("coffee".into()), "c".into(), 0);
    outbox.connected();
    outbox.release();
    assert!(outbox.put_off("id-a"));
    outbox.remove("id-c");
    assert!(released(&mut outbox).is_empty(), "not before the wait");
    outbox.resume();
    assert_eq!(released(&mut outbox), ["a"]);
    outbox.remove("id-a");
    assert_eq!(released(&mut outbox), ["b"]);
    assert!(!outbox.put_off("id-a"), "it is said");
}

#[test]
fn a_refused_message_stays_until_sent_again_or_discarded_and_blocks_no_other() {
    let mut outbox = outbox(&["a", "b"]);
    outbox.connected();
    outbox.release();
    assert!(outbox.refuse("id-a", "No.".into()));
    let refused: Vec<_> = outbox.to(&tea()).map(|d| d.refused.clone()).collect();
    assert_eq!(refused, [Some("No.".to_owned()), None]);
    assert_eq!(released(&mut outbox), ["b"]);
    outbox.remove("id-b");
    outbox.try_again("id-a");
    assert_eq!(released(&mut outbox), ["a"]);
    outbox.remove("id-a");
    assert_eq!(outbox.entries(), []);
    assert!(!outbox.refuse("id-a", "No.".into()));
}

#[test]
fn the_largest_message_on_its_way_counts_as_too_large_and_is_not_sent_again() {
    let mut outbox = outbox(&["a", "longer, and behind it"]);
    outbox.push("id-c".into(), To::Room("coffee".into()), "long".into(), 0);
    outbox.connected();
    assert_eq!(released(&mut outbox), ["a", "long"]);
    outbox.too_large("Too large.".into());
    outbox.disconnected();
    outbox.connected();
    assert_eq!(released(&mut outbox), ["a"]);
    let refused = |entry: &Entry| entry.draft.refused.is_some();
    let refused: Vec<_> = outbox.entries().iter().filter(|it| refused(it)).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].draft.text, "long");
}

fn draft(id: &str, at: i64) -> Draft {
    Draft {
        id: id.into(),
        to: tea(),
        text: id.into(),
        at,
        refused: None,
    }
}

#[test]
fn messages_of_another_tab_are_shown_in_order_and_not_sent() {
    let mut outbox = Outbox::default();
    outbox.connected();
    outbox.push("mine".into(), tea(), "mine".into(), 20);
    outbox.keep(draft("later", 30), false);
    outbox.keep(draft("earlier", 10), false);
    let shown: Vec<_> = outbox.to(&tea()).map(|draft| draft.text.clone()).collect();
    assert_eq!(shown, ["earlier", "mine", "later"]);
    assert!(
        released(&mut outbox).is_empty(),
        "what was typed first goes first"
    );
    outbox.remove("earlier");
    assert_eq!(released(&mut outbox), ["mine"]);
    outbox.remove("mine");
    assert!(released(&mut outbox).is_empty());
}

#[test]
fn another_tab_adopts_the_messages_of_a_closed_one() {
    let mut outbox = Outbox::default();
    outbox.connected();
    for (id, at) in [("a", 10), ("b", 20), ("c", 30)] {
        outbox.keep(draft(id, at), false);
    }
    // It said so itself …
    outbox.keep(draft("a", 10), true);
    assert_eq!(released(&mut outbox), ["a"]);
    outbox.remove("a");
    // … or was not heard of for long.
    outbox.adopt();
    assert!(released(&mut outbox).is_empty(), "not at once");
    outbox.keep(draft("c", 30), false);
    outbox.adopt();
    assert_eq!(released(&mut outbox), ["b"]);
    outbox.remove("b");
    assert!(released(&mut outbox).is_empty(), "of c one has heard since");
}

#[test]
fn a_clock_that_goes_back_changes_no_order() {
    let mut outbox = Outbox::default();
    for (id, at) in [("a", 20), ("b", 20), ("c", 5)] {
        outbox.push(id.into(), tea(), id.into(), at);
    }
    let order: Vec<_> = outbox.to(&tea()).map(|draft| draft.text.clone()).collect();
    assert_eq!(order, ["a", "b", "c"]);
    assert!(outbox.entries().is_sorted_by_key(|entry| entry.draft.at));
}
