//! What happens to a room's log on a page: any frames in any order, honest answers among them, and a
//! reader who does anything. However it is, what is drawn is a part of a log: ascending, each
//! message once, without a gap, and no more than a page holds smoothly.
//!
//! A story is a row of acts, each one byte (its remainder tells which, see [`Story::live`]) and the
//! numbers that it needs.

use std::collections::HashSet;

use app::datetime::Zone;
use app::timeline::items::Viewer;
use app::timeline::{PageRequest, ScrollAnchor, Timeline, TimelineItem};
use protocol::games::Played;
use protocol::limits::HISTORY_PAGE;
use protocol::{Kind, Mark, Message, Seq, UserId};

use crate::bytes::Bytes;

/// How many kinds of acts there are.
const ACTS: u8 = 20;
/// Longer stories say nothing new.
const LONGEST: usize = 300;
/// Messages that are drawn at once, at most (`timeline/window.rs`).
const DRAWN: usize = 240;
/// Lines that are drawn at once, at most: each message may begin a day, of comings and goings 100
/// lines are kept, and there is the line of the unread.
const LINES: usize = 2 * DRAWN + 100 + 1;
/// Events that SQLite can count.
const MOST: Seq = i64::MAX as Seq;

const NAMES: [&str; 4] = ["Toto", "Tata", "Titi", "Tutu"];

/// Tells the story of these bytes.
///
/// # Panics
/// If a rule is broken.
pub fn timeline(bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let mut story = Story::default();
    for _ in 0..LONGEST {
        if story.live(&mut bytes).is_none() {
            break;
        }
        story.look();
    }
    story.look_closely(None);
}

/// The page, and what it asked the server for.
#[derive(Default)]
struct Story {
    timeline: Timeline,
    asked: Option<PageRequest>,
}

impl Story {
    /// One act; none if the bytes end before it does.
    fn live(&mut self, bytes: &mut Bytes<'_>) -> Option<()> {
        let timeline = &mut self.timeline;
        match bytes.byte()? % ACTS {
            // What the server says, true or not.
            0 => timeline.message(message(bytes.seq()?)),
            1 => {
                let (seq, page) = (bytes.seq()?.min(MOST), page(bytes)?);
                timeline.joined(mark(seq), names(bytes.byte()?), bytes.byte()?.into(), page);
            }
            2 => {
                let (page, more) = (page(bytes)?, bytes.byte()? % 2 == 1);
                self.asked = None;
                timeline.history(page, more);
            }
            3 => {
                let (came, went) = (names(bytes.byte()?), names(bytes.byte()?));
                let online = bytes.byte()?.into();
                timeline.presence(came, went, online, |name| name != NAMES[0]);
            }
            4 => {
                self.asked = None;
                timeline.refused();
            }
            5 => timeline.note_newest(mark(bytes.seq()?.min(MOST))),
            // What an honest server says: the page that was asked for, what comes next.
            6 => self.answer(bytes.byte()?),
            7 => {
                let newest = timeline.newest().unwrap_or_default().seq;
                for seq in newest + 1..=newest.saturating_add(bytes.byte()?.into()).min(MOST) {
                    timeline.message(message(seq));
                }
            }
            // What befalls the page.
            8 => {
                self.asked = None;
                timeline.disconnected();
            }
            9 => timeline.end_reconnect_grace(),
            10 => {
                let ask = timeline.request_gap();
                self.note(ask);
            }
            // What the reader does.
            11 => {
                let ask = timeline.show_older();
                self.note(ask);
            }
            12 => {
                let ask = timeline.show_newer();
                self.note(ask);
            }
            13 => {
                // From the address bar: any number at all.
                let ask = timeline.go_to(bytes.seq()?);
                self.note(ask);
            }
            14 => timeline.go_to_end(),
            15 => timeline.unfollow(),
            16 => timeline.follow(),
            17 => {
                timeline.shorten();
                timeline.forget_far();
            }
            18 => {
                let (seq, below) = (bytes.seq()?, f64::from(bytes.byte()?));
                timeline.save_anchor(ScrollAnchor { seq, below });
                if let Some(seq) = timeline.take_target() {
                    let is_shown = timeline.shown().iter().any(|shown| shown.seq == seq);
                    assert!(is_shown, "{seq} is gone to, and not drawn");
                }
            }
            _ => self.look_closely(bytes.seq()),
        }
        Some(())
    }

