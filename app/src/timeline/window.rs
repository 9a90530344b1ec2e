//! Which part of a timeline is drawn: messages without a gap between them, and never more than a
//! page can scroll smoothly, however long the timeline is.

use std::ops::Range;
use std::sync::Arc;

use protocol::limits::NEWEST;
use protocol::{Message, Seq, number};

use super::{PageRequest, Timeline};

/// Messages drawn at the same time, at most.
pub const DRAWN: usize = 180;
/// How many of them are left when the timeline is read at its end.
const AT_END: usize = 120;
/// As long as none can be removed without moving what is read, there may be a few more.
const MOST: usize = 240;
/// How many are added when the user scrolls near the edge of what is drawn.
const STEP: usize = 60;

/// A scroll position: a message, and how far its top is below the top of the viewport, in CSS
/// pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScrollAnchor {
    pub seq: Seq,
    pub below: f64,
}

/// Which messages are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// The first one; none for the default number at the end.
    first: Option<Seq>,
    /// The last one; none follows the end.
    last: Option<Seq>,
    /// The message to scroll to, which is not loaded or not drawn yet.
    target: Option<Seq>,
    /// The saved scroll position.
    anchor: Option<ScrollAnchor>,
}

impl Timeline {
    /// The messages that are drawn.
    pub fn shown(&self) -> &[Arc<Message>] {
        &self.messages[self.drawn()]
    }

    /// The message before those that are drawn, if it is loaded.
    pub(super) fn before_shown(&self) -> Option<&Arc<Message>> {
        let first = self.drawn().start;
        let before = self.messages.get(first.checked_sub(1)?)?;
        (before.nth() + 1 == self.messages.get(first)?.nth()).then_some(before)
    }

    /// Is the end followed as new messages come?
    pub fn is_followed(&self) -> bool {
        self.window.last.is_none()
    }

    /// The user has reached the end, if that is drawn: new messages are drawn from now on.
    pub fn follow(&mut self) {
        if self.below() == 0 {
            self.window.last = None;
            self.window.anchor = None;
        }
    }

    /// The user has scrolled away from the end: new messages are not drawn until they return.
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

    /// What is drawn stays drawn as new messages come, until it is [shortened](Self::shorten).
    pub(super) fn pin_first(&mut self) {
        if self.window.first.is_none() {
            self.window.first = self.shown().first().map(|first| first.seq);
        }
    }

    /// Are so many messages drawn that those far from the end should go?
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

    /// More messages came after this one than can be drawn in a moment. A user at the end sees none
    /// of the older ones any more, so they need not be drawn. Scrolling draws the rest.
    pub fn skip_ahead(&mut self, last: Seq) {
        if self.is_followed() && self.after(last).len() > STEP {
            let first = self.messages[self.messages.len() - STEP].seq;
            self.window.first = self.window.first.max(Some(first));
        }
    }

    /// Draws older messages; requests them if they are not loaded.
    pub fn show_older(&mut self) -> Option<PageRequest> {
        let drawn = self.drawn();
        let Some(first) = self.messages.get(drawn.start) else {
            let behind_newest = self.first()?;
            return (self.newest?.nth() > 0)
                .then(|| self.request_page(behind_newest, NEWEST))
                .flatten();
        };
        let run = self.run_around(drawn.start);
        if run.start == drawn.start {
            let first = first.seq;
            return self
                .has_older()
                .then(|| self.request_page(first, NEWEST))
                .flatten();
        }
        let start = run.start.max(drawn.start.saturating_sub(STEP));
        let end = drawn.end.min(start + DRAWN);
        self.window.first = Some(self.messages[start].seq);
        if end < drawn.end || !self.is_followed() {
            self.window.last = Some(self.messages[end - 1].seq);
        }
        None
    }

    /// Draws newer messages; requests them if they are not loaded.
    pub fn show_newer(&mut self) -> Option<PageRequest> {
        let drawn = self.drawn();
        if self.is_followed() || drawn.is_empty() {
            return None;
        }
        let last = drawn.end - 1;
        let run = self.run_around(last);
        if run.end == drawn.end {
            return self.request_after(last);
        }
        let end = run.end.min(drawn.end + STEP);
        let start = drawn.start.max(end.saturating_sub(DRAWN));
        self.window.first = Some(self.messages[start].seq);
        self.window.last = Some(self.messages[end - 1].seq);
        None
    }

