use client::{Content, PendingMessage, PendingMessages, To};
use protocol::UserId;

use super::items::Viewer;
use super::*;
use crate::datetime::Zone;

mod any_order;
mod deletions;
mod windows;

const MINUTE: i64 = 60_000;

fn message(seq: Seq) -> Message {
    said(seq, 1, 0)
}

/// A message of an author at a time.
fn said(seq: Seq, author: i64, at: i64) -> Message {
    Message {
        room: "tea".into(),
        seq,
        from: "Toto".into(),
        author: UserId(author),
        id: format!("m{seq}"),
        body: EventBody::Text(format!("message {seq}")),
        at,
        ..Message::default()
    }
}

fn messages(seqs: impl IntoIterator<Item = Seq>) -> Vec<Message> {
    seqs.into_iter().map(message).collect()
}

fn joined(seqs: std::ops::RangeInclusive<Seq>) -> Timeline {
    let mut timeline = Timeline::default();
    timeline.joined((*seqs.end()).into(), vec!["Toto".into()], 1, messages(seqs));
    timeline
}

fn lines(timeline: &Timeline, pending: &PendingMessages, unread: Option<Seq>) -> Vec<TimelineItem> {
    let reader = Viewer {
        user: UserId(1),
        zone: Zone::Offset(0),
        unread,
    };
    timeline.items(pending.to(&To::Room("tea".into())), reader)
}

/// An item in short: `5` a message, `5:` one that shows its author, `+Tata-Titi` who joined and
/// left, `?text` a pending message, `*` the unread mark, `=3` a day.
fn short(item: TimelineItem) -> String {
    let names = |sign: &str, names: &[String]| {
        names
            .iter()
            .map(|name| [sign, name].concat())
            .collect::<String>()
    };
    match item {
        TimelineItem::Day { day, .. } => format!("={day}"),
        TimelineItem::Unread { .. } => "*".into(),
        TimelineItem::Message { message, leads, .. } => {
            format!("{}{}", message.seq, if leads { ":" } else { "" })
        }
        TimelineItem::Membership(p) => names("+", &p.came) + &names("-", &p.went),
        TimelineItem::Pending { draft, .. } => match &draft.refused {
            Some(sentence) => format!("?{} ({sentence})", draft.text()),
            None => format!("?{}", draft.text()),
        },
    }
}

fn hello() -> PendingMessage {
    let text = Content::Text("hello".into());
    PendingMessage::new("x".into(), To::Room("tea".into()), text, 0)
}

/// The items in short, without days and names.
fn shown(timeline: &Timeline, pending: &PendingMessages) -> Vec<String> {
    let lines = lines(timeline, pending, None).into_iter();
    let lines = lines.filter(|line| !matches!(line, TimelineItem::Day { .. }));
    lines
        .map(|line| short(line).trim_end_matches(':').to_owned())
        .collect()
}

fn seqs(timeline: &Timeline) -> Vec<String> {
    shown(timeline, &PendingMessages::default())
}

