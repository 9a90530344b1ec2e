use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn draft(id: usize, to: &str) -> Draft {
    Draft {
        id: id.to_string(),
        to: to.to_owned(),
        body: Body::Text(id.to_string()),
    }
}

fn refusal(code: Code, retry_after_ms: Option<u64>) -> frame::Error {
    frame::Error {
        code,
        message: code.sentence(),
        id: None,
        room: None,
        retry_after_ms,
    }
}

/// Place and id of each frame.
fn sent(frames: Vec<ClientFrame>) -> Vec<(String, String)> {
    let read = |frame| match frame {
        ClientFrame::Room {
            to, id: Some(id), ..
        }
        | ClientFrame::Game {
            to, id: Some(id), ..
        } => (to, id),
        other => panic!("not of an outbox: {other:?}"),
    };
    frames.into_iter().map(read).collect()
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    let owned = |(to, id): (&str, &str)| (to.to_owned(), id.to_owned());
    pairs.map(owned).into()
}

#[test]
fn one_goes_to_each_room_and_the_next_after_its_echo() {
    let (mut outbox, now) = (Outbox::default(), Instant::now());
    for (id, to) in [(1, "tea"), (2, "tea"), (3, "milk")] {
        outbox.push(draft(id, to));
    }
    let first = pairs([("tea", "1"), ("milk", "3")]);
    assert_eq!(sent(outbox.release(now)), first);
    assert_eq!(sent(outbox.release(now)), []);
    assert!(outbox.confirm("1") && !outbox.confirm("1"));
    assert_eq!(sent(outbox.release(now)), pairs([("tea", "2")]));
    outbox.lost();
    let again = pairs([("tea", "2"), ("milk", "3")]);
    assert_eq!(sent(outbox.release(now)), again);
}

#[test]
fn what_passes_is_waited_for_and_what_does_not_is_given_back() {
    let (mut outbox, now) = (Outbox::default(), Instant::now());
    let act = Draft {
        body: Body::Act(Act::Resign { of: 4 }),
        ..draft(1, "tea")
    };
    outbox.push(act.clone());
    outbox.push(draft(2, "tea"));
    outbox.release(now);
    let too_fast = refusal(Code::TooFast, Some(100));
    assert_eq!(outbox.refuse("1", &too_fast, now), None);
    let end = now + Duration::from_millis(100);
    assert_eq!(outbox.wakes_at(), Some(end));
    assert_eq!(sent(outbox.release(now)), []);
    assert_eq!(sent(outbox.release(end)), pairs([("tea", "1")]));
    assert_eq!(outbox.wakes_at(), None);
    let over = refusal(Code::GameOver, None);
    assert_eq!(outbox.refuse("9", &over, end), None, "not ours");
    assert_eq!(outbox.refuse("1", &over, end), Some(act));
    assert_eq!(sent(outbox.release(end)), pairs([("tea", "2")]));
}

#[test]
fn of_what_is_on_its_way_the_largest_was_too_large() {
    let (mut outbox, now) = (Outbox::default(), Instant::now());
    let long = |id, to, length| Draft {
        body: Body::Text("x".repeat(length)),
        ..draft(id, to)
    };
    for draft in [long(1, "tea", 10), long(2, "milk", 30), long(3, "milk", 90)] {
        outbox.push(draft);
    }
    assert_eq!(outbox.too_large(), None, "nothing was sent");
    outbox.release(now);
    assert_eq!(outbox.too_large(), Some(long(2, "milk", 30)));
    outbox.lost();
    let again = pairs([("tea", "1"), ("milk", "3")]);
    assert_eq!(sent(outbox.release(now)), again);
}

#[test]
fn a_draft_is_checked_against_what_the_server_announced() {
    let limits = Limits {
        text: 20,
        frame: 100,
        ..Limits::new(10)
    };
    let code = |body| {
        let draft = Draft {
            body,
            ..draft(1, "tea")
        };
        draft.check(&limits).err().map(|refusal| refusal.code)
    };
    assert_eq!(code(Body::Text("x".repeat(20))), None);
    assert_eq!(code(Body::Text("x".repeat(21))), Some(Code::TooLong));
    assert_eq!(code(Body::Whisper("x".repeat(21))), Some(Code::TooLong));
    assert_eq!(code(Body::Text("\0x".into())), Some(Code::BadField));
    // Few characters, and many bytes.
    assert_eq!(code(Body::Text("\u{1}".repeat(20))), Some(Code::Blank));
    let bytes = format!("x{}", "\u{1}".repeat(19));
    assert_eq!(code(Body::Text(bytes)), Some(Code::TooLarge));
    let far = Act::Move {
        of: 1,
        at: "x".repeat(100),
    };
    assert_eq!(code(Body::Act(far)), Some(Code::TooLarge));
}

/// What may happen between a client and its server.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Say(u8),
    /// The oldest frame on its way is stored, and its echo arrives …
    Arrives,
    /// … or is lost with the line …
    Unheard,
    /// … or it is put off.
    PutOff,
    /// The line breaks before anything arrives.
    Breaks,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        3 => (0..3_u8).prop_map(Fate::Say),
        4 => Just(Fate::Arrives),
        1 => Just(Fate::Unheard),
        1 => Just(Fate::PutOff),
        1 => Just(Fate::Breaks),
    ];
    prop::collection::vec(fate, 0..60)
}

/// A server's memory: what is stored, by room, each id once.
#[derive(Default)]
struct Logs(BTreeMap<String, Vec<String>>);

impl Logs {
    fn store(&mut self, (to, id): (String, String)) -> String {
        let log = self.0.entry(to).or_default();
        if !log.contains(&id) {
            log.push(id.clone());
        }
        id
    }
}

proptest! {
    #[test]
    fn whatever_happens_all_is_stored_once_in_the_order_of_its_room(fates in fates()) {
        let (mut outbox, mut now) = (Outbox::default(), Instant::now());
        let (mut logs, mut said) = (Logs::default(), Logs::default());
        let mut on_its_way: Vec<(String, String)> = Vec::new();
        // After the storm everything that is left arrives.
        let calm = std::iter::repeat_n(Fate::Arrives, 2 * fates.len());
        for (n, fate) in fates.iter().copied().chain(calm).enumerate() {
            let first = (!on_its_way.is_empty()).then(|| on_its_way.remove(0));
            match (fate, first) {
                (Fate::Say(room), first) => {
                    on_its_way.splice(..0, first);
                    outbox.push(draft(n, &room.to_string()));
                    said.store((room.to_string(), n.to_string()));
                }
                (Fate::Arrives, Some(first)) => {
                    prop_assert!(outbox.confirm(&logs.store(first)));
                }
                (Fate::PutOff, Some((_, id))) => {
                    let passes = refusal(Code::StorageUnavailable, Some(5));
                    prop_assert_eq!(outbox.refuse(&id, &passes, now), None);
                }
                (Fate::Unheard, first) => {
                    first.map(|first| logs.store(first));
                    outbox.lost();
                    on_its_way.clear();
                }
                (Fate::Breaks, _) => {
                    outbox.lost();
                    on_its_way.clear();
                }
                (Fate::Arrives | Fate::PutOff, None) => {}
            }
            now = outbox.wakes_at().unwrap_or(now);
            on_its_way.extend(sent(outbox.release(now)));
        }
        prop_assert_eq!(logs.0, said.0);
        prop_assert!(outbox.release(now).is_empty() && on_its_way.is_empty());
    }
}
