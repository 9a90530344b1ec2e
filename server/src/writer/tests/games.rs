//! Checks with random actions in games, in batches of which some fail, that the stored games are
//! those that the log leads to.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::{
    Message, MessageId, RoomName, Seq, UserId,
    games::{Act, Game, GameName},
};

use super::{
    AUTHORS, Author, CORRUPTING, Destination, Draft, DraftBody, MessageReply, NOW, PostCommit,
    ROOMS, TestSend, TestWriter, UNWRITABLE, WriteRequest, log,
};
use crate::{
    send_queue::SendQueue,
    store::{self, Connection, Db, events, games, rooms},
};

/// An action that a user sends. Its game is one of the first events of the room, which need not be
/// a game message.
#[derive(Clone, Debug)]
struct TestAction {
    author: i64,
    room: &'static str,
    act: Act,
}

impl TestAction {
    fn request(&self, nth: usize) -> WriteRequest {
        WriteRequest::Send(Draft {
            author: Author {
                address: None,
                user: UserId(self.author),
                nickname: AUTHORS[self.author as usize - 1].to_owned(),
                alias: None,
                is_bot: false,
            },
            reply: MessageReply::Socket(SendQueue::detached()),
            destination: Destination::Public(RoomName::parse(self.room).expect("is a room name")),
            id: MessageId::parse(&format!("t{nth}")).expect("is an id"),
            body: DraftBody::Game(self.act.clone()),
            precondition: Ok(()),
        })
    }
}

fn action() -> impl Strategy<Value = TestAction> {
    let invite = (
        any::<bool>(),
        prop::sample::select(AUTHORS.to_vec()),
        0..2_u32,
    )
        .prop_map(|(is_private, nickname, clock)| Act::Invite {
            game: GameName::TicTacToe,
            with: is_private.then(|| nickname.to_owned()),
            clock: Some(clock),
        });
    let of = 1..8_u64;
    let cells = prop::sample::select(vec!["a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3"]);
    let act = prop_oneof![
        2 => invite,
        3 => of.clone().prop_map(|of| Act::Accept { of }),
        20 => (of.clone(), cells).prop_map(|(of, at)| Act::Move { of, at: at.to_owned() }),
        1 => of.clone().prop_map(|of| Act::Decline { of }),
        1 => of.clone().prop_map(|of| Act::Withdraw { of }),
        1 => of.clone().prop_map(|of| Act::Resign { of }),
        2 => of.clone().prop_map(|of| Act::Draw { of }),
        2 => of.prop_map(|of| Act::Rematch { of }),
    ];
    let author = 1..=AUTHORS.len() as i64;
    let room = prop::sample::select(ROOMS[..2].to_vec());
    (author, room, act).prop_map(|(author, room, act)| TestAction { author, room, act })
}

/// Applies the events of the logs to an empty database.
fn rebuilt(db: Db<'_>) -> Connection {
    let rebuilt = store::in_memory();
    for room in &ROOMS[..2] {
        let Some(state) = rooms::log(db, room).expect("reads") else {
            continue;
        };
        for event in log(db, room)
            .iter()
            .filter(|event| event.played().is_some())
        {
            games::apply_event(rebuilt.db(), state.room_id, event, event.at).expect("applies");
        }
    }
    rebuilt
}

