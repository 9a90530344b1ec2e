//! Checks with random messages, in random batches of which some fail, that every room is a log
//! without a gap, and that every message is stored once.

use std::collections::HashMap;

use proptest::{prelude::*, sample::Index};
use protocol::{Message, MessageId, Nickname, RoomName, Seq, name};

use super::{
    post_commit::PostCommit, queue::BATCH_BYTES, requests::WriteRequest, state::WriterState, *,
};
use crate::{
    send_queue::SendQueue,
    store::{
        Connection, Db, Durability,
        events::{self, EventFilter},
        rooms, users,
    },
};

mod games;
mod retries;

const NOW: i64 = 1_000;
/// An author for whose messages the database is corrupt, so that the batch fails.
const CORRUPTING: UserId = UserId(99);
/// An author whose messages the database rejects one by one.
const UNWRITABLE: UserId = UserId(98);
const AUTHORS: [&str; 3] = ["Toto", "Tata", "Titi"];
/// The last two names are of one room, which has the spelling of its first message.
const ROOMS: [&str; 3] = ["cake", "tea", "Tea"];

/// A message to send, in a short form.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct TestSend {
    author: UserId,
    room: &'static str,
    id: u8,
    text: u8,
}

impl TestSend {
    fn text(self) -> String {
        format!("text {}", self.text)
    }

    fn draft(self) -> Draft {
        let nickname = usize::try_from(self.author.0 - 1).map(|nth| AUTHORS.get(nth));
        Draft {
            author: Author {
                address: None,
                user: self.author,
                nickname: (*nickname.ok().flatten().unwrap_or(&"nobody")).to_owned(),
                alias: None,
                is_bot: false,
            },
            reply: MessageReply::Socket(SendQueue::detached()),
            destination: Destination::Public(RoomName::parse(self.room).expect("is a room name")),
            id: MessageId::parse(&format!("m{}", self.id)).expect("is an id"),
            body: DraftBody::Text(self.text()),
            precondition: Ok(()),
        }
    }
}

/// Uses few ids and fewer texts, so that many ids are sent again, some of them with another text.
fn send() -> impl Strategy<Value = TestSend> {
    let author = 1..=AUTHORS.len() as i64;
    let room = prop::sample::select(ROOMS.to_vec());
    (author, room, 0..12_u8, 0..2_u8).prop_map(|(author, room, id, text)| TestSend {
        author: UserId(author),
        room,
        id,
        text,
    })
}

/// The messages of one transaction, and the index at which it fails, if it does.
#[derive(Clone, Debug)]
struct TestBatch {
    sends: Vec<TestSend>,
    fails_at: Option<Index>,
}

fn batches() -> impl Strategy<Value = Vec<TestBatch>> {
    let fails_at = prop::option::weighted(0.2, any::<Index>());
    let sends = prop::collection::vec(send(), 0..8);
    let batch = (sends, fails_at).prop_map(|(sends, fails_at)| TestBatch { sends, fails_at });
    prop::collection::vec(batch, 0..12)
}

/// The outcome of a draft, in a form that can be compared.
#[derive(Clone, Debug, PartialEq)]
enum TestOutcome {
    Stored(Message),
    Duplicate(Message),
    Refused(Code),
}

/// The state of a writer with a data directory of its own, and the users [`AUTHORS`].
struct TestWriter {
    state: WriterState,
    store: Arc<Store>,
    _dir: tempfile::TempDir,
}

impl TestWriter {
    fn open() -> Self {
        let dir = tempfile::tempdir().expect("creates a directory");
        // No test loses power, so no commit has to wait for the disk.
        let store = Store::open(dir.path(), Durability::Normal).expect("opens the store");
        let store = Arc::new(store);
        let db = store.connect().expect("opens a connection");
        users::restart_ids_at_one(db.db()).expect("updates the sequence");
        events::corrupt_inserts_by(db.db(), CORRUPTING).expect("creates a trigger");
        events::reject_inserts_by(db.db(), UNWRITABLE).expect("creates a trigger");
        for (author, id) in AUTHORS.iter().zip(1..) {
            let nickname = Nickname::parse(author).expect("is a nickname");
            let user = users::add_user(db.db(), &nickname, NOW).expect("inserts a user");
            assert_eq!(user, UserId(id));
        }
        Self {
            state: WriterState::new(Arc::clone(&store), db, Arc::default())
                .expect("reads the timers"),
            store,
            _dir: dir,
        }
    }

