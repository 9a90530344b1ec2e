//! Old rooms that nobody uses.

use std::time::{SystemTime, UNIX_EPOCH};

use super::fixture::start_after;

/// Rooms that nobody uses did not expire before, so they begin to be unused at the first start.
#[tokio::test]
async fn old_rooms_with_few_messages_begin_to_expire_at_the_first_start() {
    let started = SystemTime::now().duration_since(UNIX_EPOCH);
    let started = i64::try_from(started.expect("after 1970").as_millis()).expect("a time");
    let rules = "INSERT INTO rooms (name, fold_key, skeleton_key, last_seq, last_at)
         VALUES ('rules', 'rules', 'rules', 1, 1);
         INSERT INTO events (room, seq, author, id, nickname, text, at)
         SELECT last_insert_rowid(), 1, 1, 'rules', 'Anna', 'Be kind.', 1;";
    let mut server = start_after(rules);
    for _ in 0..2 {
        let db = rusqlite::Connection::open(server.data().join("parlor.db"));
        let sql = "SELECT MIN(used_at) FROM rooms WHERE fold_key IS NOT NULL";
        let used_at: i64 = db
            .expect("a database")
            .query_row(sql, [], |row| row.get(0))
            .expect("rooms");
        // The database counts seconds.
        assert!(used_at >= started - 1_000, "{used_at} {started}");
        assert_eq!(server.texts("rules"), ["Be kind."]);
        server = server.stop_and_restart();
    }
    // In the end they go.
    let server = server.restart_with(&["--empty-room-hours", "0.0003"]);
    while server.command_output(&["room", "list"]).contains("rules") {
        tokio::task::yield_now().await;
    }
}
