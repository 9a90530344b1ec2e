//! What a client has received of one room's log, and a count of the guarantees that were violated.

use std::collections::{BTreeMap, HashMap};

use protocol::{Message, Seq, frame};

/// One message without its `seq`: author, id, text.
pub type Entry = (i64, String, String);

/// All that was received of one room, over all connections.
#[derive(Default)]
pub struct ReceivedLog {
    entries: BTreeMap<Seq, Entry>,
    /// The highest number that the server has sent, which is `after` of the next `join`.
    reached: Seq,
    /// How many answers may repeat a known message, by the id that was sent again on this
    /// connection.
    expected_answers: HashMap<String, usize>,
    pub violations: Violations,
    /// How many pages left something out and reported it.
    pub gaps: usize,
    /// How often a message that was sent again had already been stored.
    pub duplicate_answers: usize,
}

/// How often the server did what it promises not to do.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Violations {
    /// A number came with another author, id or text than before.
    pub changed: usize,
    /// A number was left out without a report.
    pub skipped: usize,
    /// A known message was sent again, although the client had not sent it again.
    pub repeated: usize,
}

impl ReceivedLog {
    /// Starts a new connection. Answers to what was sent on the old one will not arrive.
    pub fn on_connected(&mut self) {
        self.expected_answers.clear();
    }

    /// Notes that the message with this id is about to be sent again.
    pub fn expect_answer(&mut self, id: &str) {
        *self.expected_answers.entry(id.to_owned()).or_default() += 1;
    }

    /// The highest number that was received.
    pub fn reached(&self) -> Seq {
        self.reached
    }

    /// Records the answer to a `join` with `after` = [`ReceivedLog::reached`].
    pub fn on_joined(&mut self, joined: &frame::Joined) {
        if let Some([from, to]) = joined.missing {
            self.gaps += 1;
            self.check_next(from);
            self.reached = to;
        }
        for message in &joined.messages {
            self.check_next(message.seq);
            self.reached = message.seq;
            self.record(message);
        }
        if joined.seq != self.reached || (joined.gap && joined.missing.is_none()) {
            self.violations.skipped += 1;
        }
    }

    /// Records a live message, or the answer to one that `me` has sent again.
    pub fn on_live_message(&mut self, message: &Message, me: i64) {
        let is_old = message.seq <= self.reached;
        let expected_answers = self.expected_answers.get_mut(&message.id);
        match expected_answers.filter(|left| is_old && message.author.0 == me && **left > 0) {
            Some(left) => {
                *left -= 1;
                self.duplicate_answers += 1;
            }
            None => self.check_next(message.seq),
        }
        self.reached = self.reached.max(message.seq);
        self.record(message);
    }

    /// Records a page of history.
    pub fn on_history(&mut self, messages: &[Message]) {
        for message in messages {
            self.record(message);
        }
    }

    /// The number above the highest gap: something below it is missing.
    pub fn highest_gap_end(&self) -> Option<Seq> {
        if self.entries.len() as u64 == self.reached {
            return None;
        }
        let with_expected = self.entries.keys().rev().zip((1..=self.reached).rev());
        let contiguous = with_expected.take_while(|(seq, expected)| *seq == expected);
        Some(contiguous.last().map_or(self.reached + 1, |(seq, _)| *seq))
    }

    /// Whether everything up to this number was received.
    pub fn has_all(&self, end: Seq) -> bool {
        self.reached >= end && self.highest_gap_end().is_none()
    }

    /// All that was received, by number.
    pub fn entries(&self) -> &BTreeMap<Seq, Entry> {
        &self.entries
    }

    /// Counts a violation unless this is the number after the highest one.
    fn check_next(&mut self, seq: Seq) {
        if seq <= self.reached {
            self.violations.repeated += 1;
        } else if seq > self.reached + 1 {
            self.violations.skipped += 1;
        }
    }

    fn record(&mut self, message: &Message) {
        let entry = (
            message.author.0,
            message.id.clone(),
            message.text().to_owned(),
        );
        let recorded = self
            .entries
            .entry(message.seq)
            .or_insert_with(|| entry.clone());
        if *recorded != entry {
            self.violations.changed += 1;
        }
    }
}

impl std::ops::AddAssign for Violations {
    fn add_assign(&mut self, other: Self) {
        self.changed += other.changed;
        self.skipped += other.skipped;
        self.repeated += other.repeated;
    }
}

// The tests below show that the counts can be other than zero.

const ME: i64 = 7;

fn message(seq: Seq, id: &str) -> Message {
    serde_json::from_value(serde_json::json!({
        "room": "tea", "seq": seq, "from": "Me", "author": ME, "id": id, "text": id, "at": 0
    }))
    .expect("a message")
}

/// A log with the numbers 1 to 3, under the ids a, b and c.
fn log() -> ReceivedLog {
    let mut log = ReceivedLog::default();
    for (seq, id) in [(1, "a"), (2, "b"), (3, "c")] {
        log.on_live_message(&message(seq, id), ME);
    }
    assert_eq!(log.violations, Violations::default());
    log
}

/// A `joined` frame of a room whose newest number is `seq`.
fn joined(seq: Seq, missing: Option<[Seq; 2]>, messages: Vec<Message>) -> frame::Joined {
    serde_json::from_value(serde_json::json!({
        "room": "tea", "kind": "public", "seq": seq, "members": ["Me"], "online": 1,
        "messages": messages, "gap": missing.is_some(), "missing": missing
    }))
    .expect("a frame")
}

#[test]
fn repeated_messages_are_counted_unless_they_were_sent_again() {
    let mut log = log();
    log.expect_answer("b");
    log.on_live_message(&message(2, "b"), ME);
    assert_eq!(log.violations.repeated, 0);
    log.on_live_message(&message(2, "b"), ME);
    assert_eq!(log.violations.repeated, 1);
    log.on_joined(&joined(4, None, vec![message(3, "c"), message(4, "d")]));
    assert_eq!(log.violations.repeated, 2);
    assert_eq!((log.violations.skipped, log.violations.changed), (0, 0));
}

#[test]
fn unreported_gaps_are_counted() {
    let mut live = log();
    live.on_live_message(&message(5, "e"), ME);
    assert_eq!(
        (live.violations.skipped, live.highest_gap_end()),
        (1, Some(5))
    );
    let mut silent = log();
    silent.on_joined(&joined(5, None, vec![message(5, "e")]));
    assert_eq!(silent.violations.skipped, 1);
    let mut empty = log();
    empty.on_joined(&joined(5, None, Vec::new()));
    assert_eq!(empty.violations.skipped, 1);
}

#[test]
fn a_reported_gap_is_no_violation_and_is_filled_page_by_page() {
    let mut log = log();
    log.on_joined(&joined(7, Some([4, 6]), vec![message(7, "g")]));
    assert_eq!((log.reached(), log.highest_gap_end()), (7, Some(7)));
    log.on_history(&[message(6, "f")]);
    assert_eq!(log.highest_gap_end(), Some(6));
    assert!(!log.has_all(7));
    log.on_history(&[message(4, "d"), message(5, "e")]);
    assert!(log.has_all(7) && !log.has_all(8));
    assert_eq!(log.violations, Violations::default());
}

#[test]
fn a_number_with_other_content_is_counted() {
    let mut log = log();
    log.on_history(&[message(2, "not b")]);
    assert_eq!(log.violations.changed, 1);
}