    /// Writes the messages in one transaction. Returns `None` if it fails.
    fn write(&mut self, sends: &[TestSend]) -> Option<Vec<TestOutcome>> {
        let drafts = sends.iter().map(|send| WriteRequest::Send(send.draft()));
        let drafts = drafts.collect::<Vec<_>>();
        let actions = self.state.write(&drafts, NOW).actions?;
        let outcomes = actions.into_iter().map(|action| match action {
            PostCommit::Stored((message, _), _) => TestOutcome::Stored(message),
            PostCommit::Resent(first, _) => TestOutcome::Duplicate(first),
            PostCommit::Refuse(_, refusal) => TestOutcome::Refused(refusal.code),
            PostCommit::Deleted(..)
            | PostCommit::PublishAll(_)
            | PostCommit::ReadMarkerAdvanced(..)
            | PostCommit::Connect(..)
            | PostCommit::Answer(_)
            | PostCommit::Nothing => panic!("only messages are sent here"),
        });
        Some(outcomes.collect())
    }

    /// Writes the messages in a transaction that fails at this index, where the database is
    /// corrupt. The messages before it are rolled back.
    fn fail(&mut self, sends: &[TestSend], at: usize) {
        assert_eq!(self.write(&with(sends, CORRUPTING, at)), None);
        assert!(!self.store.health.can_write());
    }

    fn reader(&self) -> Connection {
        self.store.connect().expect("opens a connection")
    }
}

/// Inserts a message of this author at this index.
fn with(sends: &[TestSend], author: UserId, at: usize) -> Vec<TestSend> {
    let mut batch = sends.to_vec();
    let send = TestSend {
        author,
        room: "attic",
        id: 0,
        text: 0,
    };
    batch.insert(at, send);
    batch
}

/// Predicts the outcome of each draft, from the rules alone.
#[derive(Default)]
struct Model {
    first: HashMap<(UserId, u8), (TestSend, Message)>,
    /// The spelling of the room that has two.
    spelling: Option<&'static str>,
    newest: HashMap<&'static str, Seq>,
}

impl Model {
    fn apply(&mut self, send: TestSend) -> TestOutcome {
        let draft = send.draft();
        if let Some((first, message)) = self.first.get(&(send.author, send.id)) {
            let is_same_room = name::is_same(first.room, send.room);
            return if is_same_room && first.text == send.text {
                TestOutcome::Duplicate(message.clone())
            } else {
                TestOutcome::Refused(Code::IdReused)
            };
        }
        if send.room != ROOMS[0] && *self.spelling.get_or_insert(send.room) != send.room {
            return TestOutcome::Refused(Code::RoomNameTaken);
        }
        let seq = self.newest.entry(send.room).or_default();
        *seq += 1;
        let message = Message {
            room: send.room.to_owned(),
            seq: *seq,
            from: draft.author.nickname,
            author: send.author,
            id: draft.id.as_str().to_owned(),
            at: NOW,
            body: protocol::EventBody::Text(send.text()),
            ..Message::default()
        };
        let key = (send.author, send.id);
        self.first.insert(key, (send, message.clone()));
        TestOutcome::Stored(message)
    }
}

