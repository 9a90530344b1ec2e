//! Whatever people try in games, and whichever batches fail: what is kept of games is what the log
//! adds up to.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::{
    Message, MessageId, RoomName, Seq, UserId,
    games::{Act, Game, GameName},
};

use super::{
    AUTHORS, Author, Destination, Draft, DraftBody, NOBODY, NOW, Office, Outcome, ROOMS, Reply,
    Saying, UNWRITABLE, WriteRequest, log,
};
use crate::{
    send_queue::SendQueue,
    store::{self, Connection, events, games, rooms},
};

/// What somebody tries; the game is one of the first few events, whatever those are.
#[derive(Clone, Debug)]
struct Try {
    author: i64,
    room: &'static str,
    act: Act,
}

impl Try {
    fn draft(&self, nth: usize) -> WriteRequest {
        WriteRequest::Send(Draft {
            author: Author {
                user: UserId(self.author),
                nickname: AUTHORS[self.author as usize - 1].to_owned(),
                alias: None,
                is_bot: false,
            },
            reply: Reply::Socket(SendQueue::detached()),
            destination: Destination::Public(RoomName::parse(self.room).expect("a room's name")),
            id: MessageId::parse(&format!("t{nth}")).expect("an id"),
            body: DraftBody::Game(self.act.clone()),
            is_charged: false,
        })
    }
}

fn attempt() -> impl Strategy<Value = Try> {
    let invite = (
        any::<bool>(),
        prop::sample::select(AUTHORS.to_vec()),
        0..2_u32,
    )
        .prop_map(|(to_one, whom, clock)| Act::Invite {
            game: GameName::TicTacToe,
            with: to_one.then(|| whom.to_owned()),
            clock: Some(clock),
        });
    let of = 1..8_u64;
    let places = prop::sample::select(vec!["a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3"]);
    let act = prop_oneof![
        2 => invite,
        3 => of.clone().prop_map(|of| Act::Accept { of }),
        20 => (of.clone(), places).prop_map(|(of, at)| Act::Move { of, at: at.to_owned() }),
        1 => of.clone().prop_map(|of| Act::Decline { of }),
        1 => of.clone().prop_map(|of| Act::Withdraw { of }),
        1 => of.clone().prop_map(|of| Act::Resign { of }),
        2 => of.clone().prop_map(|of| Act::Draw { of }),
        2 => of.prop_map(|of| Act::Rematch { of }),
    ];
    let author = 1..=AUTHORS.len() as i64;
    let room = prop::sample::select(ROOMS[..2].to_vec());
    (author, room, act).prop_map(|(author, room, act)| Try { author, room, act })
}

/// Takes in the logs anew, in a database that knows of no game.
fn rebuilt(db: &Connection) -> Connection {
    let anew = store::in_memory();
    for room in &ROOMS[..2] {
        let Some(place) = rooms::log(db, room).expect("an answer") else {
            continue;
        };
        for event in log(db, room).iter().filter(|event| event.played.is_some()) {
            games::apply_event(&anew, place.room_id, event).expect("an event of a game");
        }
    }
    anew
}

/// The games of a log, as every client makes them of it.
fn folded(log: &[Message]) -> BTreeMap<Seq, Game> {
    let mut games = BTreeMap::<Seq, Game>::new();
    for event in log {
        match event.played.as_ref().and_then(|played| played.of()) {
            Some(of) => {
                games.get_mut(&of).expect("its card").hear(event);
            }
            None => {
                let game = Game::of(event).expect("a card");
                if let Some(before) = game.again.and_then(|again| games.get_mut(&again)) {
                    before.hear(event);
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
    fn what_is_kept_of_games_is_what_their_log_adds_up_to(
        attempts in prop::collection::vec(attempt(), 0..120),
        size in 1..8_usize,
        fails in prop::option::of(0..16_usize),
        refused in prop::option::of(0..16_usize),
    ) {
        let mut office = Office::open();
        let drafts: Vec<_> = attempts.iter().enumerate().collect();
        let mut now = NOW;
        for (nth, batch) in drafts.chunks(size).enumerate() {
            let writes = || batch.iter().map(|(nth, it)| it.draft(*nth));
            if fails == Some(nth) {
                // All that it did, and the clocks that it ended, has to go again.
                let nobody = Saying { author: NOBODY, room: ROOMS[0], id: 0, text: 0 };
                let failing = writes().chain([WriteRequest::TimeoutGames, WriteRequest::Send(nobody.draft())]);
                prop_assert!(office.state.write(&failing.collect::<Vec<_>>(), now).outcomes.is_none());
            }
            let mut written: Vec<_> = writes().collect();
            if refused == Some(nth) {
                // Nothing but itself.
                let unwritable = Saying { author: UNWRITABLE, room: ROOMS[0], id: 0, text: 0 };
                written.push(WriteRequest::Send(unwritable.draft()));
            }
            prop_assert!(office.state.write(&written, now).outcomes.is_some());
            // Now and then a clock runs out.
            now += 400;
            let ended = office.desk.write(&[WriteRequest::TimeoutGames], now).outcomes.expect("the disk is well");
            prop_assert!(matches!(&ended[..], [Outcome::TimedOut(_)]));
        }
        let due = games::next_due(&office.reader()).expect("an answer");
        prop_assert!(due.is_none_or(|due| due > now), "nothing is overdue");
        let db = office.reader();
        prop_assert_eq!(games::dump(&db), games::dump(&rebuilt(&db)));
        for room in &ROOMS[..2] {
            let log = log(&db, room);
            let hidden = log.iter().scan(0, |hidden, event| {
                *hidden += Seq::from(event.is_hidden());
                Some(*hidden)
            });
            prop_assert!(log.iter().map(|event| event.hidden).eq(hidden), "each is counted");
            for (of, game) in folded(&log) {
                let card = log.iter().find(|event| event.seq == of).expect("its card");
                let told = Game { left: None, ..*card.game.clone().expect("its state") };
                prop_assert_eq!(told, game);
            }
        }
    }
}

#[test]
fn a_game_that_cannot_be_ended_loses_its_clock_and_stops_nobody() {
    let mut office = Office::open();
    let db = office.reader();
    // The sixth event is the end of the second game.
    events::reject_inserts_at(&db, 6).expect("a trigger");
    let invite = |nth| Try {
        author: nth,
        room: ROOMS[0],
        act: Act::Invite {
            game: GameName::TicTacToe,
            with: None,
            clock: Some(1),
        },
    };
    let accept = |nth, of| Try {
        author: nth,
        room: ROOMS[0],
        act: Act::Accept { of },
    };
    let tries = [invite(1), invite(2), accept(3, 1), accept(3, 2)];
    let tries = tries.iter().enumerate();
    let writes: Vec<_> = tries.map(|(nth, it)| it.draft(nth)).collect();
    office.state.sockets.open(UserId(1));
    office.state.sockets.open(UserId(2));
    assert!(office.state.write(&writes, NOW).outcomes.is_some());
    let ended = office
        .state
        .write(&[WriteRequest::TimeoutGames], NOW + 2_000)
        .outcomes;
    let ended = ended.expect("the disk is well");
    assert!(matches!(&ended[..], [Outcome::TimedOut(ended)] if ended.len() == 1));
    assert_eq!(games::next_due(&db).expect("an answer"), None);
    assert!(office.store.health.is_healthy());
    let seqs: Vec<_> = log(&db, ROOMS[0]).iter().map(|it| it.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
}
