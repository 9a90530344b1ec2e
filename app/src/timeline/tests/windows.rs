//! What is drawn of a long timeline.

use super::super::window::DRAWN;
use super::*;

/// The first and the last message that is drawn.
fn ends(timeline: &Timeline) -> (Seq, Seq) {
    let shown = timeline.shown();
    let ends = shown.first().zip(shown.last()).expect("something is drawn");
    assert!(shown.len() <= DRAWN + 60, "{} are drawn", shown.len());
    let (first, last) = (ends.0.seq, ends.1.seq);
    assert_eq!(shown.len() as Seq, last - first + 1, "without a gap");
    (first, last)
}

/// Answers as the server of a room with this many messages would.
fn answer(timeline: &mut Timeline, request: Option<PageRequest>, newest: Seq) {
    if let Some(PageRequest { before, limit }) = request {
        let end = before.min(newest + 1);
        let start = end.saturating_sub(limit as Seq).max(1);
        timeline.history(messages(start..end), start > 1);
    }
}

#[test]
fn a_long_timeline_is_read_to_its_beginning_and_back_in_small_parts() {
    let newest = 2_000;
    let mut timeline = joined(newest - 49..=newest);
    while timeline.has_older() {
        let before = ends(&timeline);
        let request = timeline.show_older();
        answer(&mut timeline, request, newest);
        timeline.unfollow();
        assert!(request.is_some() || ends(&timeline) < before, "it goes on");
    }
    assert_eq!(ends(&timeline), (1, DRAWN as Seq));
    timeline.message(message(newest + 1));
    assert_eq!(ends(&timeline).1, DRAWN as Seq, "what comes is not drawn");
    assert_eq!(timeline.below(), newest + 1 - DRAWN as Seq);
    while ends(&timeline).1 < newest + 1 {
        let request = timeline.show_newer();
        answer(&mut timeline, request, newest + 1);
        assert!(!timeline.is_followed(), "the reader is not at the end yet");
    }
    timeline.follow();
    timeline.message(message(newest + 2));
    assert_eq!(ends(&timeline).1, newest + 2);
}

#[test]
fn a_busy_room_is_shortened_when_it_is_long() {
    let mut timeline = joined(1..=50);
    for seq in 51..=400 {
        timeline.message(message(seq));
        if timeline.is_long() {
            timeline.shorten();
        }
        assert_eq!(ends(&timeline).1, seq);
    }
    timeline.forget_far();
    assert!(timeline.len() < 250);
    assert!(timeline.has_older());
}

#[test]
fn the_user_can_go_to_an_old_message_and_back() {
    let newest = 10_000;
    let mut timeline = joined(newest - 49..=newest);
    assert_eq!(timeline.take_target(), None);
    let request = timeline.go_to(42);
    assert_eq!(
        request.map(|request| (request.before, request.limit)),
        Some((67, NEWEST))
    );
    assert_eq!(timeline.take_target(), None, "it is on its way");
    answer(&mut timeline, request, newest);
    assert_eq!(timeline.take_target(), Some(42));
    assert_eq!(timeline.take_target(), None, "once");
    assert_eq!(ends(&timeline), (17, 66));
    assert_eq!(timeline.request_gap(), None, "nobody reads in between");
    let request = timeline.show_newer();
    answer(&mut timeline, request, newest);
    timeline.show_newer();
    assert_eq!(ends(&timeline), (17, 116));
    timeline.follow();
    assert!(!timeline.is_followed(), "the end is elsewhere");
    timeline.go_to_end();
    assert_eq!(ends(&timeline), (9_951, 10_000));
    timeline.go_to(9_960);
    assert_eq!(timeline.take_target(), Some(9_960), "it is here");
    timeline.forget_far();
    assert_eq!(timeline.len(), 50);
}

#[test]
fn a_message_that_does_not_exist_is_not_waited_for() {
    let mut timeline = joined(9_951..=10_000);
    timeline.go_to(42);
    assert!(timeline.has_target());
    timeline.refused();
    assert!(!timeline.has_target());
    timeline.disconnected();
    for never_said in [0, 99_999] {
        assert_eq!(timeline.go_to(never_said), None);
        assert!(!timeline.has_target() && timeline.is_followed());
    }
}

#[test]
fn the_scroll_position_above_the_end_is_saved() {
    let mut timeline = joined(1..=50);
    let place = ScrollAnchor {
        seq: 7,
        below: -3.5,
    };
    timeline.save_anchor(place);
    assert_eq!(timeline.anchor(), None, "the end needs none");
    timeline.unfollow();
    timeline.save_anchor(place);
    timeline.message(message(51));
    assert_eq!(timeline.anchor(), Some(place));
    assert_eq!(ends(&timeline), (1, 50));
}

#[test]
fn the_target_is_requested_again_on_the_next_connection() {
    let mut timeline = joined(251..=300);
    let request = timeline.go_to(7);
    timeline.disconnected();
    // Other messages may come first.
    let older = timeline.show_older();
    timeline.joined(300.into(), vec![], 1, vec![]);
    assert_eq!(timeline.request_gap(), None, "one at a time");
    answer(&mut timeline, older, 300);
    assert_eq!(timeline.request_gap(), request);
    answer(&mut timeline, request, 300);
    assert_eq!(timeline.take_target(), Some(7));
}