/// The games of a log, as each client computes them.
fn folded(log: &[Message]) -> BTreeMap<Seq, Game> {
    let mut games = BTreeMap::<Seq, Game>::new();
    for event in log {
        match event.played().and_then(|played| played.of()) {
            Some(of) => {
                games
                    .get_mut(&of)
                    .expect("follows its game message")
                    .apply(event);
            }
            None => {
                let game = Game::of(event).expect("is a game message");
                if let Some(before) = game.again.and_then(|again| games.get_mut(&again)) {
                    before.apply(event);
                }
                games.insert(event.seq, game);
            }
        }
    }
    games
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn stored_games_are_those_of_the_log(
        actions in prop::collection::vec(action(), 0..120),
        size in 1..8_usize,
        fails in prop::option::of(0..16_usize),
        refused in prop::option::of(0..16_usize),
    ) {
        let mut writer = TestWriter::open();
        let actions: Vec<_> = actions.iter().enumerate().collect();
        let mut now = NOW;
        for (nth, batch) in actions.chunks(size).enumerate() {
            let requests = || batch.iter().map(|(nth, it)| it.request(*nth));
            if fails == Some(nth) {
                // The batch and the games that timed out with it are rolled back.
                let corrupting = TestSend { author: CORRUPTING, room: ROOMS[0], id: 0, text: 0 };
                let failing = [WriteRequest::TimeoutGames, WriteRequest::Send(corrupting.draft())];
                let failing: Vec<_> = requests().chain(failing).collect();
                prop_assert!(writer.state.write(&failing, now).actions.is_none());
            }
            let mut written: Vec<_> = requests().collect();
            if refused == Some(nth) {
                // This message is refused alone.
                let unwritable = TestSend { author: UNWRITABLE, room: ROOMS[0], id: 0, text: 0 };
                written.push(WriteRequest::Send(unwritable.draft()));
            }
            prop_assert!(writer.state.write(&written, now).actions.is_some());
            // Now and then a timer runs out.
            now += 400;
            let ended = writer.state.write(&[WriteRequest::TimeoutGames], now).actions;
            prop_assert!(matches!(ended.as_deref(), Some([PostCommit::PublishAll(_)])));
        }
        let due = games::next_due(writer.reader().db()).expect("reads");
        prop_assert!(due.is_none_or(|due| due > now), "nothing is overdue");
        let db = writer.reader();
        prop_assert_eq!(games::dump(db.db()), games::dump(rebuilt(db.db()).db()));
        for room in &ROOMS[..2] {
            let log = log(db.db(), room);
            let hidden = log.iter().scan(0, |hidden, event| {
                *hidden += Seq::from(event.is_hidden());
                Some(*hidden)
            });
            prop_assert!(log.iter().map(|event| event.hidden).eq(hidden), "all are counted");
            for (of, game) in folded(&log) {
                let message = log.iter().find(|event| event.seq == of).expect("is in the log");
                let stored = message.game_state().cloned().expect("has a state");
                prop_assert_eq!(Game { left: None, ..stored }, game);
            }
        }
    }
}

#[test]
fn a_game_that_cannot_be_ended_loses_its_timer_and_blocks_no_other() {
    let mut writer = TestWriter::open();
    let db = writer.reader();
    // The sixth event is the end of the second game.
    events::reject_inserts_at(db.db(), 6).expect("creates a trigger");
    let invite = |author| TestAction {
        author,
        room: ROOMS[0],
        act: Act::Invite {
            game: GameName::TicTacToe,
            with: None,
            clock: Some(1),
        },
    };
    let accept = |author, of| TestAction {
        author,
        room: ROOMS[0],
        act: Act::Accept { of },
    };
    let actions = [invite(1), invite(2), accept(3, 1), accept(3, 2)];
    let actions = actions.iter().enumerate();
    let requests: Vec<_> = actions.map(|(nth, it)| it.request(nth)).collect();
    writer.state.sockets.open(UserId(1), 1);
    writer.state.sockets.open(UserId(2), 2);
    assert!(writer.state.write(&requests, NOW).actions.is_some());
    let ended = writer
        .state
        .write(&[WriteRequest::TimeoutGames], NOW + 2_000)
        .actions;
    let ended = ended.expect("the database works");
    assert!(matches!(&ended[..], [PostCommit::PublishAll(ended)] if ended.len() == 1));
    assert_eq!(games::next_due(db.db()).expect("reads"), None);
    assert!(writer.store.health.is_healthy());
    let seqs: Vec<_> = log(db.db(), ROOMS[0]).iter().map(|it| it.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
}
