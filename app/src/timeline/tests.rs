use protocol::PersonId;

use super::*;
use crate::outbox::{Outbox, To};

fn message(seq: Seq) -> Message {
    Message {
        room: "tea".into(),
        seq,
        from: "Toto".into(),
        author: PersonId(1),
        id: format!("m{seq}"),
        text: format!("message {seq}"),
        at: 0,
        to: None,
    }
}

fn messages(seqs: impl IntoIterator<Item = Seq>) -> Vec<Message> {
    seqs.into_iter().map(message).collect()
}

fn joined(seqs: std::ops::RangeInclusive<Seq>) -> Timeline {
    let mut timeline = Timeline::default();
    timeline.joined(*seqs.end(), vec!["Toto".into()], 1, messages(seqs));
    timeline
}

/// The log in short: `5` a message, `+Tata`, `-Tata` a passing, `?text` a draft.
fn shown(timeline: &Timeline, outbox: &Outbox) -> Vec<String> {
    let tea = To::Room("tea".into());
    let lines = timeline.lines(outbox.to(&tea)).into_iter();
    let short = lines.map(|line| match line {
        Line::Said(message) => message.seq.to_string(),
        Line::Passed(p) => format!("{}{}", if p.came { '+' } else { '-' }, p.names.join("+")),
        Line::Draft(draft) => match &draft.refused {
            Some(sentence) => format!("?{} ({sentence})", draft.text),
            None => format!("?{}", draft.text),
        },
    });
    short.collect()
}

fn seqs(timeline: &Timeline) -> Vec<String> {
    shown(timeline, &Outbox::default())
}

#[test]
fn whatever_the_order_and_however_often_the_log_is_the_same() {
    let expected = joined(1..=6);
    // All orders of six messages, each order with every message twice.
    let mut order = vec![1, 2, 3, 4, 5, 6];
    permute(&mut order, 0, &mut |order| {
        let mut timeline = Timeline::default();
        timeline.joined(0, vec!["Toto".into()], 1, vec![]);
        for seq in order.iter().chain(order.iter().rev()) {
            timeline.message(message(*seq));
        }
        assert_eq!(timeline, expected, "{order:?}");
    });
}

fn permute(order: &mut [Seq], from: usize, check: &mut impl FnMut(&[Seq])) {
    if from == order.len() {
        return check(order);
    }
    for at in from..order.len() {
        order.swap(from, at);
        permute(order, from + 1, check);
        order.swap(from, at);
    }
}

