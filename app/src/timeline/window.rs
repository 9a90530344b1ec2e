//! Which part of a log is drawn: messages without a gap between them, and never more of them than
//! a page can hold smoothly, however long the log is.

use std::ops::Range;
use std::sync::Arc;

use protocol::limits::NEWEST;
use protocol::{Message, Seq, number};

use super::{PageRequest, Timeline};

/// Messages drawn at the same time, at most …
pub const DRAWN: usize = 180;
/// … and what is left of them when the log is read at its end.
const AT_END: usize = 120;
/// While nothing can be taken away without moving what is read, it may be a few more.
const MOST: usize = 240;
/// How many are added when the reader comes near the edge of what is drawn.
const STEP: usize = 60;

/// A place in a log: a message, and how far its top is below the top of what is seen, in CSS
/// pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScrollAnchor {
    pub seq: Seq,
    pub below: f64,
}

/// Which messages are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// The first one; none for as many as there are at the end.
    first: Option<Seq>,
    /// The last one; none follows the log as it grows.
    last: Option<Seq>,
    /// A message that the reader wants to see and that is not here yet, or not drawn.
    target: Option<Seq>,
    /// Where the reader was.
    anchor: Option<ScrollAnchor>,
}

impl Timeline {
    /// The messages that are drawn.
    pub fn shown(&self) -> &[Arc<Message>] {
        &self.messages[self.drawn()]
    }

    /// The message before those that are drawn, if it is here.
    pub(super) fn before_shown(&self) -> Option<&Arc<Message>> {
        let first = self.drawn().start;
        let before = self.messages.get(first.checked_sub(1)?)?;
        (before.nth() + 1 == self.messages.get(first)?.nth()).then_some(before)
    }

    /// Is the log followed as it grows?
    pub fn is_followed(&self) -> bool {
        self.window.last.is_none()
    }

    /// The reader is at the end of the log, if that is drawn, and stays there as it grows.
    pub fn follow(&mut self) {
        if self.below() == 0 {
            self.window.last = None;
            self.window.anchor = None;
        }
    }

    /// The reader has gone away from the end: what comes is not drawn before they come back.
    pub fn unfollow(&mut self) {
        if self.is_followed() {
            let (first, last) = match self.shown() {
                [] => return,
                [only] => (only.seq, only.seq),
                [first, .., last] => (first.seq, last.seq),
            };
            (self.window.first, self.window.last) = (Some(first), Some(last));
        }
    }

    /// What is drawn stays drawn while the log grows, until it is [shortened](Self::shorten).
    pub(super) fn pin_first(&mut self) {
        if self.window.first.is_none() {
            self.window.first = self.shown().first().map(|first| first.seq);
        }
    }

    /// Are there so many messages drawn that those far from the end should go?
    pub fn is_long(&self) -> bool {
        self.is_followed() && self.drawn().len() > DRAWN
    }

    /// Draws only the last ones.
    pub fn shorten(&mut self) {
        if self.is_followed() {
            let drawn = self.drawn();
            let first = drawn.start.max(drawn.end.saturating_sub(AT_END));
            self.window.first = self.messages.get(first).map(|message| message.seq);
        }
    }

    /// More came after this message than can be drawn in a moment: who follows the log sees nothing
    /// any more of what was drawn, so it need not be drawn up to there. Scrolling draws the rest.
    pub fn skip_ahead(&mut self, last: Seq) {
        if self.is_followed() && self.after(last).len() > STEP {
            let first = self.messages[self.messages.len() - STEP].seq;
            self.window.first = self.window.first.max(Some(first));
        }
    }

    /// Draws older messages; asks for them if they are not here.
    pub fn show_older(&mut self) -> Option<PageRequest> {
        let drawn = self.drawn();
        let Some(first) = self.messages.get(drawn.start) else {
            let behind_newest = self.first()?;
            return (self.newest?.nth() > 0)
                .then(|| self.ask(behind_newest, NEWEST))
                .flatten();
        };
        let run = self.run_around(drawn.start);
        if run.start == drawn.start {
            let first = first.seq;
            return self.has_older().then(|| self.ask(first, NEWEST)).flatten();
        }
        let start = run.start.max(drawn.start.saturating_sub(STEP));
        let end = drawn.end.min(start + DRAWN);
        self.window.first = Some(self.messages[start].seq);
        if end < drawn.end || !self.is_followed() {
            self.window.last = Some(self.messages[end - 1].seq);
        }
        None
    }

    /// Draws newer messages; asks for them if they are not here.
    pub fn show_newer(&mut self) -> Option<PageRequest> {
        let drawn = self.drawn();
        if self.is_followed() || drawn.is_empty() {
            return None;
        }
        let last = drawn.end - 1;
        let run = self.run_around(last);
        if run.end == drawn.end {
            return self.ask_behind(last);
        }
        let end = run.end.min(drawn.end + STEP);
        let start = drawn.start.max(end.saturating_sub(DRAWN));
        self.window.first = Some(self.messages[start].seq);
        self.window.last = Some(self.messages[end - 1].seq);
        None
    }

    /// Asks for those that come next behind a message that is here.
    fn ask_behind(&mut self, at: usize) -> Option<PageRequest> {
        let last = self.messages[at].mark();
        let next = self.messages.get(at + 1).map(|next| next.mark());
        let (to, missing) = match next {
            Some(next) => (next.seq, next.nth().saturating_sub(last.nth() + 1)),
            None => {
                let newest = self.newest?;
                (
                    newest.seq.saturating_add(1),
                    newest.nth().saturating_sub(last.nth()),
                )
            }
        };
        if missing <= NEWEST as Seq {
            return (missing > 0)
                .then(|| self.ask(to, missing as usize))
                .flatten();
        }
        // Where the next ones lie among the hidden ones nobody knows; a page that brings none of them
        // says at least up to where there are none.
        let known_hidden = self.known_hidden.filter(|[from, _]| *from == last.seq);
        let behind = known_hidden.map_or(last.seq, |[_, to]| to);
        let before = behind.saturating_add(NEWEST as Seq + 1).min(to);
        self.ask(before, NEWEST)
    }

