//! Rules for the timeline: a room's log on a page.
//!
//! The page receives any frames in any order, among them correct answers, and its user does
//! anything. In each case the page draws a part of the log: ascending, each message once, without a
//! gap, and no more messages than the page can draw smoothly.
//!
//! The input is a sequence of steps. A step is one byte, whose remainder selects what happens (see
//! [`Page::step`]), and the numbers that it needs.

use std::collections::HashSet;

use app::datetime::Zone;
use app::timeline::items::Viewer;
use app::timeline::{PageRequest, ScrollAnchor, Timeline, TimelineItem};
use protocol::games::Played;
use protocol::limits::HISTORY_PAGE;
use protocol::{LogPosition, Message, Seq, UserId};

use crate::bytes::Bytes;

/// How many kinds of steps there are.
const STEP_KINDS: u8 = 20;
/// The most steps that are read: more of them find nothing new.
const MOST_STEPS: usize = 300;
/// The most messages that are drawn at once (`timeline/window.rs`).
const MOST_DRAWN: usize = 240;
/// The most items that are drawn at once: each message may begin a day, 100 notes of joining and
/// leaving are kept, and one item marks the first unread message.
const MOST_ITEMS: usize = 2 * MOST_DRAWN + 100 + 1;
/// The largest number that SQLite can store.
const MOST_SEQ: Seq = i64::MAX as Seq;

const NAMES: [&str; 4] = ["Toto", "Tata", "Titi", "Tutu"];

/// Runs the steps that these bytes describe.
///
/// # Panics
/// If a rule is broken.
pub fn timeline(bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let mut page = Page::default();
    for _ in 0..MOST_STEPS {
        if page.step(&mut bytes).is_none() {
            break;
        }
        page.check();
    }
    page.check_items(None);
}

/// The page, and the page of messages that it has requested from the server.
#[derive(Default)]
struct Page {
    timeline: Timeline,
    requested: Option<PageRequest>,
}

impl Page {
    /// Runs one step; `None` if the bytes end before it does.
    fn step(&mut self, bytes: &mut Bytes<'_>) -> Option<()> {
        let timeline = &mut self.timeline;
        match bytes.byte()? % STEP_KINDS {
            // Frames from the server, correct or not.
            0 => timeline.message(message(bytes.seq()?)),
            1 => {
                let (seq, page) = (bytes.seq()?.min(MOST_SEQ), page(bytes)?);
                timeline.joined(
                    position(seq),
                    names(bytes.byte()?),
                    bytes.byte()?.into(),
                    page,
                );
            }
            2 => {
                let (page, more) = (page(bytes)?, bytes.byte()? % 2 == 1);
                self.requested = None;
                timeline.history(page, more);
            }
            3 => {
                let (joined, left) = (names(bytes.byte()?), names(bytes.byte()?));
                let online = bytes.byte()?.into();
                timeline.presence(joined, left, online, |name| name != NAMES[0]);
            }
            4 => {
                self.requested = None;
                timeline.refused();
            }
            5 => timeline.note_newest(position(bytes.seq()?.min(MOST_SEQ))),
            // Frames from a correct server: the requested page, and the next messages.
            6 => self.answer(bytes.byte()?),
            7 => {
                let newest = timeline.newest().unwrap_or_default().seq;
                for seq in newest + 1..=newest.saturating_add(bytes.byte()?.into()).min(MOST_SEQ) {
                    timeline.message(message(seq));
                }
            }
            // The connection and the clock.
            8 => {
                self.requested = None;
                timeline.disconnected();
            }
            9 => timeline.end_reconnect_grace(),
            10 => {
                let request = timeline.request_gap();
                self.note(request);
            }
            // The user.
            11 => {
                let request = timeline.show_older();
                self.note(request);
            }
            12 => {
                let request = timeline.show_newer();
                self.note(request);
            }
            13 => {
                // The number comes from the address bar and may be anything.
                let request = timeline.go_to(bytes.seq()?);
                self.note(request);
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
                    assert!(is_shown, "{seq} is the target and is not drawn");
                }
            }
            _ => self.check_items(bytes.seq()),
        }
        Some(())
    }

    /// Answers the request as a server with an endless log would. A page may have fewer messages
    /// than requested, but at least one.
    fn answer(&mut self, length: u8) {
        let Some(PageRequest { before, limit }) = self.requested.take() else {
            return;
        };
        let newest = self.timeline.newest().unwrap_or_default().seq;
        let end = before.min(newest.saturating_add(1));
        let length = limit.min(usize::from(length) + 1);
        let visible = (1..end).rev().filter(|seq| !is_hidden(*seq)).take(length);
        let mut page: Vec<_> = visible.map(message).collect();
        page.reverse();
        let more = page.first().is_some_and(|first| first.nth() > 1);
        self.timeline.history(page, more);
    }

    /// Checks and remembers a request of the page.
    fn note(&mut self, request: Option<PageRequest>) {
        if let Some(PageRequest { before, limit }) = request {
            assert_eq!(self.requested, None, "one request at a time");
            assert!(before > 0, "there is nothing before the first");
            assert!((1..=HISTORY_PAGE).contains(&limit), "a page of {limit}");
            self.requested = request;
        }
    }

    /// The drawn messages are a part of the log.
    fn check(&self) {
        let shown = self.timeline.shown();
        assert!(shown.len() <= MOST_DRAWN, "{} are drawn", shown.len());
        assert_eq!(shown.is_empty(), self.timeline.is_empty());
        for pair in shown.windows(2) {
            assert_eq!(pair[0].nth() + 1, pair[1].nth(), "in order, without a gap");
        }
        let newest = shown.last().map(|last| last.position());
        assert!(newest <= self.timeline.newest(), "a shown message is known");
        let is_followed = self.timeline.is_followed();
        assert!(!self.timeline.is_long() || is_followed);
        assert!(self.timeline.anchor().is_none() || !is_followed);
        if self.timeline.below() == 0 && !shown.is_empty() {
            let known = self.timeline.newest().map(LogPosition::nth);
            assert_eq!(newest.map(LogPosition::nth), known);
        }
    }

    /// Each item has its own key, and no message is drawn twice or left out.
    fn check_items(&self, unread: Option<Seq>) {
        let viewer = Viewer {
            user: UserId(1),
            zone: Zone::Offset(90),
            unread,
        };
        let items = self.timeline.items(std::iter::empty(), viewer);
        assert!(items.len() <= MOST_ITEMS, "{} items", items.len());
        let mut keys = HashSet::new();
        let mut messages = Vec::new();
        for item in &items {
            assert!(keys.insert(item.key()), "{} is there twice", item.key());
            if let TimelineItem::Message { message, .. } = item {
                messages.push(message);
            }
        }
        assert!(messages.into_iter().eq(self.timeline.shown()));
        let all = self.timeline.after(0);
        assert!(all.windows(2).all(|pair| pair[0].seq < pair[1].seq));
        let at_zero = usize::from(all.len() < self.timeline.len());
        assert_eq!(all.len() + at_zero, self.timeline.len());
    }
}