#[test]
fn a_hole_is_asked_for_once_and_closes() {
    let mut timeline = joined(1..=3);
    timeline.message(message(7));
    let hole = Ask {
        before: 7,
        limit: 3,
    };
    assert_eq!(timeline.ask_for_hole(), Some(hole));
    assert_eq!(timeline.ask_for_hole(), None, "it is on its way");
    timeline.history(messages(4..=6), true);
    assert_eq!(timeline.ask_for_hole(), None, "it is closed");
    assert_eq!(seqs(&timeline), ["1", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn a_lost_connection_makes_it_ask_again() {
    let mut timeline = joined(1..=3);
    timeline.message(message(5));
    assert!(timeline.ask_for_hole().is_some());
    timeline.disconnected();
    assert!(timeline.ask_for_hole().is_some());
}

#[test]
fn a_hole_that_nothing_fills_is_not_asked_for_for_ever() {
    let mut timeline = joined(1..=3);
    timeline.message(message(5));
    assert!(timeline.ask_for_hole().is_some());
    timeline.history(vec![], true);
    assert_eq!(timeline.ask_for_hole(), None);
}

#[test]
fn what_the_answer_to_join_left_out_is_asked_for() {
    let mut timeline = joined(1..=3);
    timeline.joined(9, vec![], 1, messages(4..=7));
    let hole = Ask {
        before: 10,
        limit: 2,
    };
    assert_eq!(timeline.ask_for_hole(), Some(hole));
}

#[test]
fn behind_a_hole_wider_than_a_page_one_begins_afresh() {
    let mut timeline = joined(1..=50);
    timeline.joined(900, vec![], 1, messages(401..=900));
    assert_eq!(timeline.ask_for_hole(), None);
    assert_eq!(timeline.len(), 500);
    assert!(timeline.has_older());
    assert_eq!(timeline.ask_for_older().map(|ask| ask.before), Some(401));
}

#[test]
fn older_messages_come_page_by_page_until_the_beginning() {
    let mut timeline = joined(60..=109);
    let ask = timeline.ask_for_older().expect("there are older ones");
    assert_eq!((ask.before, ask.limit), (60, NEWEST));
    assert_eq!(timeline.ask_for_older(), None, "one page at a time");
    timeline.history(messages(10..=59), true);
    assert_eq!(timeline.ask_for_older().map(|ask| ask.before), Some(10));
    timeline.history(messages(1..=9), false);
    assert!(!timeline.has_older());
    assert_eq!(timeline.len(), 109);
}

#[test]
fn the_server_has_the_last_word_on_where_the_log_begins() {
    let mut timeline = joined(60..=109);
    timeline.ask_for_older();
    timeline.history(vec![], false);
    assert!(!timeline.has_older());
}

#[test]
fn a_log_that_is_only_known_by_its_length_is_read_from_its_end() {
    let mut timeline = Timeline::default();
    timeline.joined(57, vec![], 1, vec![]);
    assert_eq!(timeline.ask_for_hole(), None, "nobody reads it yet");
    assert_eq!(timeline.resume_after(), Some(57));
    assert_eq!(timeline.ask_for_older().map(|ask| ask.before), Some(58));
}

#[test]
fn a_draft_stands_last_until_its_echo_takes_its_place() {
    let mut outbox = Outbox::default();
    outbox.connected();
    outbox.push("x".into(), To::Room("tea".into()), "hello".into());
    let mut timeline = joined(1..=2);
    assert_eq!(shown(&timeline, &outbox), ["1", "2", "?hello"]);
    timeline.message(message(3));
    assert_eq!(shown(&timeline, &outbox), ["1", "2", "3", "?hello"]);
    outbox.confirm("x");
    timeline.message(message(4));
    assert_eq!(shown(&timeline, &outbox), ["1", "2", "3", "4"]);
}

#[test]
fn a_refused_draft_is_another_line_with_its_sentence() {
    let mut outbox = Outbox::default();
    outbox.push("x".into(), To::Room("tea".into()), "hello".into());
    let timeline = joined(1..=1);
    let key = |outbox: &Outbox| {
        let lines = timeline.lines(outbox.to(&To::Room("tea".into())));
        lines.last().map(Line::key)
    };
    let before = key(&outbox);
    outbox.refuse("x", "No.".into());
    assert_ne!(key(&outbox), before);
    assert_eq!(shown(&timeline, &outbox), ["1", "?hello (No.)"]);
}

#[test]
fn people_come_and_go_at_their_place_in_the_log() {
    let mut timeline = joined(5..=6);
    timeline.presence(vec!["Tata".into()], vec![], 2, |_| true);
    timeline.message(message(7));
    timeline.presence(vec![], vec!["Tata".into()], 1, |_| true);
    timeline.presence(vec!["Toto".into()], vec![], 1, |name| name != "Toto");
    assert_eq!(seqs(&timeline), ["5", "6", "+Tata", "7", "-Tata"]);
    assert_eq!(timeline.members(), ["Toto"]);
    assert_eq!(timeline.online(), 1);
    timeline.history(messages(1..=4), false);
    assert_eq!(seqs(&timeline)[5..], ["6", "+Tata", "7", "-Tata"]);
}

#[test]
fn a_long_log_can_be_trimmed_to_its_newest() {
    let mut timeline = joined(1..=10);
    timeline.presence(vec!["Tata".into()], vec![], 2, |_| true);
    timeline.trim(3);
    assert_eq!(seqs(&timeline), ["8", "9", "10", "+Tata"]);
    assert!(timeline.has_older());
}
