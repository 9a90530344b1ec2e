//! The items of a message list: messages in groups, days between them, who joined and left, where
//! the unread messages begin, and messages on their way.

use std::sync::Arc;

use client::PendingMessage;
use protocol::{Message, Seq, UserId};

use super::Timeline;
use super::membership_lines::MembershipLine;
use crate::datetime::Zone;

/// Within this many milliseconds, the next message of the same author belongs to the same group.
const GROUP: i64 = 60_000;
/// Pending messages that are drawn; those before them are not shown.
const DRAFTS: usize = 50;

/// One item of the message list.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineItem {
    /// A day begins (counted from 1970-01-01) before this event.
    Day {
        day: i64,
        before: Seq,
    },
    /// The unread messages begin, before this event.
    Unread {
        before: Seq,
    },
    /// A message. The first one of a group (`leads`) shows its author, and its place among the
    /// users who had this name, if it is not the first.
    Message {
        message: Arc<Message>,
        leads: bool,
        namesake: usize,
    },
    Membership(Arc<MembershipLine>),
    Pending {
        draft: Arc<PendingMessage>,
        leads: bool,
    },
}

impl TimelineItem {
    /// The key of an item. An item that is drawn differently has another key: a pending message
    /// that was refused, a message that does not lead its group any more or has changed since.
    pub fn key(&self) -> String {
        let (kind, nth) = match self {
            Self::Message {
                message,
                leads,
                namesake,
            } if message.revision > 0 || *namesake > 0 => {
                let kind = if *leads { "m" } else { "n" };
                let [seq, revision] = [message.seq, message.revision].map(|it| it.to_string());
                let namesake = namesake.to_string();
                return [kind, &seq, ".", &revision, ".", &namesake].concat();
            }
            Self::Day { before, .. } => ("d", *before),
            Self::Unread { before } => ("u", *before),
            Self::Message {
                message,
                leads: true,
                ..
            } => ("m", message.seq),
            Self::Message {
                message,
                leads: false,
                ..
            } => ("n", message.seq),
            Self::Membership(membership) => ("p", u64::from(membership.nth)),
            Self::Pending { draft, leads } => {
                let kind = match (draft.refused.is_some(), leads) {
                    (false, false) => "w ",
                    (false, true) => "x ",
                    (true, false) => "y ",
                    (true, true) => "z ",
                };
                return [kind, &draft.id].concat();
            }
        };
        [kind, &nth.to_string()].concat()
    }
}

/// The user for whom the items are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewer {
    pub user: UserId,
    pub zone: Zone,
    /// The first event that they have not read.
    pub unread: Option<Seq>,
}

/// The author and the time of the message before, which decide whether the next one begins a group.
type LastAuthor = Option<(UserId, i64)>;

impl Timeline {
    /// The items that are drawn: a part of the timeline, and if its end is followed, the pending
    /// messages after it.
    pub fn items<'a>(
        &self,
        drafts: impl Iterator<Item = &'a Arc<PendingMessage>>,
        reader: Viewer,
    ) -> Vec<TimelineItem> {
        let shown = self.shown();
        let mut lines = Vec::with_capacity(shown.len() + 8);
        let first = shown.first().map_or(0, |message| message.seq);
        let last = match self.is_followed() {
            true => Seq::MAX,
            false => shown.last().map_or(0, |message| message.seq),
        };
        let mut membership_lines = self.membership_lines.between(first.saturating_sub(1), last);
        let mut membership = membership_lines.next();
        let mut last_author: LastAuthor = None;
        let mut days = Days::new(reader.zone);
        // An item is the same whether or not the message before it is drawn, too.
        if let Some(before) = self.before_shown() {
            last_author = Some((before.author, before.at));
            days.begins(before.at);
        }
        let mut name = self.before_shown().map(|before| before.from.as_str());
        // If the message before the first one is not loaded, nothing is known of it.
        let mut previous = first.saturating_sub(1);
        if let Some(before) = self.before_shown() {
            previous = before.seq;
        }
        for message in shown {
            while let Some(before) = membership.filter(|membership| membership.after < message.seq)
            {
                lines.push(TimelineItem::Membership(Arc::clone(before)));
                last_author = None;
                membership = membership_lines.next();
            }
            let before = message.seq;
            if let Some(day) = days.begins(message.at) {
                lines.push(TimelineItem::Day { day, before });
                last_author = None;
            }
            let first_unread = previous + 1..=message.seq;
            previous = message.seq;
            if reader
                .unread
                .is_some_and(|unread| first_unread.contains(&unread))
            {
                lines.push(TimelineItem::Unread { before });
                last_author = None;
            }
            if name.replace(&message.from) != Some(&message.from) && message.bot {
                // A webhook may use many names.
                last_author = None;
            }
            let leads = !continues_group(&mut last_author, message.author, message.at);
            if message.played().is_some() {
                // A game message is large: the message after it begins a group.
                last_author = None;
            }
            let namesake = if leads { self.namesake(message) } else { 0 };
            let message = Arc::clone(message);
            lines.push(TimelineItem::Message {
                message,
                leads,
                namesake,
            });
        }
        if !self.is_followed() {
            return lines;
        }
        for membership in membership.into_iter().chain(membership_lines) {
            lines.push(TimelineItem::Membership(Arc::clone(membership)));
            last_author = None;
        }
        let drafts: Vec<_> = drafts.collect();
        let hidden = drafts.len().saturating_sub(DRAFTS);
        for draft in &drafts[hidden..] {
            let leads = !continues_group(&mut last_author, reader.user, draft.at);
            let draft = Arc::clone(draft);
            lines.push(TimelineItem::Pending { draft, leads });
        }
        lines
    }
}

fn continues_group(last_author: &mut LastAuthor, author: UserId, at: i64) -> bool {
    let before = last_author.replace((author, at));
    before.is_some_and(|(before, then)| before == author && at - then < GROUP)
}

/// Detects where a day begins in a time zone.
struct Days {
    zone: Zone,
    /// Offsets change at a quarter of an hour, so each quarter is computed once.
    quarter: Option<(i64, i64)>,
    day: Option<i64>,
}

impl Days {
    fn new(zone: Zone) -> Self {
        Self {
            zone,
            quarter: None,
            day: None,
        }
    }

    fn begins(&mut self, at: i64) -> Option<i64> {
        const QUARTER: i64 = 15 * 60_000;
        let quarter = at.div_euclid(QUARTER);
        let day = match self.quarter {
            Some((known, day)) if known == quarter => day,
            _ => self.zone.day(at),
        };
        self.quarter = Some((quarter, day));
        (self.day.replace(day) != Some(day)).then_some(day)
    }
}
