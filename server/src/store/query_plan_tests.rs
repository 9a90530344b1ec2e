//! However much is stored, whatever is asked for a message, a page or somebody who comes in finds
//! its rows by an index.

use std::sync::mpsc;

use protocol::{
    Kind, Message, Nickname, RoomName, UserId,
    games::{GameName, Played},
};
use rusqlite::{
    Connection,
    trace::{TraceEvent, TraceEventCodes},
};

use super::{
    events::{self, EventFilter},
    game_messages, games, in_memory, read_markers, rooms,
    users::{self, SecretHash},
};

const NOW: i64 = 1_000_000;

/// A server with somebody in it who has said something, and what was asked of the database for that.
fn ask_all(db: &Connection) {
    let anna = Nickname::parse("Anna").expect("a nickname");
    let ben = Nickname::parse("Ben").expect("a nickname");
    let secret = SecretHash::of("secret");
    let come_in = |nickname| {
        assert!(!users::is_in_use(db, nickname, None, NOW).expect("an answer"));
        let user = users::add_user(db, nickname, NOW).expect("a user");
        assert!(users::reserve_nickname(db, user, nickname, 1_000, NOW).expect("a claim"));
        user
    };
    let (anna, ben) = (come_in(&anna), come_in(&ben));
    users::add_session(db, secret, anna, 1_000, NOW).expect("a session");
    users::session(db, secret, NOW).expect("an answer");
    users::reserved_nickname(db, anna, NOW).expect("an answer");
    users::stop_expiry(db, anna).expect("held");
    users::start_expiry(db, anna, NOW).expect("let go");

    let tea = RoomName::parse("tea").expect("a name");
    assert!(!rooms::confusable(db, &tea).expect("an answer"));
    let log = rooms::add_public(db, &tea).expect("a room");
    let message = message(anna);
    assert!(events::add(db, log, &message).expect("written"));
    assert!(!events::add(db, log, &message).expect("an answer"));
    let log = rooms::LogState { last_seq: 1, ..log };
    rooms::set_last(db, log, NOW).expect("written");
    events::find_by_client_id(db, anna, "1").expect("an answer");
    assert!(read_markers::advance(db, anna, log, 1).expect("written"));

    rooms::log(db, "tea").expect("an answer");
    events::page_before(db, "tea", Some(9), 50, EventFilter::Visible).expect("a page");
    events::hidden_up_to(db, log.room_id, 1).expect("an answer");
    play(db, log, &message);
    events::page_after(db, "tea", 0).expect("a page");
    read_markers::of(db, anna, "tea").expect("an answer");
    rooms::direct_between(db, anna, ben).expect("an answer");
    rooms::add_direct(db, "@1", anna, ben).expect("a conversation");
    rooms::direct(db, "@1").expect("an answer");
    rooms::last_nickname(db, ben).expect("an answer");
    rooms::directs_of(db, anna, 500, NOW).expect("an answer");
}

/// A game that is offered, accepted and given up.
fn play(db: &Connection, log: rooms::LogState, card: &Message) {
    let happens = |seq, played| {
        let event = Message {
            seq,
            id: seq.to_string(),
            kind: Some(Kind::Game),
            played: Some(Box::new(played)),
            ..card.clone()
        };
        games::apply_event(db, log.room_id, &event).expect("an event of a game");
        assert!(events::add(db, log, &event).expect("written"));
    };
    happens(
        2,
        Played::Invited {
            game: GameName::ALL[0],
            with: None,
            clock: 60,
            again: None,
            first: None,
        },
    );
    let first = UserId(i64::MAX);
    happens(3, Played::Accepted { of: 2, first });
    assert!(games::next_due(db).expect("an answer").is_some());
    games::overdue(db, NOW * 2, 9).expect("an answer");
    games::record_alive(db, NOW).expect("noted");
    games::count_of_user(db, card.author, false).expect("an answer");
    game_messages::of_user(db, card.author).expect("an answer");
    happens(4, Played::Resigned { of: 2 });
    games::scores(db, "tea", card.author).expect("an answer");
}

fn message(author: UserId) -> Message {
    Message {
        room: "tea".into(),
        seq: 1,
        from: "Anna".into(),
        author,
        id: "1".into(),
        text: "Is anybody here?".into(),
        at: NOW,
        ..Message::default()
    }
}

/// SQLite's words for how it finds the rows of a statement.
fn plan(db: &Connection, statement: &str) -> Vec<String> {
    let mut explained = db
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .expect("a statement");
    // Whatever the values are: the plan is the same.
    let steps = explained.raw_query().mapped(|row| row.get("detail"));
    steps.collect::<Result<_, _>>().expect("a plan")
}

#[test]
fn nothing_that_is_asked_every_day_looks_through_a_whole_table() {
    let mut db = in_memory();
    let (sender, statements) = mpsc::channel();
    db.trace_v2(
        TraceEventCodes::SQLITE_TRACE_STMT,
        Some(move |event: TraceEvent<'_>| {
            if let TraceEvent::Stmt(statement, _) = event {
                let _ = sender.send(statement.sql().into_owned());
            }
        }),
    )
    .expect("a trace");
    ask_all(&db);
    db.trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>)
        .expect("no trace");
    let mut statements: Vec<_> = statements.try_iter().collect();
    statements.sort();
    statements.dedup();
    assert!(statements.len() > 20, "{statements:?}");
    for statement in statements {
        println!("{statement}");
        for step in plan(&db, &statement) {
            println!("    {step}");
            let looks_through = step.starts_with("SCAN") || step.starts_with("USE TEMP B-TREE");
            let is_of_few = match step.as_str() {
                "SCAN CONSTANT ROW" => true,
                // One's own private conversations are put in order once they are found.
                "SCAN r" | "USE TEMP B-TREE FOR ORDER BY" => statement.contains("UNION ALL"),
                _ => false,
            };
            assert!(!looks_through || is_of_few, "{step} for {statement}");
        }
    }
}
