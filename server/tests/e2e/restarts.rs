//! Restarts: messages, sessions and nicknames survive, and clients are told to reconnect.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use protocol::{Close, Message, ServerFrame, frame};
use serde_json::json;
use tokio::sync::mpsc;

use crate::{
    browser::Browser,
    client::{Client, texts},
    server::{Server, StoredMessage},
};

#[tokio::test]
async fn messages_survive_sigkill() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "before the crash").await;
    let server = server.kill_and_restart();
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    let joined = anna.join("tea").await;
    assert_eq!(texts(&joined.messages), ["before the crash"]);
    assert_eq!(
        anna.post("tea", "1", "before the crash").await.seq,
        1,
        "sent again, stored once"
    );
    assert_eq!(anna.post("tea", "2", "after the crash").await.seq, 2);
}

#[tokio::test]
async fn tokens_and_nickname_reservations_survive_sigkill() {
    let server = Server::start();
    let anna = Client::sign_in(&server, "Anna").await;
    let server = server.kill_and_restart();
    // The reservation was reset to its full duration, so no other user can take the nickname.
    let mut other = Client::connect(&server).await;
    let login = serde_json::json!({"type": "login", "nickname": "Anna"});
    assert_eq!(
        other.expect_refusal(login).await.0,
        protocol::Code::NicknameTaken
    );
    let again = Client::sign_in_with_token(&server, &anna.token).await;
    assert_eq!((again.user, &again.token), (anna.user, &anna.token));
}

#[tokio::test]
async fn private_conversations_and_browser_sessions_survive_a_stop() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    browser.sign_in("Anna", "tea").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let room = ben.send_direct("Anna", "1", "until tomorrow").await.room;
    let cookies = browser.cookies.clone();
    let server = server.stop_and_restart();
    let mut browser = Browser::new(&server);
    browser.cookies = cookies;
    let page = browser.get(&format!("/rooms/{room}")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("until tomorrow"));
}

#[tokio::test]
async fn a_stopping_server_tells_clients_when_to_reconnect() {
    let mut server = Server::start();
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

/// A client that sent until the server stopped, all that it received, and when to reconnect.
struct SendingClient {
    client: Client,
    received: Vec<Message>,
    retry_after_ms: u64,
}

/// Sends one message after the other until the server stops, and reports each one that is stored.
async fn send_until_stop(mut client: Client, stored: mpsc::UnboundedSender<()>) -> SendingClient {
    let (mut received, mut retry_after_ms, mut sent) = (Vec::new(), None, 0);
    let mut is_confirmed = true;
    loop {
        if std::mem::take(&mut is_confirmed) {
            sent += 1;
            let text = sent.to_string();
            client
                .send(json!({"type": "room", "to": "tea", "id": text, "text": text}))
                .await;
        }
        match client.next_or_close().await {
            Ok(ServerFrame::Message(message)) => {
                if message.author.0 == client.user {
                    is_confirmed = true;
                    // Fails once the test no longer counts.
                    let _ = stored.send(());
                }
                received.push(message);
            }
            Ok(ServerFrame::Bye(bye)) => retry_after_ms = bye.retry_after_ms,
            Ok(_) => {}
            Err(code) => {
                assert_eq!(code, Some(Close::Restart.code()));
                let retry_after_ms = retry_after_ms.expect("a time to reconnect");
                return SendingClient {
                    client,
                    received,
                    retry_after_ms,
                };
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_senders_reconnect_at_different_times_and_miss_nothing() {
    let server = Server::with(&["--messages-per-second", "0"]);
    // This client never reads and never answers. It must not delay the stop.
    let narrow = Client::connect_with_small_buffer(&server).await;
    let mut unresponsive = narrow.sign_in_as("Unresponsive").await;
    unresponsive.join("tea").await;
    let (stored, mut count) = mpsc::unbounded_channel();
    let mut clients = Vec::new();
    for n in 0..100 {
        clients.push(Client::in_room(&server, &format!("Sender {n}"), "tea").await);
    }
    let start = |client| tokio::spawn(send_until_stop(client, stored.clone()));
    let senders: Vec<_> = clients.into_iter().map(start).collect();
    for _ in 0..1_000 {
        count.recv().await.expect("the clients still send");
    }
    let stopping = tokio::task::spawn_blocking(|| server.stop_and_restart());
    let senders = join_all(senders).await;
    let senders: Vec<_> = senders
        .into_iter()
        .map(|it| it.expect("no panic"))
        .collect();
    let server = &stopping.await.expect("a clean stop");
    let times: BTreeSet<_> = senders.iter().map(|it| it.retry_after_ms).collect();
    assert!(
        times.len() > 50,
        "they would all reconnect at once: {times:?}"
    );

    let logs = server.logs();
    let log = &logs["tea"];
    let end = log.len() as u64;
    join_all(senders.into_iter().map(|it| async move {
        let mut back = Client::sign_in_with_token(server, &it.client.token).await;
        let mut received = it.received;
        let after = received.last().map_or(0, |last| last.seq);
        received.extend(back.catch_up("tea", after, end).await);
        let received = received.into_iter().map(|message| StoredMessage {
            seq: message.seq,
            author: message.author.0,
            text: message.text().to_owned(),
            id: message.id,
        });
        assert!(received.eq(log.iter().cloned()), "each stored message once");
    }))
    .await;
    println!(
        "restarts: 100 clients reconnected after {} different times and had all {end} messages",
        times.len()
    );
}

#[tokio::test]
async fn a_stop_does_not_wait_for_pending_connections() {
    let mut server = Server::start();
    let mut pending = Client::connect(&server).await;
    let stopping = tokio::task::spawn_blocking(move || server.stop("TERM"));
    assert_eq!(pending.until_closed().await, Some(Close::Restart.code()));
    let (status, _) = stopping.await.expect("no panic");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_failed_write_is_refused_and_the_server_recovers() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "1", "before").await;
    // A real fault: another connection locks the database for longer than the writer waits.
    let other = rusqlite::Connection::open(server.data().join("parlor.db")).expect("a database");
    other.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let refused = anna
        .expect_refusal(
            serde_json::json!({"type": "room", "to": "tea", "id": "2", "text": "during"}),
        )
        .await;
    assert_eq!(
        refused,
        (protocol::Code::StorageUnavailable, Some("2".to_owned()))
    );
    other
        .execute_batch("ROLLBACK")
        .expect("the lock is released");
    assert_eq!(anna.post("tea", "2", "during").await.seq, 2);
}