#[test]
fn a_message_among_long_ones_is_reached_in_several_short_pages() {
    let newest = 10_000;
    let mut timeline = joined(newest - 49..=newest);
    let mut request = timeline.go_to(42);
    let mut requested = Vec::new();
    while let Some(PageRequest { before, .. }) = request {
        requested.push(before);
        // A page ends after a number of bytes: here after ten messages.
        timeline.history(messages(before - 10..before), true);
        request = timeline.request_gap();
    }
    assert_eq!(requested, [67, 57, 47]);
    assert_eq!(timeline.take_target(), Some(42));
}

#[test]
fn a_forgotten_page_can_be_requested_although_a_request_for_it_once_brought_nothing() {
    let mut timeline = Timeline::default();
    timeline.joined(60.into(), vec![], 1, vec![]);
    let request = timeline.show_older();
    timeline.joined(60.into(), vec![], 1, messages(11..=60));
    answer(&mut timeline, request, 60);
    for seq in 61..=230 {
        timeline.message(message(seq));
    }
    timeline.shorten();
    timeline.forget_far();
    while timeline.has_older() {
        let before = ends(&timeline);
        let request = timeline.show_older();
        answer(&mut timeline, request, 230);
        assert!(request.is_some() || ends(&timeline) < before, "it goes on");
    }
    assert_eq!(ends(&timeline).0, 1);
}

#[test]
fn after_many_messages_at_once_only_the_end_is_drawn() {
    let mut timeline = joined(1..=50);
    let come = |timeline: &mut Timeline, seqs: std::ops::RangeInclusive<Seq>| {
        let last = seqs.start() - 1;
        seqs.for_each(|seq| timeline.message(message(seq)));
        timeline.skip_ahead(last);
    };
    come(&mut timeline, 51..=110);
    assert_eq!(ends(&timeline), (1, 110), "as many as can be drawn");
    come(&mut timeline, 111..=171);
    assert_eq!(ends(&timeline), (112, 171));
    assert!(timeline.is_followed());
    timeline.show_older();
    assert_eq!(ends(&timeline), (52, 171), "scrolling draws the rest");
    timeline.unfollow();
    come(&mut timeline, 172..=400);
    assert_eq!(
        ends(&timeline),
        (52, 171),
        "who reads above is left in peace"
    );
}

/// A message, with the number of hidden events up to it.
fn behind_moves(seq: Seq, hidden: Seq) -> Message {
    Message {
        hidden,
        ..message(seq)
    }
}

/// A hidden event, the nth of its kind.
fn hidden(seq: Seq, nth: Seq) -> Message {
    Message {
        body: protocol::games::Played::Resigned { of: 1 }.into(),
        ..behind_moves(seq, nth)
    }
}

#[test]
fn hidden_events_leave_no_gap() {
    let mut timeline = joined(1..=3);
    for nth in 1..=4 {
        timeline.message(hidden(3 + nth, nth));
    }
    timeline.message(behind_moves(8, 4));
    assert_eq!(timeline.request_gap(), None);
    assert_eq!(seqs(&timeline), ["1", "2", "3", "8"]);
    assert_eq!(timeline.below(), 0);
    assert_eq!(timeline.resume_after(), Some(8));
    // A page leaves them out. The numbers show that nothing is missing.
    let mut timeline = Timeline::default();
    timeline.joined(behind_moves(900, 898).position(), vec![], 1, vec![]);
    let request = timeline.show_older().expect("two messages");
    timeline.history(vec![message(1), behind_moves(500, 498)], false);
    assert_eq!(request.before, 901);
    assert_eq!(seqs(&timeline), ["1", "500"]);
    assert_eq!(timeline.request_gap(), None);
    assert!(!timeline.has_older());
    assert_eq!(
        timeline.resume_after(),
        Some(900),
        "moves need not be told again"
    );
}

#[test]
fn messages_after_many_moves_are_found_however_many_there_are() {
    let mut timeline = joined(1..=3);
    // A thousand moves, and a hundred messages after them.
    let newest = behind_moves(1_103, 1_000);
    timeline.note_newest(newest.position());
    timeline.go_to(2);
    timeline.unfollow();
    let log = |seq: Seq| behind_moves(seq, 1_000);
    let mut requested = 0;
    while timeline.below() > 0 {
        match timeline.show_newer() {
            Some(PageRequest { before, limit }) => {
                requested += 1;
                assert!(requested < 60, "it comes nearer each time");
                let talk = (1..before).filter(|seq| !(4..1_004).contains(seq));
                let mut page: Vec<_> = talk.collect();
                let first = page.len().saturating_sub(limit);
                let page = page
                    .drain(first..)
                    .map(|seq| if seq < 4 { message(seq) } else { log(seq) });
                timeline.history(page.collect(), true);
            }
            None if timeline.shown().last().map(|it| it.seq) == Some(1_103) => break,
            None => {}
        }
    }
    assert_eq!(timeline.shown().last().map(|it| it.seq), Some(1_103));
}
