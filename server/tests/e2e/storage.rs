//! Durability: messages are synced before they are sent, and disk errors lose nothing.

use std::process::Command;

use protocol::{Code, ServerFrame, frame};
use serde_json::json;

use crate::{
    browser::Browser,
    client::{Client, texts},
    faulty_disk::{DiskEvent, Fault, FaultyDisk},
    server::Server,
};

/// Sends marked texts, several at once. Returns the log of the disk and the sockets.
async fn send_marked(durability: &str, count: usize) -> Vec<DiskEvent> {
    let disk = FaultyDisk::new();
    let options = ["--durability", durability, "--messages-per-second", "0"];
    let server = disk.server(&options);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    for nth in 0..count {
        let text = format!("mark-{nth:04}");
        let frame = json!({"type": "room", "to": "tea", "id": text, "text": text});
        anna.send(frame).await;
        if nth % 10 == 9 {
            anna.until_echo(&text).await;
        }
    }
    for nth in 0..count {
        assert_eq!(ben.next_message().await.text(), format!("mark-{nth:04}"));
    }
    disk.log()
}

/// How many of the marked texts were sent over a socket only after the write-ahead log that
/// contains them was synced.
fn synced_before_sent(seen: &[DiskEvent], count: usize) -> usize {
    let is_synced = |nth: &usize| {
        let mark = format!("mark-{nth:04}");
        let place = |what: DiskEvent| seen.iter().position(|it| *it == what);
        let sent_at = place(DiskEvent::Sent(mark.clone())).expect("it was sent");
        let written_at = place(DiskEvent::Written(mark)).expect("it was written");
        written_at < sent_at && seen[written_at..sent_at].contains(&DiskEvent::Synced)
    };
    (0..count).filter(is_synced).count()
}

#[tokio::test]
async fn a_message_is_synced_before_its_first_byte_is_sent() {
    let full = synced_before_sent(&send_marked("full", 200).await, 200);
    println!("storage: {full} of 200 messages were synced before they were sent");
    assert_eq!(full, 200);
    // This shows that the test can fail: with less durability, fewer messages are synced first.
    let normal = synced_before_sent(&send_marked("normal", 200).await, 200);
    println!("storage: {normal} of 200 with --durability normal");
    assert!(normal < 200);
}