    /// Goes to a message; asks for it if it is not here.
    pub fn go_to(&mut self, seq: Seq) -> Option<PageRequest> {
        if seq == 0 || self.newest.is_some_and(|newest| seq > newest.seq) {
            // There is no such message, so none must look as if it were meant.
            self.go_to_end();
            return None;
        }
        self.window.target = Some(seq);
        self.window.anchor = None;
        if let Ok(at) = self.index_of(seq) {
            self.draw_around(at);
            return None;
        }
        let ask = self.gap_at_target()?;
        self.ask(ask.before, ask.limit)
    }

    /// The page around the message that the reader waits for, if it is not here.
    pub(super) fn gap_at_target(&self) -> Option<PageRequest> {
        let target = self.window.target?;
        let behind = self.index_of(target).err()?;
        // The target may come from the address bar, and be any number at all.
        let around = target.saturating_add(NEWEST as Seq / 2).min(number::MAX);
        // Long texts make short pages: then the next one ends where the last one begins.
        let next = self.messages.get(behind).map(|message| message.seq);
        Some(PageRequest {
            before: next.map_or(around, |next| around.min(next)),
            limit: NEWEST,
        })
    }

    /// Goes to the end.
    pub fn go_to_end(&mut self) {
        self.window = Window::default();
    }

    /// The message that the reader wants to see, once it is drawn; only once.
    pub fn take_target(&mut self) -> Option<Seq> {
        let shown = self.shown();
        let is_drawn = |seq: &Seq| shown.iter().any(|message| message.seq == *seq);
        let target = self.window.target.filter(is_drawn)?;
        self.window.target = None;
        Some(target)
    }

    /// Is a message on its way that the reader wants to see?
    pub fn has_target(&self) -> bool {
        self.window.target.is_some()
    }

    /// Remembers where the reader is, for when they come back.
    pub fn save_anchor(&mut self, place: ScrollAnchor) {
        if !self.is_followed() {
            self.window.anchor = Some(place);
        }
    }

    /// Where the reader was.
    pub fn anchor(&self) -> Option<ScrollAnchor> {
        self.window.anchor
    }

    /// Are there messages older than those that are drawn?
    pub fn has_older(&self) -> bool {
        let drawn = self.drawn();
        match self.messages.get(drawn.start) {
            Some(first) => first.nth() > 1 && !(self.beginning && drawn.start == 0),
            None => !self.beginning && self.newest.is_some_and(|newest| newest.nth() > 0),
        }
    }

    /// How many messages there are behind those that are drawn.
    pub fn below(&self) -> u64 {
        match self.shown().last() {
            Some(last) => {
                let newest = self.newest.unwrap_or_default();
                newest.nth().saturating_sub(last.nth())
            }
            None => 0,
        }
    }

    /// A page has arrived, or will not: perhaps the one that the reader has been waiting for.
    pub(super) fn arrive(&mut self, asked: Option<Seq>) {
        let Some(target) = self.window.target else {
            return;
        };
        if let Ok(at) = self.index_of(target) {
            self.draw_around(at);
        } else if asked == self.gap_at_target().map(|ask| ask.before) {
            // It is not to be had.
            self.window.target = None;
        }
    }

    /// The indices of the messages that are drawn.
    pub(super) fn drawn(&self) -> Range<usize> {
        let Some(newest) = self.messages.len().checked_sub(1) else {
            return 0..0;
        };
        let last = match self.window.last {
            None => newest,
            // Forgotten or not here yet: the nearest one.
            Some(last) => match self.index_of(last) {
                Ok(at) => at,
                Err(at) => at.saturating_sub(1),
            },
        };
        let run = self.run_around(last);
        let end = last + 1;
        let start = match self.window.first {
            None => end.saturating_sub(AT_END),
            Some(first) => self.index_of(first).unwrap_or_else(|at| at),
        };
        let start = start.clamp(run.start, last);
        start.max(end.saturating_sub(MOST))..end
    }

    /// The messages around a place without a gap between them.
    pub(super) fn run_around(&self, at: usize) -> Range<usize> {
        // A message's number among those that are not hidden, minus its place, never falls, and rises at
        // each gap. (Where a server counts wrongly it may be anything.)
        let offset = |place: usize| self.messages[place].nth().wrapping_sub(place as Seq);
        let here = offset(at);
        let nav_list = |from: usize, to: usize, before: &dyn Fn(Seq) -> bool| {
            let (mut from, mut to) = (from, to);
            while from < to {
                let middle = from.midpoint(to);
                match before(offset(middle)) {
                    true => from = middle + 1,
                    false => to = middle,
                }
            }
            from
        };
        let start = nav_list(0, at, &|offset| offset < here);
        start..nav_list(at, self.messages.len(), &|offset| offset <= here)
    }

    fn draw_around(&mut self, at: usize) {
        let run = self.run_around(at);
        let start = run.start.max(at.saturating_sub(STEP));
        let end = run.end.min(at + STEP);
        self.window.first = Some(self.messages[start].seq);
        self.window.last = Some(self.messages[end - 1].seq);
    }
}
