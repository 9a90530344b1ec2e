//! What one user saw, a restart still has.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use protocol::{Close, Message, ServerFrame, frame};
use serde_json::json;
use tokio::sync::mpsc;

use crate::{
    browser::Browser,
    client::{Client, texts},
    server::{Server, Stored},
};

#[tokio::test]
async fn what_was_said_is_there_after_the_server_was_killed() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "before the crash").await;
    let server = server.killed_and_reopened();
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
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
    let server = Server::open();
    let anna = Client::sign_in(&server, "Anna").await;
    let server = server.killed_and_reopened();
    // The claim got its full time anew: nobody else can take the nickname meanwhile.
    let mut thief = Client::connect(&server).await;
    let login = serde_json::json!({"type": "login", "nickname": "Anna"});
    assert_eq!(thief.expect_refusal(login).await.0, protocol::Code::NicknameTaken);
    let again = Client::sign_in_with_token(&server, &anna.token).await;
    assert_eq!((again.user, &again.token), (anna.user, &anna.token));
}

#[tokio::test]
async fn a_private_conversation_and_a_browsers_session_outlive_the_server() {
    let server = Server::open();
    let mut browser = Browser::new(&server);
    browser.sign_in("Anna", "tea").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let room = ben.send_direct("Anna", "1", "until tomorrow").await.room;
    let cookies = browser.cookies.clone();
    let server = server.stopped_and_reopened();
    let mut browser = Browser::new(&server);
    browser.cookies = cookies;
    let page = browser.get(&format!("/rooms/{room}")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("until tomorrow"));
}

#[tokio::test]
async fn who_is_connected_when_the_server_stops_is_told_to_come_back() {
    let mut server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.frames_so_far().await;
    let stopping = tokio::task::spawn_blocking(move || server.stop("TERM"));
    let bye = anna.until(|f| match f {
        ServerFrame::Bye(frame::Bye { retry_after_ms, .. }) => Some(*retry_after_ms),
        _ => None,
    });
    assert!(bye.await.is_some());
    assert_eq!(anna.until_closed().await, Some(Close::Restart.code()));
    let (status, rest) = stopping.await.expect("no panic");
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
}

/// Somebody who talked until the server went: with all that was heard, and when to come back.
struct Talker {
    client: Client,
    heard: Vec<Message>,
    retry_after_ms: u64,
}

/// Says one thing after the other until the server says goodbye, and reports each that is stored.
async fn talk(mut client: Client, stored: mpsc::UnboundedSender<()>) -> Talker {
    let (mut heard, mut retry_after_ms, mut said) = (Vec::new(), None, 0);
    let mut is_back = true;
    loop {
        if std::mem::take(&mut is_back) {
            said += 1;
            let text = said.to_string();
            client
                .send(json!({"type": "room", "to": "tea", "id": text, "text": text}))
                .await;
        }
        match client.next_or_close().await {
            Ok(ServerFrame::Message(message)) => {
                if message.author.0 == client.user {
                    is_back = true;
                    // Nobody counts any more once the server is about to stop.
                    let _ = stored.send(());
                }
                heard.push(message);
            }
            Ok(ServerFrame::Bye(bye)) => retry_after_ms = bye.retry_after_ms,
            Ok(_) => {}
            Err(code) => {
                assert_eq!(code, Some(Close::Restart.code()));
                let retry_after_ms = retry_after_ms.expect("a time to come back");
                return Talker {
                    client,
                    heard,
                    retry_after_ms,
                };
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_who_talk_are_sent_away_one_by_one_and_miss_nothing() {
    let server = Server::with(&["--messages-per-second", "0"]);
    // Never reads and never answers, and holds nobody up.
    let narrow = Client::connect_with_small_buffer(&server).await;
    let mut deaf = narrow.sign_in_as("Deaf").await;
    deaf.join("tea").await;
    let (stored, mut count) = mpsc::unbounded_channel();
    let mut clients = Vec::new();
    for n in 0..100 {
        clients.push(Client::in_room(&server, &format!("Talker {n}"), "tea").await);
    }
    let talking = |client| tokio::spawn(talk(client, stored.clone()));
    let talkers: Vec<_> = clients.into_iter().map(talking).collect();
    for _ in 0..1_000 {
        count.recv().await.expect("somebody still talks");
    }
    let stopping = tokio::task::spawn_blocking(|| server.stopped_and_reopened());
    let talkers = join_all(talkers).await;
    let talkers: Vec<_> = talkers
        .into_iter()
        .map(|it| it.expect("no panic"))
        .collect();
    let server = &stopping.await.expect("a clean stop");
    let times: BTreeSet<_> = talkers.iter().map(|it| it.retry_after_ms).collect();
    assert!(times.len() > 50, "they would all come at once: {times:?}");

    let logs = server.logs();
    let log = &logs["tea"];
    let end = log.len() as u64;
    join_all(talkers.into_iter().map(|it| async move {
        let mut back = Client::sign_in_with_token(server, &it.client.token).await;
        let mut heard = it.heard;
        let after = heard.last().map_or(0, |last| last.seq);
        heard.extend(back.catch_up("tea", after, end).await);
        let heard = heard.into_iter().map(|message| Stored {
            seq: message.seq,
            author: message.author.0,
            id: message.id,
            text: message.text,
        });
        assert!(heard.eq(log.iter().cloned()), "all that is stored, once");
    }))
    .await;
    println!(
        "restarts: 100 people came back after {} different times and had all {end} messages",
        times.len()
    );
}

#[tokio::test]
async fn a_stop_keeps_nobody_waiting_for_strangers() {
    let mut server = Server::open();
    let mut pending = Client::connect(&server).await;
    let stopping = tokio::task::spawn_blocking(move || server.stop("TERM"));
    assert_eq!(pending.until_closed().await, Some(Close::Restart.code()));
    let (status, _) = stopping.await.expect("no panic");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_disk_that_refuses_is_told_and_the_server_goes_on_when_it_is_back() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "before").await;
    // A real fault: somebody else holds the database for longer than the writer waits.
    let other = rusqlite::Connection::open(server.data().join("parlor.db")).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let refused = anna
        .expect_refusal(serde_json::json!({"type": "room", "to": "tea", "id": "2", "text": "during"}))
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
