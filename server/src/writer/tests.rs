//! However what is said is cut into batches, and whichever of them fail: every room is a log without
//! a gap, and everything is said once.

use std::collections::HashMap;

use proptest::{prelude::*, sample::Index};
use protocol::{Message, MessageId, Nickname, RoomName, Seq, name};

use super::{
    queue::BATCH_BYTES,
    requests::{Outcome, WriteRequest},
    state::WriterState,
    *,
};
use crate::{
    send_queue::SendQueue,
    store::{
        Connection, Durability,
        events::{self, EventFilter},
        rooms, users,
    },
};

mod games;
mod retries;

const NOW: i64 = 1_000;
/// The database is corrupt where it would write what this one says.
const NOBODY: UserId = UserId(99);
/// Nothing that this one says can be written.
const UNWRITABLE: UserId = UserId(98);
const AUTHORS: [&str; 3] = ["Toto", "Tata", "Titi"];
/// The last two are one room: it is called what the first one who speaks there calls it.
const ROOMS: [&str; 3] = ["cake", "tea", "Tea"];

/// A draft in short: who says what where, under which id.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Saying {
    author: UserId,
    room: &'static str,
    id: u8,
    text: u8,
}

impl Saying {
    fn words(self) -> String {
        format!("text {}", self.text)
    }

    fn draft(self) -> Draft {
        let nickname = usize::try_from(self.author.0 - 1).map(|nth| AUTHORS.get(nth));
        Draft {
            author: Author {
                user: self.author,
                nickname: (*nickname.ok().flatten().unwrap_or(&"nobody")).to_owned(),
                alias: None,
                is_bot: false,
            },
            reply: Reply::Socket(SendQueue::detached()),
            destination: Destination::Public(RoomName::parse(self.room).expect("a room's name")),
            id: MessageId::parse(&format!("m{}", self.id)).expect("an id"),
            body: DraftBody::Text(self.words()),
            is_charged: false,
        }
    }
}

/// Of few ids and fewer texts, so that much is said again, and some of it otherwise.
fn saying() -> impl Strategy<Value = Saying> {
    let author = 1..=AUTHORS.len() as i64;
    let room = prop::sample::select(ROOMS.to_vec());
    (author, room, 0..12_u8, 0..2_u8).prop_map(|(author, room, id, text)| Saying {
        author: UserId(author),
        room,
        id,
        text,
    })
}

/// What is said in one transaction, and where in it the database will have no more, if it fails.
#[derive(Clone, Debug)]
struct Batch {
    sayings: Vec<Saying>,
    fails_at: Option<Index>,
}

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let fails_at = prop::option::weighted(0.2, any::<Index>());
    let sayings = prop::collection::vec(saying(), 0..8);
    let batch = (sayings, fails_at).prop_map(|(sayings, fails_at)| Batch { sayings, fails_at });
    prop::collection::vec(batch, 0..12)
}

/// What came of a draft, in a shape that can be compared.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Said(Message),
    SaidBefore(Message),
    Refused(Code),
}

/// A desk on a folder of its own, and three users who may speak.
struct Office {
    state: WriterState,
    store: Arc<Store>,
    _folder: tempfile::TempDir,
}

