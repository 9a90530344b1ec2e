//! Deleted messages, in whatever order the frames arrive.

use protocol::{Deletion, EventBody};

use super::*;

/// The deletion of a message, as the first hidden event.
fn deletion(seq: Seq, of: Seq) -> Message {
    let text = String::from("Parlor deletes a message.");
    Message {
        hidden: 1,
        body: EventBody::Delete(Deletion { of, text }),
        ..message(seq)
    }
}

/// The texts that are shown.
fn texts(timeline: &Timeline) -> Vec<&str> {
    let shown = timeline.shown().iter();
    shown.map(|message| message.text()).collect()
}

/// The message as the server sends it after its deletion.
fn deleted(seq: Seq, revision: Seq) -> Message {
    Message {
        revision,
        body: EventBody::Deleted,
        ..message(seq)
    }
}

#[test]
fn a_deletion_blanks_its_message_and_draws_it_again() {
    let mut timeline = joined(1..=3);
    let keys = |timeline: &Timeline| -> Vec<_> {
        let items = lines(timeline, &PendingMessages::default(), None);
        items.iter().map(TimelineItem::key).collect()
    };
    let before = keys(&timeline);
    timeline.message(deletion(4, 2));
    assert_eq!(texts(&timeline), ["message 1", "", "message 3"]);
    let after = keys(&timeline);
    let changed = before.iter().zip(&after).filter(|(a, b)| a != b);
    assert_eq!(changed.count(), 1, "{before:?} {after:?}");
    assert_eq!(timeline.shown()[1].seq, 2, "the number remains");
}

#[test]
fn a_page_that_was_read_before_the_deletion_does_not_bring_the_text_back() {
    let mut timeline = joined(3..=4);
    timeline.message(deletion(5, 2));
    timeline.history(vec![message(1), message(2)], false);
    timeline.show_older();
    assert_eq!(
        texts(&timeline),
        ["message 1", "", "message 3", "message 4"]
    );
}

#[test]
fn a_present_state_replaces_an_older_one_and_never_the_other_way_round() {
    let mut timeline = joined(1..=2);
    timeline.history(vec![deleted(1, 9)], false);
    assert_eq!(texts(&timeline), ["", "message 2"]);
    timeline.history(vec![message(1)], false);
    assert_eq!(texts(&timeline), ["", "message 2"]);
}
