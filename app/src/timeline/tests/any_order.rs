//! In whatever way messages arrive, and wherever the user scrolls meanwhile, a timeline shows what
//! is on the server. The server of these tests is honest: it sends what it has. The network and the
//! user do anything.

use proptest::{prelude::*, sample::Index};
use protocol::limits::CATCH_UP;

use super::super::window::DRAWN;
use super::*;

/// Something that happens to a timeline.
#[derive(Clone, Debug)]
enum Act {
    /// A message is sent, and arrives at once.
    Said,
    /// This many messages are sent, and do not arrive.
    Missed(Seq),
    /// Some message arrives, perhaps again.
    Came(Index),
    /// The requested page arrives, with no more than this many messages: long texts make short
    /// pages.
    Answered(usize),
    /// The request is refused.
    Refused,
    /// The connection is lost and established again; `joined` contains at most this many messages.
    Rejoined(usize),
    /// The room is joined once more on the same connection.
    Joined(usize),
    /// What the user does.
    Reads(Reading),
}

#[derive(Clone, Debug)]
enum Reading {
    Up,
    Down,
    To(Index),
    ToTheEnd,
    AtTheEnd,
    Elsewhere,
    /// The page draws less; the room is closed and forgets what is far away.
    Forgets,
}

fn frame(most_missed: Seq) -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Said),
        2 => (1..=most_missed).prop_map(Act::Missed),
        3 => any::<Index>().prop_map(Act::Came),
        3 => page().prop_map(Act::Answered),
        1 => page().prop_map(Act::Rejoined),
        1 => page().prop_map(Act::Joined),
    ]
}

fn page() -> impl Strategy<Value = usize> {
    prop_oneof![1..5_usize, Just(CATCH_UP)]
}

fn reading() -> impl Strategy<Value = Act> {
    let reading = prop_oneof![
        4 => Just(Reading::Up),
        2 => Just(Reading::Down),
        2 => any::<Index>().prop_map(Reading::To),
        1 => Just(Reading::ToTheEnd),
        1 => Just(Reading::AtTheEnd),
        1 => Just(Reading::Elsewhere),
        2 => Just(Reading::Forgets),
    ];
    reading.prop_map(Act::Reads)
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![5 => frame(400), 4 => reading(), 1 => Just(Act::Refused)];
    prop::collection::vec(act, 0..80)
}

/// The timeline, and a server with `newest` messages.
#[derive(Default)]
struct Scenario {
    timeline: Timeline,
    newest: Seq,
    /// The request that is not answered yet.
    requested: Option<PageRequest>,
    was_refused: bool,
}

impl Scenario {
    fn begin() -> Self {
        let mut scenario = Self::default();
        scenario.join(CATCH_UP);
        scenario
    }

    fn live(&mut self, act: &Act) {
        match act {
            Act::Said => {
                self.newest += 1;
                self.timeline.message(message(self.newest));
            }
            Act::Missed(more) => self.newest += more,
            Act::Came(which) if self.newest > 0 => {
                let seq = which.index(self.newest as usize) as Seq + 1;
                self.timeline.message(message(seq));
            }
            Act::Came(_) => {}
            Act::Answered(most) => self.answer(*most),
            Act::Refused => {
                if self.requested.take().is_some() {
                    self.timeline.refused();
                    self.was_refused = true;
                }
            }
            Act::Rejoined(most) => {
                self.timeline.disconnected();
                self.requested = None;
                self.was_refused = false;
                self.join(*most);
            }
            Act::Joined(most) => self.join(*most),
            Act::Reads(reading) => self.read(reading),
        }
        self.request_gap();
        self.look();
    }

    fn read(&mut self, reading: &Reading) {
        let request = match reading {
            Reading::Up => self.timeline.show_older(),
            Reading::Down => self.timeline.show_newer(),
            Reading::To(which) => {
                // Also to messages that are unknown, or do not exist yet.
                let seq = which.index(self.newest as usize + 2) as Seq;
                self.timeline.go_to(seq)
            }
            Reading::ToTheEnd => {
                self.timeline.go_to_end();
                None
            }
            Reading::AtTheEnd => {
                self.timeline.follow();
                None
            }
            Reading::Elsewhere => {
                self.timeline.unfollow();
                None
            }
            Reading::Forgets => {
                self.timeline.shorten();
                self.timeline.forget_far();
                None
            }
        };
        self.note(request);
    }

    /// Rejoins the room after what is loaded: the messages since then come, or the newest ones; a
    /// page of either.
    fn join(&mut self, most: usize) {
        let after = self.timeline.resume_after();
        let (first, seq) = match after {
            Some(after) if self.newest - after <= CATCH_UP as Seq => {
                (after + 1, self.newest.min(after + most as Seq))
            }
            _ => (self.newest.saturating_sub(49).max(1), self.newest),
        };
        let members = vec!["Toto".to_owned()];
        self.timeline
            .joined(seq.into(), members, 1, messages(first..=seq));
    }

    /// Answers as the server would; long texts make a page shorter, but never empty.
    fn answer(&mut self, most: usize) {
        let Some(PageRequest { before, limit }) = self.requested.take() else {
            return;
        };
        let end = before.min(self.newest + 1);
        let start = end.saturating_sub(limit.min(most) as Seq).max(1);
        self.timeline.history(messages(start..end), start > 1);
    }

    fn request_gap(&mut self) {
        let request = self.timeline.request_gap();
        self.note(request);
    }