#[test]
fn the_timeline_does_not_depend_on_order_or_repetition() {
    let expected = joined(1..=6);
    // All orders of six messages, each order with every message twice.
    let mut order = vec![1, 2, 3, 4, 5, 6];
    permute(&mut order, 0, &mut |order| {
        let mut timeline = Timeline::default();
        timeline.joined(0.into(), vec!["Toto".into()], 1, vec![]);
        for seq in order.iter().chain(order.iter().rev()) {
            timeline.message(message(*seq));
        }
        timeline.go_to_end();
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
fn a_gap_is_requested_once_and_closes() {
    let mut timeline = joined(1..=3);
    timeline.message(message(7));
    let gap = PageRequest {
        before: 7,
        limit: 3,
    };
    assert_eq!(timeline.request_gap(), Some(gap));
    assert_eq!(timeline.request_gap(), None, "it is on its way");
    timeline.history(messages(4..=6), true);
    assert_eq!(timeline.request_gap(), None, "it is closed");
    assert_eq!(seqs(&timeline), ["1", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn after_a_lost_connection_pages_are_requested_again() {
    let mut timeline = joined(1..=3);
    timeline.message(message(5));
    assert!(timeline.request_gap().is_some());
    timeline.disconnected();
    assert!(timeline.request_gap().is_some());
}

#[test]
fn a_gap_that_nothing_fills_is_not_requested_forever() {
    let mut timeline = joined(1..=3);
    timeline.message(message(5));
    assert!(timeline.request_gap().is_some());
    timeline.history(vec![], true);
    assert_eq!(timeline.request_gap(), None);
}

#[test]
fn messages_missing_from_the_answer_to_join_are_requested() {
    let mut timeline = joined(1..=3);
    timeline.joined(9.into(), vec![], 1, messages(4..=7));
    let gap = PageRequest {
        before: 10,
        limit: 2,
    };
    assert_eq!(timeline.request_gap(), Some(gap));
}

#[test]
fn a_gap_wider_than_a_page_waits_until_the_user_scrolls_there() {
    let mut timeline = joined(1..=50);
    timeline.joined(900.into(), vec![], 1, messages(401..=900));
    assert_eq!(timeline.request_gap(), None);
    assert_eq!(seqs(&timeline).last().map(String::as_str), Some("900"));
    while let Some(first) = seqs(&timeline).first().filter(|first| *first != "401") {
        assert!(first.parse::<Seq>().is_ok_and(|first| first > 401));
        assert_eq!(timeline.show_older(), None, "they are here");
    }
    assert!(timeline.has_older());
    assert_eq!(
        timeline.show_older().map(|request| request.before),
        Some(401)
    );
}

#[test]
fn the_server_decides_where_the_timeline_begins() {
    let mut timeline = joined(60..=109);
    timeline.show_older();
    timeline.history(vec![], false);
    assert!(!timeline.has_older());
}

#[test]
fn a_timeline_without_messages_is_loaded_from_its_end() {
    let mut timeline = Timeline::default();
    timeline.joined(57.into(), vec![], 1, vec![]);
    assert_eq!(timeline.request_gap(), None, "nobody reads it yet");
    assert_eq!(timeline.resume_after(), Some(57));
    assert!(timeline.has_older());
    assert_eq!(
        timeline.show_older().map(|request| request.before),
        Some(58)
    );
}

#[test]
fn a_pending_message_is_last_until_it_is_confirmed() {
    let mut pending = PendingMessages::default();
    pending.connected();
    pending.push(hello());
    let mut timeline = joined(1..=2);
    assert_eq!(shown(&timeline, &pending), ["1", "2", "?hello"]);
    timeline.message(message(3));
    assert_eq!(shown(&timeline, &pending), ["1", "2", "3", "?hello"]);
    pending.remove("x");
    timeline.message(message(4));
    assert_eq!(shown(&timeline, &pending), ["1", "2", "3", "4"]);
}

#[test]
fn a_refused_message_is_another_item_with_its_sentence() {
    let mut pending = PendingMessages::default();
    pending.push(hello());
    let timeline = joined(1..=1);
    let key = |pending: &PendingMessages| {
        lines(&timeline, pending, None)
            .last()
            .map(TimelineItem::key)
    };
    let before = key(&pending);
    pending.refuse("x", "No.".into());
    assert_ne!(key(&pending), before);
    assert_eq!(shown(&timeline, &pending), ["1", "?hello (No.)"]);
}

#[test]
fn messages_within_a_minute_are_one_group() {
    let mut timeline = Timeline::default();
    let log = vec![
        said(1, 1, 0),
        said(2, 1, MINUTE - 1),
        said(3, 1, 2 * MINUTE - 2),
        said(4, 1, 3 * MINUTE),
        said(5, 2, 3 * MINUTE),
        said(6, 1, 3 * MINUTE),
    ];
    timeline.joined(6.into(), vec![], 1, log);
    timeline.message(said(7, 1, 3 * MINUTE));
    let shorts = lines(&timeline, &PendingMessages::default(), Some(7)).into_iter();
    let shorts: Vec<String> = shorts.map(short).collect();
    assert_eq!(shorts, ["=0", "1:", "2", "3", "4:", "5:", "6:", "*", "7:"]);
}

#[test]
fn a_day_begins_at_midnight_in_the_zone_of_the_user() {
    const HOUR: i64 = 60 * MINUTE;
    let mut timeline = Timeline::default();
    let log = vec![
        said(1, 1, 21 * HOUR),
        said(2, 1, 23 * HOUR),
        said(3, 1, 23 * HOUR + 9),
    ];
    timeline.joined(3.into(), vec![], 1, log);
    let days = |ahead| {
        let reader = Viewer {
            user: UserId(1),
            zone: Zone::Offset(ahead),
            unread: None,
        };
        let lines = timeline.items([].into_iter(), reader).into_iter();
        lines.map(short).collect::<Vec<_>>()
    };
    assert_eq!(days(0), ["=0", "1:", "2:", "3"]);
    assert_eq!(days(120), ["=0", "1:", "=1", "2:", "3"]);
}

#[test]
fn joins_and_leaves_are_shown_where_they_happened() {
    let mut timeline = joined(5..=6);
    let tata = || vec!["Tata".to_owned()];
    assert_eq!(timeline.presence(tata(), vec![], 2, |_| true), tata());
    timeline.message(message(7));
    assert!(timeline.presence(vec![], tata(), 1, |_| true).is_empty());
    timeline.presence(vec!["Toto".into()], vec![], 1, |name| name != "Toto");
    assert_eq!(seqs(&timeline), ["5", "6", "+Tata", "7", "-Tata"]);
    assert_eq!(timeline.members(), ["Toto"]);
    assert_eq!(timeline.online(), 1);
    timeline.history(messages(1..=4), false);
    timeline.show_older();
    assert_eq!(seqs(&timeline)[5..], ["6", "+Tata", "7", "-Tata"]);
}

#[test]
fn many_joins_and_leaves_are_one_line() {
    let mut timeline = joined(1..=1);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let mut pass = |came: &[&str], went: &[&str]| {
        timeline.presence(names(came), names(went), 2, |_| true);
        seqs(&timeline)
    };
    pass(&["Tata"], &[]);
    assert_eq!(
        pass(&["Ben"], &["Tata"]),
        ["1", "+Ben"],
        "Tata has come and gone"
    );
    assert_eq!(pass(&["Ann"], &["Toto"]), ["1", "+Ben+Ann-Toto"]);
    assert_eq!(pass(&["Toto"], &["Ann", "Ben"]), ["1"], "as if nobody had");
}

#[test]
fn a_name_that_another_user_takes_has_a_number() {
    let by = |seq: Seq, author, from: &str, bot| Message {
        author: UserId(author),
        from: from.into(),
        bot,
        ..message(seq)
    };
    let numbers = |timeline: &Timeline| -> Vec<usize> {
        let lines = lines(timeline, &PendingMessages::default(), None).into_iter();
        let numbers = lines.filter_map(|line| match line {
            TimelineItem::Message { namesake, .. } => Some(namesake),
            _ => None,
        });
        numbers.collect()
    };
    let mut timeline = Timeline::default();
    let newest = vec![
        by(4, 9, "Anna", false),
        by(5, 7, "Ben", false),
        by(6, 9, "Anna", true),
    ];
    timeline.joined(6.into(), Vec::new(), 0, newest);
    assert_eq!(numbers(&timeline), [0, 0, 0]);
    timeline.message(by(7, 11, "Anna", false));
    assert_eq!(numbers(&timeline), [0, 0, 0, 1], "a newer user");
    let keys = |timeline: &Timeline| -> Vec<String> {
        let lines = lines(timeline, &PendingMessages::default(), None).into_iter();
        lines.map(|line| line.key()).collect()
    };
    let before = keys(&timeline);
    // An older user is found when history is read. A row that is drawn anew has another key.
    timeline.history(vec![by(3, 8, "Anna", false)], false);
    timeline.message(by(8, 11, "Anna", false));
    let after = keys(&timeline);
    assert!(
        !after.contains(before.last().expect("a message")),
        "{after:?}"
    );
}