    /// Requests the messages after one that is loaded.
    fn request_after(&mut self, at: usize) -> Option<PageRequest> {
        let last = self.messages[at].position();
        let next = self.messages.get(at + 1).map(|next| next.position());
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
                .then(|| self.request_page(to, missing as usize))
                .flatten();
        }
        // It is unknown where the next messages are among the hidden events. A page that contains
        // none of them at least says up to where there are none.
        let known_hidden = self.known_hidden.filter(|[from, _]| *from == last.seq);
        let behind = known_hidden.map_or(last.seq, |[_, to]| to);
        let before = behind.saturating_add(NEWEST as Seq + 1).min(to);
        self.request_page(before, NEWEST)
    }

    /// Goes to a message; requests it if it is not loaded.
    pub fn go_to(&mut self, seq: Seq) -> Option<PageRequest> {
        if seq == 0 || self.newest.is_some_and(|newest| seq > newest.seq) {
            // There is no such message: no other one must be highlighted instead.
            self.go_to_end();
            return None;
        }
        self.window.target = Some(seq);
        self.window.anchor = None;
        if let Ok(at) = self.index_of(seq) {
            self.draw_around(at);
            return None;
        }
        let request = self.gap_at_target()?;
        self.request_page(request.before, request.limit)
    }

    /// The page around the target, if that is not loaded.
    pub(super) fn gap_at_target(&self) -> Option<PageRequest> {
        let target = self.window.target?;
        let behind = self.index_of(target).err()?;
        // The target may come from the address bar, and be any number.
        let around = target.saturating_add(NEWEST as Seq / 2).min(number::MAX);
        // Long texts make short pages: then the next page ends where this one begins.
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

    /// The message to scroll to, once it is drawn. It is returned only once.
    pub fn take_target(&mut self) -> Option<Seq> {
        let shown = self.shown();
        let is_drawn = |seq: &Seq| shown.iter().any(|message| message.seq == *seq);
        let target = self.window.target.filter(is_drawn)?;
        self.window.target = None;
        Some(target)
    }

    /// Is there a message to scroll to that is not drawn yet?
    pub fn has_target(&self) -> bool {
        self.window.target.is_some()
    }

    /// Saves the scroll position, for when the user returns.
    pub fn save_anchor(&mut self, place: ScrollAnchor) {
        if !self.is_followed() {
            self.window.anchor = Some(place);
        }
    }

    /// The saved scroll position.
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

    /// How many messages are after those that are drawn.
    pub fn below(&self) -> u64 {
        match self.shown().last() {
            Some(last) => {
                let newest = self.newest.unwrap_or_default();
                newest.nth().saturating_sub(last.nth())
            }
            None => 0,
        }
    }

    /// A page has arrived or was refused; the target may be in it.
    pub(super) fn arrive(&mut self, requested: Option<Seq>) {
        let Some(target) = self.window.target else {
            return;
        };
        if let Ok(at) = self.index_of(target) {
            self.draw_around(at);
        } else if requested == self.gap_at_target().map(|request| request.before) {
            // The target does not exist.
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
            // Forgotten or not loaded yet: the nearest one.
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

    /// The indices of the messages around an index without a gap between them.
    pub(super) fn run_around(&self, at: usize) -> Range<usize> {
        // The number of a message among those that are not hidden, minus its index, never
        // decreases, and increases at each gap. (If a server counts wrongly, it may be anything.)
        let offset = |place: usize| self.messages[place].nth().wrapping_sub(place as Seq);
        let here = offset(at);
        let find_first = |from: usize, to: usize, before: &dyn Fn(Seq) -> bool| {
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
        let start = find_first(0, at, &|offset| offset < here);
        start..find_first(at, self.messages.len(), &|offset| offset <= here)
    }

    fn draw_around(&mut self, at: usize) {
        let run = self.run_around(at);
        let start = run.start.max(at.saturating_sub(STEP));
        let end = run.end.min(at + STEP);
        self.window.first = Some(self.messages[start].seq);
        self.window.last = Some(self.messages[end - 1].seq);
    }
}
