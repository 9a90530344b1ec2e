//! What a regular has of one room, and a count of what must never happen on the way to it.

use std::collections::{BTreeMap, HashMap};

use protocol::{Message, Seq, frame};

/// One message, without its number: author, id, text.
pub type Line = (i64, String, String);

/// Of one room: all that was ever heard, whatever line it came by.
#[derive(Default)]
pub struct Notebook {
    lines: BTreeMap<Seq, Line>,
    /// Up to here the server has brought us; `after` of the next `join`.
    reached: Seq,
    /// What was sent again on this line, by id: so many answers may tell what we have already.
    answers: HashMap<String, usize>,
    pub mishaps: Mishaps,
    /// How often a page left something out, and said so.
    pub gaps: usize,
    /// How often something that was sent again had arrived before.
    pub answered: usize,
}

/// What the server has promised not to do, counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Mishaps {
    /// A number has another author, id or text than before.
    pub changed: usize,
    /// A number was passed over without a word.
    pub skipped: usize,
    /// What we have was told again, and not because we said it again.
    pub repeated: usize,
}

impl Notebook {
    /// A new line: answers to what was sent on the old one will not come.
    pub fn begin_line(&mut self) {
        self.answers.clear();
    }

    /// The message with this id is about to be sent, not for the first time.
    pub fn expect_answer(&mut self, id: &str) {
        *self.answers.entry(id.to_owned()).or_default() += 1;
    }

    /// The highest number that we have.
    pub fn reached(&self) -> Seq {
        self.reached
    }

    /// The answer to a `join` with `after` = [`Notebook::reached`].
    pub fn joined(&mut self, joined: &frame::Joined) {
        if let Some([from, to]) = joined.missing {
            self.gaps += 1;
            self.arrive_at(from);
            self.reached = to;
        }
        for message in &joined.messages {
            self.arrive_at(message.seq);
            self.reached = message.seq;
            self.write(message);
        }
        if joined.seq != self.reached || (joined.gap && joined.missing.is_none()) {
            self.mishaps.skipped += 1;
        }
    }

    /// A live message, or an answer to one that `me` has sent again.
    pub fn told(&mut self, message: &Message, me: i64) {
        let is_old = message.seq <= self.reached;
        let answers = self.answers.get_mut(&message.id);
        match answers.filter(|left| is_old && message.author.0 == me && **left > 0) {
            Some(left) => {
                *left -= 1;
                self.answered += 1;
            }
            None => self.arrive_at(message.seq),
        }
        self.reached = self.reached.max(message.seq);
        self.write(message);
    }

    /// A page of what was left out.
    pub fn page(&mut self, messages: &[Message]) {
        for message in messages {
            self.write(message);
        }
    }

    /// The number above the highest hole: from there on downwards something is missing.
    pub fn hole_below(&self) -> Option<Seq> {
        if self.lines.len() as u64 == self.reached {
            return None;
        }
        let with_expected = self.lines.keys().rev().zip((1..=self.reached).rev());
        let whole = with_expected.take_while(|(seq, expected)| *seq == expected);
        Some(whole.last().map_or(self.reached + 1, |(seq, _)| *seq))
    }

    /// Is there everything up to this number?
    pub fn has_all(&self, end: Seq) -> bool {
        self.reached >= end && self.hole_below().is_none()
    }

    /// All that was heard, by number.
    pub fn lines(&self) -> &BTreeMap<Seq, Line> {
        &self.lines
    }

    /// The next number has to be the one after what we have.
    fn arrive_at(&mut self, seq: Seq) {
        if seq <= self.reached {
            self.mishaps.repeated += 1;
        } else if seq > self.reached + 1 {
            self.mishaps.skipped += 1;
        }
    }

    fn write(&mut self, message: &Message) {
        let line = (message.author.0, message.id.clone(), message.text.clone());
        let place = self
            .lines
            .entry(message.seq)
            .or_insert_with(|| line.clone());
        if *place != line {
            self.mishaps.changed += 1;
        }
    }
}

impl std::ops::AddAssign for Mishaps {
    fn add_assign(&mut self, other: Self) {
        self.changed += other.changed;
        self.skipped += other.skipped;
        self.repeated += other.repeated;
    }
}

// A count that is always nought shows something only if it could be another.

const ME: i64 = 7;

fn message(seq: Seq, id: &str) -> Message {
    serde_json::from_value(serde_json::json!({
        "room": "tea", "seq": seq, "from": "Me", "author": ME, "id": id, "text": id, "at": 0
    }))
    .expect("a message")
}

/// Has heard numbers 1 to 3, under the ids a, b and c.
fn notebook() -> Notebook {
    let mut notebook = Notebook::default();
    for (seq, id) in [(1, "a"), (2, "b"), (3, "c")] {
        notebook.told(&message(seq, id), ME);
    }
    assert_eq!(notebook.mishaps, Mishaps::default());
    notebook
}

/// After `seq`, as a server would tell it.
fn joined(seq: Seq, missing: Option<[Seq; 2]>, messages: Vec<Message>) -> frame::Joined {
    serde_json::from_value(serde_json::json!({
        "room": "tea", "kind": "public", "seq": seq, "members": ["Me"], "online": 1,
        "messages": messages, "gap": missing.is_some(), "missing": missing
    }))
    .expect("a frame")
}

#[test]
fn a_notebook_counts_what_is_told_twice_unless_it_was_asked_for() {
    let mut notebook = notebook();
    notebook.expect_answer("b");
    notebook.told(&message(2, "b"), ME);
    assert_eq!(notebook.mishaps.repeated, 0);
    notebook.told(&message(2, "b"), ME);
    assert_eq!(notebook.mishaps.repeated, 1);
    notebook.joined(&joined(4, None, vec![message(3, "c"), message(4, "d")]));
    assert_eq!(notebook.mishaps.repeated, 2);
    assert_eq!((notebook.mishaps.skipped, notebook.mishaps.changed), (0, 0));
}

#[test]
fn a_notebook_counts_what_is_passed_over_in_silence() {
    let mut live = notebook();
    live.told(&message(5, "e"), ME);
    assert_eq!((live.mishaps.skipped, live.hole_below()), (1, Some(5)));
    let mut silent = notebook();
    silent.joined(&joined(5, None, vec![message(5, "e")]));
    assert_eq!(silent.mishaps.skipped, 1);
    let mut empty = notebook();
    empty.joined(&joined(5, None, Vec::new()));
    assert_eq!(empty.mishaps.skipped, 1);
}

#[test]
fn a_gap_that_is_announced_is_no_mishap_and_is_filled_page_by_page() {
    let mut notebook = notebook();
    notebook.joined(&joined(7, Some([4, 6]), vec![message(7, "g")]));
    assert_eq!((notebook.reached(), notebook.hole_below()), (7, Some(7)));
    notebook.page(&[message(6, "f")]);
    assert_eq!(notebook.hole_below(), Some(6));
    assert!(!notebook.has_all(7));
    notebook.page(&[message(4, "d"), message(5, "e")]);
    assert!(notebook.has_all(7) && !notebook.has_all(8));
    assert_eq!(notebook.mishaps, Mishaps::default());
}

#[test]
fn a_notebook_counts_a_number_that_means_something_else() {
    let mut notebook = notebook();
    notebook.page(&[message(2, "not b")]);
    assert_eq!(notebook.mishaps.changed, 1);
}
