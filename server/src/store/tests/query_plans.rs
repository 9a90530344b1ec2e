//! Checks that the frequent queries find their rows by an index, however much is stored: those of a
//! message, a page, a sign-in and a game.

use std::{collections::BTreeSet, sync::mpsc};

use protocol::{
    Message, Nickname, RoomName, UserId,
    games::{GameName, Played},
};
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::store::{
    Connection, Db, directory,
    events::{self, EventFilter},
    game_messages, games, in_memory, read_markers, rooms,
    users::{self, SecretHash},
};

const NOW: i64 = 1_000_000;

/// Runs the queries of two sign-ins, a message, the pages of a room, a game and a private
/// conversation.
fn run_frequent_queries(db: Db<'_>) {
    let anna = Nickname::parse("Anna").expect("is a nickname");
    let ben = Nickname::parse("Ben").expect("is a nickname");
    let secret = SecretHash::of("secret");
    let sign_in = |nickname| {
        assert!(!users::is_in_use(db, nickname, None, NOW).expect("reads"));
        let user = users::add_user(db, nickname, NOW).expect("inserts");
        assert!(users::reserve_nickname(db, user, nickname, 1_000, NOW).expect("reserves"));
        user
    };
    let (anna, ben) = (sign_in(&anna), sign_in(&ben));
    users::add_session(db, secret, anna, 1_000, NOW).expect("inserts");
    users::session(db, secret, NOW).expect("reads");
    users::reserved_nickname(db, anna, NOW).expect("reads");
    users::stop_expiry(db, anna).expect("stops");
    users::start_expiry(db, anna, NOW).expect("starts");

    let tea = RoomName::parse("tea").expect("is a room name");
    assert!(!rooms::confusable(db, &tea).expect("reads"));
    let log = rooms::add_public(db, &tea).expect("inserts");
    let message = message(anna);
    assert!(events::add(db, log, &message).expect("writes"));
    assert!(!events::add(db, log, &message).expect("reads"));
    let log = rooms::LogState { last_seq: 1, ..log };
    rooms::set_last(db, log, NOW).expect("writes");
    events::find_by_client_id(db, anna, "1").expect("reads");
    assert!(read_markers::advance(db, anna, log, 1).expect("writes"));

    rooms::log(db, "tea").expect("reads");
    events::page_before(db, "tea", Some(9), 50, EventFilter::Visible).expect("reads");
    events::hidden_up_to(db, log.room_id, 1).expect("reads");
    run_game_queries(db, log, &message);
    events::page_after(db, "tea", 0).expect("reads");
    read_markers::of(db, anna, "tea").expect("reads");
    rooms::direct_between(db, anna, ben).expect("reads");
    let id = format!("@{:032}", 1);
    rooms::add_direct(db, &id, anna, ben).expect("inserts");
    rooms::direct(db, &id).expect("reads").expect("is stored");
    rooms::direct_of(db, anna, &id)
        .expect("reads")
        .expect("is a member");
    rooms::last_nicknames(db, [anna, ben]).expect("reads");
    rooms::last_nickname(db, ben).expect("reads");
    rooms::directs_of(db, anna, 500, NOW).expect("reads");
    directory::texts_of(db, anna, "", 9).expect("reads");
}

/// Runs the queries of a game that is offered, accepted and resigned.
fn run_game_queries(db: Db<'_>, log: rooms::LogState, message: &Message) {
    let apply = |seq, played: Played| {
        let event = Message {
            seq,
            id: seq.to_string(),
            body: played.into(),
            ..message.clone()
        };
        games::apply_event(db, log.room_id, &event, event.at).expect("applies");
        assert!(events::add(db, log, &event).expect("writes"));
    };
    apply(2, invited());
    let first = UserId(i64::MAX);
    apply(3, Played::Accepted { of: 2, first });
    assert!(games::next_due(db).expect("reads").is_some());
    games::overdue(db, NOW * 2, 9).expect("reads");
    games::record_alive(db, NOW).expect("writes");
    games::count_of_user(db, message.author, false).expect("reads");
    game_messages::of_user(db, message.author).expect("reads");
    apply(4, Played::Resigned { of: 2 });
    games::scores(db, "tea", message.author).expect("reads");
}

/// An invitation to everybody.
fn invited() -> Played {
    Played::Invited {
        game: GameName::ALL[0],
        with: None,
        clock: 60,
        again: None,
        first: None,
    }
}