    /// Answers as the server of a log without an end would; a page may be short, but not empty.
    fn answer(&mut self, short: u8) {
        let Some(PageRequest { before, limit }) = self.asked.take() else {
            return;
        };
        let newest = self.timeline.newest().unwrap_or_default().seq;
        let end = before.min(newest.saturating_add(1));
        let length = limit.min(usize::from(short) + 1);
        let talk = (1..end).rev().filter(|seq| !is_hidden(*seq)).take(length);
        let mut page: Vec<_> = talk.map(message).collect();
        page.reverse();
        let more = page.first().is_some_and(|first| first.nth() > 1);
        self.timeline.history(page, more);
    }

    fn note(&mut self, ask: Option<PageRequest>) {
        if let Some(PageRequest { before, limit }) = ask {
            assert_eq!(self.asked, None, "one at a time");
            assert!(before > 0, "there is nothing before the first");
            assert!((1..=HISTORY_PAGE).contains(&limit), "a page of {limit}");
            self.asked = ask;
        }
    }

    fn look(&self) {
        let shown = self.timeline.shown();
        assert!(shown.len() <= DRAWN, "{} are drawn", shown.len());
        assert_eq!(shown.is_empty(), self.timeline.is_empty());
        for pair in shown.windows(2) {
            assert_eq!(pair[0].nth() + 1, pair[1].nth(), "in order, without a gap");
        }
        let newest = shown.last().map(|last| last.mark());
        assert!(newest <= self.timeline.newest(), "what is shown is known");
        let is_followed = self.timeline.is_followed();
        assert!(!self.timeline.is_long() || is_followed);
        assert!(self.timeline.anchor().is_none() || !is_followed);
        if self.timeline.below() == 0 && !shown.is_empty() {
            let known = self.timeline.newest().map(Mark::nth);
            assert_eq!(newest.map(Mark::nth), known);
        }
    }

    /// Each line can be told from every other, and no message is drawn twice or left out.
    fn look_closely(&self, unread: Option<Seq>) {
        let reader = Viewer {
            user: UserId(1),
            zone: Zone::Offset(90),
            unread,
        };
        let lines = self.timeline.items(std::iter::empty(), reader);
        assert!(lines.len() <= LINES, "{} lines", lines.len());
        let mut keys = HashSet::new();
        let mut said = Vec::new();
        for line in &lines {
            assert!(keys.insert(line.key()), "{} is there twice", line.key());
            if let TimelineItem::Message { message, .. } = line {
                said.push(message);
            }
        }
        assert!(said.into_iter().eq(self.timeline.shown()));
        let all = self.timeline.after(0);
        assert!(all.windows(2).all(|pair| pair[0].seq < pair[1].seq));
        let at_zero = usize::from(all.len() < self.timeline.len());
        assert_eq!(all.len() + at_zero, self.timeline.len());
    }
}

/// Of so many events in a row the last half are hidden: more than a page holds.
const RUN: Seq = 128;

fn is_hidden(seq: Seq) -> bool {
    seq % RUN >= RUN / 2
}

/// A place of the log.
fn mark(seq: Seq) -> Mark {
    let in_this_run = (seq % RUN + 1).saturating_sub(RUN / 2);
    let hidden = seq / RUN * (RUN / 2) + in_this_run;
    Mark { seq, hidden }
}

/// The message at a place of the log, as it was said once and for all.
fn message(seq: Seq) -> Message {
    let seq = seq.min(MOST);
    let author = seq / 3 % NAMES.len() as Seq;
    Message {
        room: "tea".into(),
        seq,
        from: NAMES[author as usize].to_owned(),
        author: UserId(author as i64),
        id: seq.to_string(),
        text: "hello".into(),
        at: time(seq),
        hidden: mark(seq).hidden,
        kind: is_hidden(seq).then_some(Kind::Game),
        played: is_hidden(seq).then(|| Box::new(Played::Declined { of: 1 })),
        ..Message::default()
    }
}

/// When something is said: within a few days, not in order, for clocks go wrong.
fn time(seq: Seq) -> i64 {
    (seq % 1_000) as i64 * 47_000 % 300_000_000
}

/// A row of messages, each so many nav_list behind the one before.
fn page(bytes: &mut Bytes<'_>) -> Option<Vec<Message>> {
    let (first, length, step) = (bytes.seq()?, bytes.byte()?, bytes.byte()?);
    let seqs = (0..length).map(|nth| {
        let behind = Seq::from(nth) * Seq::from(step);
        first.saturating_add(behind)
    });
    Some(seqs.map(message).collect())
}

/// Some of four names, one bit for each.
fn names(bits: u8) -> Vec<String> {
    let named = |nth: &usize| bits >> nth & 1 == 1;
    let names = (0..NAMES.len()).filter(named);
    names.map(|nth| NAMES[nth].to_owned()).collect()
}