#[tokio::test]
async fn messages_refused_by_a_failing_disk_can_be_sent_again_and_are_stored_once() {
    for fault in [Fault::Sync, Fault::Full] {
        let disk = FaultyDisk::new();
        let server = disk.server(&["--messages-per-second", "0"]);
        let mut anna = Client::in_room(&server, "Anna", "tea").await;
        let mut ben = Client::in_room(&server, "Ben", "tea").await;
        anna.post("tea", "1", "before").await;
        assert_eq!(health(&server).await, [("/healthz", 200), ("/readyz", 200)]);

        disk.fail(fault);
        for id in ["2", "3", "2"] {
            let during = json!({"type": "room", "to": "tea", "id": id, "text": "during"});
            anna.send(during).await;
            let (code, wait) = anna
                .until(|frame| match frame {
                    ServerFrame::Error(error) => Some((error.code, error.retry_after_ms)),
                    ServerFrame::Message(message) if message.id == id => {
                        panic!("it cannot be on the disk")
                    }
                    _ => None,
                })
                .await;
            assert_eq!(code, Code::StorageUnavailable);
            assert!(wait.is_some(), "the refusal says when to retry");
        }
        assert_eq!(health(&server).await, [("/healthz", 200), ("/readyz", 503)]);
        // Stored messages can still be read.
        let mut carl = Browser::new(&server);
        assert_eq!(carl.get("/").await.status, 200);
        let joined = anna.join("tea").await;
        assert_eq!(texts(&joined.messages), ["before"]);
        assert_eq!(health(&server).await[1], ("/readyz", 503), "still");

        disk.repair();
        // The server recovers without a new message.
        while health(&server).await[1].1 != 200 {}
        for (id, seq) in [("2", 2), ("3", 3), ("2", 2)] {
            assert_eq!(anna.post("tea", id, "during").await.seq, seq);
        }
        let received = ben.frames_so_far().await;
        let received: Vec<_> = received
            .iter()
            .filter_map(|frame| match frame {
                ServerFrame::Message(message) => Some((message.seq, message.id.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(received, [(1, "1"), (2, "2"), (3, "3")]);
        let server = server.kill_and_restart();
        let stored: Vec<_> = server.logs()["tea"]
            .iter()
            .map(|it| it.id.clone())
            .collect();
        assert_eq!(stored, ["1", "2", "3"]);
    }
}

#[tokio::test]
async fn a_refused_message_that_was_stored_is_sent_once_that_is_known() {
    let disk = FaultyDisk::new();
    let options = ["--messages-per-second", "0", "--empty-room-hours", "0"];
    let server = disk.server(&options);
    // No user joins a room and none expires, so nothing else has the database open. When the server
    // reopens it, the write-ahead log is read again, including what could not be synced.
    let mut anna = Client::sign_in(&server, "Anna").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    anna.send_direct("Ben", "1", "before").await;
    disk.fail(Fault::Sync);
    let during = json!({"type": "private", "to": "Ben", "id": "2", "text": "during"});
    assert_eq!(
        anna.expect_refusal(during).await.0,
        Code::StorageUnavailable
    );
    disk.repair();
    while health(&server).await[1].1 != 200 {}
    for (seq, text) in [(1, "before"), (2, "during")] {
        let message = ben.next_message().await;
        assert_eq!((message.seq, message.text()), (seq, text));
    }
    // Anna receives it as well, and sending it again stores nothing new.
    assert_eq!(anna.next_message().await.seq, 2);
    assert_eq!(anna.send_direct("Ben", "2", "during").await.seq, 2);
    assert_eq!(anna.send_direct("Ben", "3", "after").await.seq, 3);
    assert_eq!(ben.next_message().await.seq, 3);
}

#[tokio::test]
async fn a_file_size_limit_is_treated_as_a_full_disk_and_the_server_keeps_running() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    limit_files(&server, "1048576");
    let text = "x".repeat(4_000);
    let mut sent = Vec::new();
    let refused = loop {
        let id = format!("{}", sent.len());
        anna.send(json!({"type": "room", "to": "tea", "id": id, "text": text}))
            .await;
        let answer = anna.until(|frame| match frame {
            ServerFrame::Message(message) => Some(Ok(message.seq)),
            ServerFrame::Error(frame::Error { code, .. }) => Some(Err(*code)),
            _ => None,
        });
        match answer.await {
            Ok(seq) => sent.push((seq, id)),
            Err(code) => break code,
        }
    };
    assert_eq!(refused, Code::StorageUnavailable);
    println!("storage: {} messages went into a mebibyte", sent.len());
    assert!(sent.len() > 10);
    limit_files(&server, "unlimited");
    let next = sent.len().to_string();
    let again = anna.post("tea", &next, &text).await.seq;
    sent.push((again, next));
    let server = server.kill_and_restart();
    let stored: Vec<_> = server.logs()["tea"]
        .iter()
        .map(|it| (it.seq, it.id.clone()))
        .collect();
    assert_eq!(stored, sent, "every acknowledged message, and nothing else");
}

/// The statuses of the health endpoints.
async fn health(server: &Server) -> [(&'static str, u16); 2] {
    let ask =
        async |path: &'static str| (path, Browser::new(server).get(path).await.status.as_u16());
    [ask("/healthz").await, ask("/readyz").await]
}

/// Limits the size of the server's files to so many bytes (RLIMIT_FSIZE, getrlimit(2)).
fn limit_files(server: &Server, bytes: &str) {
    let limited = Command::new("prlimit")
        .arg(format!("--pid={}", server.pid()))
        .arg(format!("--fsize={bytes}:unlimited"))
        .status()
        .expect("prlimit is a part of util-linux");
    assert!(limited.success());
}