fn message(author: UserId) -> Message {
    Message {
        room: "tea".into(),
        seq: 1,
        from: "Anna".into(),
        author,
        id: "1".into(),
        at: NOW,
        body: "Is anybody here?".into(),
        ..Message::default()
    }
}

/// Returns the steps in which SQLite finds the rows of a statement.
fn plan(db: &rusqlite::Connection, statement: &str) -> Vec<String> {
    let mut explained = db
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .expect("prepares");
    // The plan does not depend on the values, so none are bound.
    let steps = explained.raw_query().mapped(|row| row.get("detail"));
    steps.collect::<Result<_, _>>().expect("explains")
}

/// The statements that [`run_frequent_queries`] runs, in alphabetical order.
pub fn frequent_statements() -> Vec<String> {
    let Connection::Sqlite(mut db) = in_memory();
    let statements: BTreeSet<_> = traced(&mut db, run_frequent_queries).into_iter().collect();
    assert!(statements.len() > 20, "{statements:?}");
    statements.into_iter().collect()
}

/// The statements that these queries run, in order.
fn traced(db: &mut rusqlite::Connection, queries: impl FnOnce(Db<'_>)) -> Vec<String> {
    let (sender, statements) = mpsc::channel();
    let trace = move |event: TraceEvent<'_>| {
        if let TraceEvent::Stmt(statement, _) = event {
            let _ = sender.send(statement.sql().into_owned());
        }
    };
    let codes = TraceEventCodes::SQLITE_TRACE_STMT;
    db.trace_v2(codes, Some(trace)).expect("starts the trace");
    queries(Db::Sqlite(db));
    let none = TraceEventCodes::empty();
    db.trace_v2(none, None::<fn(TraceEvent<'_>)>)
        .expect("stops the trace");
    statements.try_iter().collect()
}

/// A page is full of game messages and of moves between them, and still takes as many statements as
/// any other.
#[test]
fn no_query_of_a_page_runs_more_than_three_statements() {
    let Connection::Sqlite(mut db) = in_memory();
    let tea = RoomName::parse("tea").expect("is a room name");
    let mut log = rooms::add_public(Db::Sqlite(&db), &tea).expect("inserts");
    let anna = UserId(7);
    for nth in 0..100 {
        for played in [invited(), Played::Declined { of: 2 * nth + 1 }] {
            let mut event = Message {
                body: played.into(),
                ..message(anna)
            };
            log.advance(event.is_hidden());
            (event.seq, event.hidden) = (log.last_seq, log.hidden);
            event.id = event.seq.to_string();
            let db = Db::Sqlite(&db);
            games::apply_event(db, log.room_id, &event, event.at).expect("applies");
            assert!(events::add(db, log, &event).expect("writes"));
        }
    }
    rooms::set_last(Db::Sqlite(&db), log, NOW).expect("writes");
    let mut count = |query: &dyn Fn(Db<'_>) -> usize| {
        let mut found = 0;
        let statements = traced(&mut db, |db| found = query(db));
        (found, statements.len())
    };
    let newest = count(&|db| {
        let page = events::page_before(db, "tea", None, 50, EventFilter::Visible);
        page.expect("reads").messages.len()
    });
    assert_eq!(newest, (50, 1));
    let joined = count(&|db| {
        events::catch_up(db, "tea", None)
            .expect("reads")
            .messages
            .len()
    });
    assert_eq!(joined, (50, 2));
    let after = count(&|db| {
        events::page_after(db, "tea", 9)
            .expect("reads")
            .messages
            .len()
    });
    assert!(after.0 > 100 && after.1 <= 3, "{after:?}");
    let games = count(&|db| game_messages::of_user(db, anna).expect("reads").len());
    assert_eq!(games.1, 1, "{games:?}");
}

#[test]
fn frequent_queries_scan_no_whole_table() {
    let Connection::Sqlite(db) = in_memory();
    for statement in frequent_statements() {
        println!("{statement}");
        for step in plan(&db, &statement) {
            println!("    {step}");
            let is_scan = step.starts_with("SCAN") || step.starts_with("USE TEMP B-TREE");
            let is_small = match step.as_str() {
                "SCAN CONSTANT ROW" => true,
                // A user's private conversations are sorted after an index has found them.
                "SCAN r" | "USE TEMP B-TREE FOR ORDER BY" => statement.contains("UNION ALL"),
                // A page of at most 200 events, which the statement itself has found by an index.
                "SCAN page" => statement.contains("RECURSIVE"),
                _ => false,
            };
            assert!(!is_scan || is_small, "{step} for {statement}");
        }
    }
}
