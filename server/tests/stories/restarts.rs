//! What one person saw, a restart still has.

use protocol::{Close, ServerFrame, frame};

use crate::{
    browser::Browser,
    client::{Client, texts},
    house::House,
};

#[tokio::test]
async fn what_was_said_is_there_after_the_server_was_killed() {
    let house = House::open();
    let mut anna = Client::in_room(&house, "Anna", "tea").await;
    anna.post("tea", "1", "before the crash").await;
    let house = house.killed_and_reopened();
    let mut anna = Client::come_back(&house, &anna.token).await;
    let joined = anna.join("tea").await;
    assert_eq!(texts(&joined.messages), ["before the crash"]);
    assert_eq!(
        anna.post("tea", "1", "before the crash").await.seq,
        1,
        "sent again, said once"
    );
    assert_eq!(anna.post("tea", "2", "after the crash").await.seq, 2);
}

#[tokio::test]
async fn a_programs_token_holds_after_kill_9_and_so_does_the_nickname() {
    let house = House::open();
    let anna = Client::sign_in(&house, "Anna").await;
    let house = house.killed_and_reopened();
    // The claim got its full time anew: nobody else can take the nickname meanwhile.
    let mut thief = Client::connect(&house).await;
    let login = serde_json::json!({"type": "login", "nickname": "Anna"});
    assert_eq!(thief.refused(login).await.0, protocol::Code::NicknameTaken);
    let again = Client::come_back(&house, &anna.token).await;
    assert_eq!((again.person, &again.token), (anna.person, &anna.token));
}

#[tokio::test]
async fn a_private_conversation_and_a_browsers_session_outlive_the_server() {
    let house = House::open();
    let mut browser = Browser::new(&house);
    browser.sign_in("Anna", "tea").await;
    let mut ben = Client::sign_in(&house, "Ben").await;
    let room = ben.whisper("Anna", "1", "until tomorrow").await.room;
    let cookies = browser.cookies.clone();
    let house = house.stopped_and_reopened();
    let mut browser = Browser::new(&house);
    browser.cookies = cookies;
    let page = browser.get(&format!("/rooms/{room}")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("until tomorrow"));
}

#[tokio::test]
async fn who_is_connected_when_the_server_stops_is_told_to_come_back() {
    let mut house = House::open();
    let mut anna = Client::in_room(&house, "Anna", "tea").await;
    anna.so_far().await;
    let stopping = tokio::task::spawn_blocking(move || house.stop("TERM"));
    let bye = anna.until(|f| match f {
        ServerFrame::Bye(frame::Bye { retry_after_ms, .. }) => Some(*retry_after_ms),
        _ => None,
    });
    assert!(bye.await.is_some());
    assert_eq!(anna.closed().await, Some(Close::Restart.code()));
    let (status, rest) = stopping.await.expect("no panic");
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn a_stop_keeps_nobody_waiting_for_strangers() {
    let mut house = House::open();
    let mut stranger = Client::connect(&house).await;
    let stopping = tokio::task::spawn_blocking(move || house.stop("TERM"));
    assert_eq!(stranger.closed().await, Some(Close::Restart.code()));
    let (status, _) = stopping.await.expect("no panic");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_disk_that_refuses_is_told_and_the_house_goes_on_when_it_is_back() {
    let house = House::open();
    let mut anna = Client::in_room(&house, "Anna", "tea").await;
    anna.post("tea", "1", "before").await;
    // A real fault: somebody else holds the database for longer than the writer waits.
    let other = rusqlite::Connection::open(house.data().join("parlor.db")).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let refused = anna
        .refused(serde_json::json!({"type": "room", "to": "tea", "id": "2", "text": "during"}))
        .await;
    assert_eq!(
        refused,
        (protocol::Code::StorageUnavailable, Some("2".to_owned()))
    );
    other
        .execute_batch("ROLLBACK")
        .expect("the lock given back");
    assert_eq!(anna.post("tea", "2", "during").await.seq, 2);
}