    fn note(&mut self, request: Option<PageRequest>) {
        let Some(PageRequest { before, limit }) = request else {
            return;
        };
        assert_eq!(self.requested, None, "one at a time");
        assert!((1..=HISTORY_PAGE).contains(&limit), "a page of {limit}");
        let end = before.min(self.newest + 1);
        let page = end.saturating_sub(limit as Seq).max(1)..end;
        let is_here = |seq: Seq| self.timeline.index_of(seq).is_ok();
        assert!(!page.clone().all(is_here), "{page:?} is here already");
        self.requested = request;
    }

    /// What is shown is a part of the messages, without a gap, each once.
    fn look(&self) {
        let shown = self.timeline.shown();
        assert!(shown.len() <= DRAWN + 60, "{} are drawn", shown.len());
        assert_eq!(shown.is_empty(), self.timeline.is_empty());
        let first = shown.first().map_or(1, |first| first.seq);
        for (shown, seq) in shown.iter().zip(first..) {
            assert_eq!(**shown, message(seq), "in order, and as it was said");
        }
        let all = self.timeline.after(0);
        assert_eq!(all.len(), self.timeline.len());
        assert!(all.is_sorted_by(|one, next| one.seq < next.seq));
        assert!(self.timeline.newest() <= Some(self.newest.into()));
    }

    /// Answers until nothing is requested any more.
    fn settle(&mut self, most: usize) {
        for _ in 0..=self.newest {
            self.request_gap();
            if self.requested.is_none() {
                return;
            }
            self.answer(most);
            self.look();
        }
        panic!("it asks for ever: {:?}", self.requested);
    }

    /// The last frame says up to where the room goes.
    fn end(&mut self, most: usize) {
        if self.was_refused {
            self.live(&Act::Rejoined(most));
        }
        self.timeline.note_newest(self.newest.into());
        self.settle(most);
    }

    fn ends(&self) -> (Seq, Seq) {
        let shown = self.timeline.shown();
        let ends = shown.first().zip(shown.last());
        ends.map_or((0, 0), |(first, last)| (first.seq, last.seq))
    }

    /// Scrolls from the end to the beginning.
    fn read_up(&mut self, most: usize) {
        self.timeline.go_to_end();
        self.settle(most);
        while self.timeline.has_older() {
            let before = (self.ends(), self.timeline.len());
            self.read(&Reading::Up);
            self.settle(most);
            self.look();
            assert_ne!(before, (self.ends(), self.timeline.len()), "it goes on");
        }
        assert_eq!(self.ends().0, self.newest.min(1), "the first is seen");
    }

    /// Scrolls from the beginning back to the end.
    fn read_down(&mut self, most: usize) {
        while self.ends().1 < self.newest {
            let before = (self.ends(), self.timeline.len());
            self.timeline.unfollow();
            self.read(&Reading::Down);
            self.settle(most);
            self.look();
            assert_ne!(before, (self.ends(), self.timeline.len()), "it goes on");
        }
    }
}

proptest! {
    // Long timelines are read from end to end; fewer of each keep the suite quick.
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn a_timeline_that_arrives_in_any_order_is_shown_in_order(
        frames in prop::collection::vec(frame(20), 0..40),
        most in page(),
    ) {
        let mut scenario = Scenario::begin();
        for frame in &frames {
            scenario.live(frame);
        }
        scenario.end(most);
        let known = scenario.timeline.after(0);
        if let Some(first) = known.first() {
            // No gap is as wide as a page, so all are closed without scrolling there.
            prop_assert_eq!(known.len() as Seq, scenario.newest - first.seq + 1);
        }
        scenario.read_up(most);
        scenario.timeline.go_to_end();
        let mut expected = Timeline::default();
        expected.joined(0.into(), vec!["Toto".into()], 1, vec![]);
        for seq in 1..=scenario.newest {
            expected.message(message(seq));
        }
        expected.go_to_end();
        prop_assert_eq!(scenario.timeline.len(), expected.len());
        prop_assert_eq!(scenario.timeline.newest(), expected.newest());
        prop_assert_eq!(scenario.timeline.has_older(), expected.has_older());
        let lines = |timeline| lines(timeline, &PendingMessages::default(), None);
        prop_assert_eq!(lines(&scenario.timeline), lines(&expected));
    }

    #[test]
    fn after_any_history_the_whole_timeline_can_be_read(acts in acts(), most in page()) {
        let mut scenario = Scenario::begin();
        for act in &acts {
            scenario.live(act);
        }
        scenario.end(most);
        scenario.read_up(most);
        scenario.read_down(most);
        // Once more, after much of it was forgotten.
        scenario.timeline.go_to_end();
        scenario.read(&Reading::Forgets);
        scenario.read_up(most);
    }

    #[test]
    fn after_any_history_the_user_can_go_to_any_message(
        acts in acts(),
        which in any::<Index>(),
        most in page(),
    ) {
        let mut scenario = Scenario::begin();
        for act in &acts {
            scenario.live(act);
        }
        scenario.end(most);
        if scenario.newest > 0 {
            let seq = which.index(scenario.newest as usize) as Seq + 1;
            let request = scenario.timeline.go_to(seq);
            scenario.note(request);
            scenario.settle(most);
            scenario.look();
            prop_assert_eq!(scenario.timeline.take_target(), Some(seq));
        }
    }
}
