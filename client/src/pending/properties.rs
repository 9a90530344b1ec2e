//! Whatever happens between a client and its server, each message is stored once and in order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// The recipient and id of each frame.
fn sent(frames: Vec<ClientFrame>) -> Vec<(String, String)> {
    let read = |frame| match frame {
        ClientFrame::Room {
            to, id: Some(id), ..
        } => (to, id),
        other => panic!("not a message for a room: {other:?}"),
    };
    frames.into_iter().map(read).collect()
}

/// What may happen between a client and its server.
#[derive(Clone, Copy, Debug)]
enum Step {
    Push(u8),
    /// The oldest frame in flight is stored, and its echo arrives …
    Confirm,
    /// … or is lost with the connection …
    LoseEcho,
    /// … or the server refuses it for now.
    PutOff,
    /// The connection breaks before anything arrives.
    Disconnect,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0..3_u8).prop_map(Step::Push),
        4 => Just(Step::Confirm),
        1 => Just(Step::LoseEcho),
        1 => Just(Step::PutOff),
        1 => Just(Step::Disconnect),
    ];
    prop::collection::vec(step, 0..60)
}

/// What is stored, by room, each id once.
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
    fn each_message_is_stored_once_in_the_order_of_its_room(steps in steps()) {
        let mut pending = PendingMessages::default();
        pending.connected();
        let (mut logs, mut pushed) = (Logs::default(), Logs::default());
        let mut in_flight: Vec<(String, String)> = Vec::new();
        // At the end everything that is left arrives.
        let rest = std::iter::repeat_n(Step::Confirm, 2 * steps.len());
        for (n, step) in steps.iter().copied().chain(rest).enumerate() {
            let first = (!in_flight.is_empty()).then(|| in_flight.remove(0));
            match (step, first) {
                (Step::Push(room), first) => {
                    in_flight.splice(..0, first);
                    let (id, room) = (n.to_string(), room.to_string());
                    pushed.store((room.clone(), id.clone()));
                    let content = Content::Text(id.clone());
                    pending.push(PendingMessage::new(id, To::Room(room), content, 0));
                }
                (Step::Confirm, Some(first)) => {
                    prop_assert!(pending.remove(&logs.store(first)).is_some());
                }
                (Step::PutOff, Some((_, id))) => {
                    prop_assert!(pending.put_off(&id));
                    prop_assert!(pending.release().is_empty());
                }
                (Step::LoseEcho, first) => {
                    first.map(|first| logs.store(first));
                    in_flight.clear();
                    pending.disconnected();
                    prop_assert!(pending.release().is_empty());
                    pending.connected();
                }
                (Step::Disconnect, _) => {
                    in_flight.clear();
                    pending.disconnected();
                    pending.connected();
                }
                (Step::Confirm | Step::PutOff, None) => {}
            }
            pending.resume();
            in_flight.extend(sent(pending.release()));
        }
        prop_assert_eq!(logs.0, pushed.0);
        prop_assert!(pending.is_empty() && in_flight.is_empty());
    }
}