/// Of each run of this many events the second half is hidden: more events than a page has.
const RUN: Seq = 128;

fn is_hidden(seq: Seq) -> bool {
    seq % RUN >= RUN / 2
}

/// The position of an event in the log.
fn position(seq: Seq) -> LogPosition {
    let in_this_run = (seq % RUN + 1).saturating_sub(RUN / 2);
    let hidden = seq / RUN * (RUN / 2) + in_this_run;
    LogPosition { seq, hidden }
}

/// The one message with this number.
fn message(seq: Seq) -> Message {
    let seq = seq.min(MOST_SEQ);
    let author = seq / 3 % NAMES.len() as Seq;
    Message {
        room: "tea".into(),
        seq,
        from: NAMES[author as usize].to_owned(),
        author: UserId(author as i64),
        id: seq.to_string(),
        at: time(seq),
        hidden: position(seq).hidden,
        body: match is_hidden(seq) {
            true => Played::Declined { of: 1 }.into(),
            false => "hello".into(),
        },
        ..Message::default()
    }
}

/// When a message was sent: within a few days, and not in order, because clocks may be wrong.
fn time(seq: Seq) -> i64 {
    (seq % 1_000) as i64 * 47_000 % 300_000_000
}

/// A sequence of messages whose numbers have the same distance.
fn page(bytes: &mut Bytes<'_>) -> Option<Vec<Message>> {
    let (first, length, step) = (bytes.seq()?, bytes.byte()?, bytes.byte()?);
    let seqs = (0..length).map(|nth| {
        let distance = Seq::from(nth) * Seq::from(step);
        first.saturating_add(distance)
    });
    Some(seqs.map(message).collect())
}

/// Some of the four names, one bit for each.
fn names(bits: u8) -> Vec<String> {
    let named = |nth: &usize| bits >> nth & 1 == 1;
    let names = (0..NAMES.len()).filter(named);
    names.map(|nth| NAMES[nth].to_owned()).collect()
}