impl Office {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // What a loss of power would leave is not asked here, and not waited for.
        let store = Store::open(folder.path(), Durability::Normal).expect("a store");
        let store = Arc::new(store);
        let db = store.connect().expect("a connection");
        users::restart_ids_at_one(&db).expect("a fresh database");
        events::corrupt_inserts_by(&db, NOBODY).expect("a trigger");
        events::reject_inserts_by(&db, UNWRITABLE).expect("a trigger");
        for (author, id) in AUTHORS.iter().zip(1..) {
            let nickname = Nickname::parse(author).expect("a nickname");
            let user = users::add_user(&db, &nickname, NOW).expect("a user");
            assert_eq!(user, UserId(id));
        }
        Self {
            desk: WriterState::new(Arc::clone(&store), db).expect("a desk"),
            store,
            _folder: folder,
        }
    }

    /// Writes the drafts in one transaction; none if that failed.
    fn write(&mut self, sayings: &[Saying]) -> Option<Vec<Answer>> {
        let drafts = sayings
            .iter()
            .map(|saying| WriteRequest::Send(saying.draft()));
        let outcomes = self
            .state
            .write(&drafts.collect::<Vec<_>>(), NOW)
            .outcomes?;
        let answers = outcomes.into_iter().map(|outcome| match outcome {
            Outcome::Stored { message, .. } => Answer::Said(message),
            Outcome::Duplicate(first) => Answer::SaidBefore(first),
            Outcome::Refused(refusal) => Answer::Refused(refusal.code),
            Outcome::TimedOut(_)
            | Outcome::ReadMarkerAdvanced(_)
            | Outcome::Authenticated { .. }
            | Outcome::Done => {
                unreachable!("nobody but people who say something is here")
            }
        });
        Some(answers.collect())
    }

    /// Writes what is said up to a place where a transaction fails: the database is corrupt there, and
    /// what it has taken before has to go again.
    fn fail(&mut self, sayings: &[Saying], place: usize) {
        assert_eq!(self.write(&with(sayings, NOBODY, place)), None);
        assert!(!self.store.health.can_write());
    }

    fn reader(&self) -> Connection {
        self.store.connect().expect("a connection")
    }
}

/// The same, and at this place something that this author says.
fn with(sayings: &[Saying], author: UserId, place: usize) -> Vec<Saying> {
    let mut batch = sayings.to_vec();
    let saying = Saying {
        author,
        room: "attic",
        id: 0,
        text: 0,
    };
    batch.insert(place, saying);
    batch
}

/// What has to come of each draft, from the rules alone.
#[derive(Default)]
struct Rules {
    first: HashMap<(UserId, u8), (Saying, Message)>,
    /// How the room of two spellings is written.
    spelling: Option<&'static str>,
    newest: HashMap<&'static str, Seq>,
}

impl Rules {
    fn answer(&mut self, saying: Saying) -> Answer {
        let draft = saying.draft();
        if let Some((first, message)) = self.first.get(&(saying.author, saying.id)) {
            let is_same_room = name::is_same(first.room, saying.room);
            return if is_same_room && first.text == saying.text {
                Answer::SaidBefore(message.clone())
            } else {
                Answer::Refused(Code::IdReused)
            };
        }
        if saying.room != ROOMS[0] && *self.spelling.get_or_insert(saying.room) != saying.room {
            return Answer::Refused(Code::RoomNameTaken);
        }
        let seq = self.newest.entry(saying.room).or_default();
        *seq += 1;
        let message = Message {
            room: saying.room.to_owned(),
            seq: *seq,
            from: draft.author.nickname,
            author: saying.author,
            id: draft.id.as_str().to_owned(),
            text: saying.words(),
            at: NOW,
            ..Message::default()
        };
        let key = (saying.author, saying.id);
        self.first.insert(key, (saying, message.clone()));
        Answer::Said(message)
    }
}

