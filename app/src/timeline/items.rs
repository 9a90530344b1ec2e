//! As what a log is drawn: messages in groups, days between them, who came and went, where the
//! unread begin, and what is on its way.

use std::sync::Arc;

use protocol::{Message, Seq, UserId};

use super::Timeline;
use super::membership_lines::MembershipLine;
use crate::datetime::Zone;
use crate::outbox::Draft;

/// Who goes on within so many milliseconds is not named again.
const GROUP: i64 = 60_000;
/// Drafts that are drawn; those before them wait unseen.
const DRAFTS: usize = 50;

/// One entry of the log on the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineItem {
    /// A day begins, counted from 1970-01-01, before this event.
    Day {
        day: i64,
        before: Seq,
    },
    /// The unread begin, before this event.
    Unread {
        before: Seq,
    },
    /// Somebody says something; who leads a group is named.
    Message {
        message: Arc<Message>,
        leads: bool,
    },
    Membership(Arc<MembershipLine>),
    Pending {
        draft: Arc<Draft>,
        leads: bool,
    },
}

impl TimelineItem {
    /// What makes a line the same line when the log is drawn again. One that is drawn differently is
    /// another line: a draft that was refused, a message that leads its group no more.
    pub fn key(&self) -> String {
        let (kind, nth) = match self {
            Self::Day { before, .. } => ("d", *before),
            Self::Unread { before } => ("u", *before),
            Self::Message {
                message,
                leads: true,
            } => ("m", message.seq),
            Self::Message {
                message,
                leads: false,
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

/// Who reads, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewer {
    pub user: UserId,
    pub zone: Zone,
    /// The first event that they have not read.
    pub unread: Option<Seq>,
}

/// The one who spoke last, and when: who goes on is in the same group.
type Speaker = Option<(UserId, i64)>;

impl Timeline {
    /// What is drawn: a part of the log, and if that is followed the drafts behind it.
    pub fn items<'a>(
        &self,
        drafts: impl Iterator<Item = &'a Arc<Draft>>,
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
        let mut speaker: Speaker = None;
        let mut days = Days::new(reader.zone);
        // What is drawn looks the same whether or not the message before it is drawn as well.
        if let Some(before) = self.before_shown() {
            speaker = Some((before.author, before.at));
            days.begins(before.at);
        }
        let mut name = self.before_shown().map(|before| before.from.as_str());
        // Of the message before what is drawn, should that not be here, nothing is known.
        let mut previous = first.saturating_sub(1);
        if let Some(before) = self.before_shown() {
            previous = before.seq;
        }
        for message in shown {
            while let Some(before) = membership.filter(|membership| membership.after < message.seq)
            {
                lines.push(TimelineItem::Membership(Arc::clone(before)));
                speaker = None;
                membership = membership_lines.next();
            }
            let before = message.seq;
            if let Some(day) = days.begins(message.at) {
                lines.push(TimelineItem::Day { day, before });
                speaker = None;
            }
            let first_unread = previous + 1..=message.seq;
            previous = message.seq;
            if reader
                .unread
                .is_some_and(|unread| first_unread.contains(&unread))
            {
                lines.push(TimelineItem::Unread { before });
                speaker = None;
            }
            if name.replace(&message.from) != Some(&message.from) && message.bot {
                // A webhook may speak under many names.
                speaker = None;
            }
            let leads = !goes_on(&mut speaker, message.author, message.at);
            if message.kind.is_some() {
                // A card is large: whatever comes behind it is named.
                speaker = None;
            }
            let message = Arc::clone(message);
            lines.push(TimelineItem::Message { message, leads });
        }
        if !self.is_followed() {
            return lines;
        }
        for membership in membership.into_iter().chain(membership_lines) {
            lines.push(TimelineItem::Membership(Arc::clone(membership)));
            speaker = None;
        }
        let drafts: Vec<_> = drafts.collect();
        let hidden = drafts.len().saturating_sub(DRAFTS);
        for draft in &drafts[hidden..] {
            let leads = !goes_on(&mut speaker, reader.user, draft.at);
            let draft = Arc::clone(draft);
            lines.push(TimelineItem::Pending { draft, leads });
        }
        lines
    }
}

fn goes_on(speaker: &mut Speaker, author: UserId, at: i64) -> bool {
    let before = speaker.replace((author, at));
    before.is_some_and(|(before, then)| before == author && at - then < GROUP)
}

/// Toasts where a day begins in the reader's zone.
struct Days {
    zone: Zone,
    /// Zones change on a quarter of an hour, so within one the zone is asked once.
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