/// All events of a room.
fn log(db: Db<'_>, room: &str) -> Vec<Message> {
    let page = events::page_before(db, room, None, 1_000, EventFilter::All).expect("reads");
    assert!(!page.more, "the log fits into one page");
    page.messages
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn outcomes_do_not_depend_on_the_batches(batches in batches()) {
        let mut writer = TestWriter::open();
        let mut model = Model::default();
        let mut stored_events: Vec<Message> = Vec::new();
        for TestBatch { sends, fails_at } in &batches {
            if let Some(index) = fails_at {
                writer.fail(sends, index.index(sends.len() + 1));
                continue;
            }
            let outcomes = writer.write(sends).expect("the database works");
            let expected: Vec<_> = sends.iter().map(|send| model.apply(*send)).collect();
            prop_assert_eq!(&outcomes, &expected);
            stored_events.extend(outcomes.into_iter().filter_map(|outcome| match outcome {
                TestOutcome::Stored(message) => Some(message),
                TestOutcome::Duplicate(_) | TestOutcome::Refused(_) => None,
            }));
        }
        let db = writer.reader();
        for room in ROOMS {
            let reported: Vec<_> = stored_events.iter().filter(|it| it.room == room).collect();
            let seqs: Vec<_> = reported.iter().map(|message| message.seq).collect();
            prop_assert_eq!(seqs, (1..=reported.len() as Seq).collect::<Vec<_>>());
            // Nothing is stored that was not reported as stored.
            let stored = log(db.db(), room);
            prop_assert_eq!(reported, stored.iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_transaction_has_the_outcomes_of_many(
        sends in prop::collection::vec(send(), 0..40),
    ) {
        let (mut together, mut alone) = (TestWriter::open(), TestWriter::open());
        let at_once = together.write(&sends).expect("the database works");
        let one_by_one = sends.iter().map(|send| {
            alone.write(&[*send]).expect("the database works").remove(0)
        });
        prop_assert_eq!(at_once, one_by_one.collect::<Vec<_>>());
    }

    #[test]
    fn resending_refused_messages_stores_each_once(batches in batches()) {
        let mut writer = TestWriter::open();
        for TestBatch { sends, fails_at } in &batches {
            if let Some(index) = fails_at {
                writer.fail(sends, index.index(sends.len() + 1));
            }
            let first = writer.write(sends).expect("the database works again");
            let again = writer.write(sends).expect("the database works");
            for (first, again) in first.into_iter().zip(again) {
                match (first, again) {
                    (TestOutcome::Stored(first) | TestOutcome::Duplicate(first), again) => {
                        prop_assert_eq!(again, TestOutcome::Duplicate(first));
                    }
                    // The id may have been used since, in the same batch.
                    (TestOutcome::Refused(_), again) => {
                        prop_assert!(!matches!(again, TestOutcome::Stored(_)), "{again:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_message_that_cannot_be_written_is_refused_alone(
        batches in batches(),
        unwritable in prop::collection::vec(any::<Index>(), 1..4),
    ) {
        let (mut writer, mut model) = (TestWriter::open(), Model::default());
        for TestBatch { sends, fails_at } in &batches {
            if let Some(index) = fails_at {
                writer.fail(sends, index.index(sends.len() + 1));
            }
            let mut batch = sends.clone();
            for index in &unwritable {
                batch = with(&batch, UNWRITABLE, index.index(batch.len() + 1));
            }
            let outcomes = writer.write(&batch).expect("the database works");
            for (send, outcome) in batch.iter().zip(outcomes) {
                let expected = match send.author {
                    UNWRITABLE => TestOutcome::Refused(Code::Internal),
                    _ => model.apply(*send),
                };
                prop_assert_eq!(outcome, expected);
            }
            prop_assert!(writer.store.health.is_healthy());
        }
        let db = writer.reader();
        prop_assert!(log(db.db(), "attic").is_empty());
        prop_assert!(rooms::log(db.db(), "attic").expect("reads").is_none(), "no room");
    }

    #[test]
    fn batches_keep_the_order_and_their_limits(
        sizes in prop_oneof![
            prop::collection::vec(0..50_usize, 0..1_200),
            prop::collection::vec(0..16_000_usize, 0..300),
        ],
    ) {
        let (queue, mut receiver) = RequestQueue::new();
        for size in &sizes {
            let send = TestSend { author: UserId(1), room: ROOMS[0], id: 0, text: 0 };
            let body = DraftBody::Text("x".repeat(*size));
            queue.push_unbounded(WriteRequest::Send(Draft { body, ..send.draft() }));
        }
        drop(queue);
        let mut taken = Vec::new();
        while let Some(batch) = receiver.next() {
            let batch: Vec<_> = batch.iter().map(WriteRequest::bytes).collect();
            prop_assert!(batch.len() <= limits::WRITER_BATCH);
            // Only the last request may exceed the limit.
            prop_assert!(batch[..batch.len() - 1].iter().sum::<usize>() < BATCH_BYTES);
            taken.extend(batch);
        }
        prop_assert_eq!(taken, sizes);
    }
}