/// What a room's log holds.
fn log(db: &Connection, room: &str) -> Vec<Message> {
    let page = events::page_before(db, room, None, 1_000, EventFilter::All).expect("a page");
    assert!(!page.more, "so little fits into one page");
    page.messages
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn however_it_is_cut_everybody_is_answered_by_the_same_rules(batches in batches()) {
        let mut office = Office::open();
        let mut rules = Rules::default();
        let mut said: Vec<Message> = Vec::new();
        for Batch { sayings, fails_at } in &batches {
            if let Some(place) = fails_at {
                office.fail(sayings, place.index(sayings.len() + 1));
                continue;
            }
            let answers = office.write(sayings).expect("the disk is well");
            let expected: Vec<_> = sayings.iter().map(|saying| rules.answer(*saying)).collect();
            prop_assert_eq!(&answers, &expected);
            said.extend(answers.into_iter().filter_map(|answer| match answer {
                Answer::Said(message) => Some(message),
                Answer::SaidBefore(_) | Answer::Refused(_) => None,
            }));
        }
        let db = office.reader();
        for room in ROOMS {
            let told: Vec<_> = said.iter().filter(|message| message.room == room).collect();
            let seqs: Vec<_> = told.iter().map(|message| message.seq).collect();
            prop_assert_eq!(seqs, (1..=told.len() as Seq).collect::<Vec<_>>());
            // What nobody was told is not there either.
            let stored = log(&db, room);
            prop_assert_eq!(told, stored.iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_transaction_for_all_does_the_same_as_one_for_each(
        sayings in prop::collection::vec(saying(), 0..40),
    ) {
        let (mut together, mut alone) = (Office::open(), Office::open());
        let at_once = together.write(&sayings).expect("the disk is well");
        let one_by_one = sayings.iter().map(|saying| {
            alone.write(&[*saying]).expect("the disk is well").remove(0)
        });
        prop_assert_eq!(at_once, one_by_one.collect::<Vec<_>>());
    }

    #[test]
    fn who_sends_again_whatever_was_refused_is_heard_once(batches in batches()) {
        let mut office = Office::open();
        for Batch { sayings, fails_at } in &batches {
            if let Some(place) = fails_at {
                office.fail(sayings, place.index(sayings.len() + 1));
            }
            let first = office.write(sayings).expect("the disk is well again");
            let again = office.write(sayings).expect("the disk is well");
            for (first, again) in first.into_iter().zip(again) {
                match (first, again) {
                    (Answer::Said(first) | Answer::SaidBefore(first), again) => {
                        prop_assert_eq!(again, Answer::SaidBefore(first));
                    }
                    // Its id may have been used since, in the very same batch.
                    (Answer::Refused(_), again) => {
                        prop_assert!(!matches!(again, Answer::Said(_)), "{again:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_written_is_refused_alone(
        batches in batches(),
        unwritable in prop::collection::vec(any::<Index>(), 1..4),
    ) {
        let (mut office, mut rules) = (Office::open(), Rules::default());
        for Batch { sayings, fails_at } in &batches {
            if let Some(place) = fails_at {
                office.fail(sayings, place.index(sayings.len() + 1));
            }
            let mut batch = sayings.clone();
            for place in &unwritable {
                batch = with(&batch, UNWRITABLE, place.index(batch.len() + 1));
            }
            let answers = office.write(&batch).expect("the disk is well");
            for (saying, answer) in batch.iter().zip(answers) {
                let expected = match saying.author {
                    UNWRITABLE => Answer::Refused(Code::Internal),
                    _ => rules.answer(*saying),
                };
                prop_assert_eq!(answer, expected);
            }
            prop_assert!(office.store.health.is_healthy());
        }
        let db = office.reader();
        prop_assert!(log(&db, "attic").is_empty());
        prop_assert!(rooms::log(&db, "attic").expect("an answer").is_none(), "its room neither");
    }

    #[test]
    fn what_queues_up_is_taken_in_order_and_never_too_much_at_once(
        sizes in prop_oneof![
            prop::collection::vec(0..50_usize, 0..1_200),
            prop::collection::vec(0..16_000_usize, 0..300),
        ],
    ) {
        let (queue, mut waiting) = RequestQueue::new();
        for size in &sizes {
            let saying = Saying { author: UserId(1), room: ROOMS[0], id: 0, text: 0 };
            let body = DraftBody::Text("x".repeat(*size));
            queue.push_unbounded(WriteRequest::Send(Draft { body, ..saying.draft() }));
        }
        drop(queue);
        let mut taken = Vec::new();
        while let Some(batch) = waiting.next() {
            let batch: Vec<_> = batch.iter().map(WriteRequest::bytes).collect();
            prop_assert!(batch.len() <= limits::WRITER_BATCH);
            // Only the last one may go beyond.
            prop_assert!(batch[..batch.len() - 1].iter().sum::<usize>() < BATCH_BYTES);
            taken.extend(batch);
        }
        prop_assert_eq!(taken, sizes);
    }
}
