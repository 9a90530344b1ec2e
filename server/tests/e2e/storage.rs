//! What happens when the disk fails, and in which order things happen when it does not.

use std::process::Command;

use protocol::{Code, ServerFrame, frame};
use serde_json::json;

use crate::{
    browser::Browser,
    client::{Client, texts},
    faulty_disk::{Disk, Fault, Seen},
    server::Server,
};

/// Says marked texts, several at once, and returns what the disk and the sockets saw.
async fn say_marked(durability: &str, count: usize) -> Vec<Seen> {
    let disk = Disk::new();
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
        assert_eq!(ben.next_message().await.text, format!("mark-{nth:04}"));
    }
    disk.log()
}

/// How many of the marked texts left through a socket after the write-ahead log was synced with
/// them in it.
fn synced_before_told(seen: &[Seen], count: usize) -> usize {
    let is_synced = |nth: &usize| {
        let mark = format!("mark-{nth:04}");
        let place = |what: Seen| seen.iter().position(|it| *it == what);
        let told = place(Seen::Told(mark.clone())).expect("it was told");
        let written = place(Seen::Written(mark)).expect("it was written");
        written < told && seen[written..told].contains(&Seen::Synced)
    };
    (0..count).filter(is_synced).count()
}

#[tokio::test]
async fn a_message_is_on_the_disk_before_its_first_byte_leaves() {
    let full = synced_before_told(&say_marked("full", 200).await, 200);
    println!("storage: {full} of 200 messages were synced before they left");
    assert_eq!(full, 200);
    // So that this test could fail: whoever asks for less gets less.
    let normal = synced_before_told(&say_marked("normal", 200).await, 200);
    println!("storage: {normal} of 200 with --durability normal");
    assert!(normal < 200);
}

#[tokio::test]
async fn what_a_failing_disk_refuses_can_be_sent_again_and_nothing_is_twice() {
    for fault in [Fault::Sync, Fault::Full] {
        let disk = Disk::new();
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
            assert!(wait.is_some(), "when to try again");
        }
        assert_eq!(health(&server).await, [("/healthz", 200), ("/readyz", 503)]);
        // What is stored can still be read.
        let mut carl = Browser::new(&server);
        assert_eq!(carl.get("/").await.status, 200);
        let joined = anna.join("tea").await;
        assert_eq!(texts(&joined.messages), ["before"]);
        assert_eq!(health(&server).await[1], ("/readyz", 503), "still");

        disk.heal();
        // Nobody says anything, and it goes on all the same.
        while health(&server).await[1].1 != 200 {}
        for (id, seq) in [("2", 2), ("3", 3), ("2", 2)] {
            assert_eq!(anna.post("tea", id, "during").await.seq, seq);
        }
        let heard = ben.frames_so_far().await;
        let heard: Vec<_> = heard
            .iter()
            .filter_map(|frame| match frame {
                ServerFrame::Message(message) => Some((message.seq, message.id.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(heard, [(1, "1"), (2, "2"), (3, "3")]);
        let server = server.killed_and_reopened();
        let stored: Vec<_> = server.logs()["tea"]
            .iter()
            .map(|it| it.id.clone())
            .collect();
        assert_eq!(stored, ["1", "2", "3"]);
    }
}

#[tokio::test]
async fn what_was_refused_and_is_on_the_disk_all_the_same_is_told_when_that_is_known() {
    let disk = Disk::new();
    let server = disk.server(&["--messages-per-second", "0"]);
    // Nobody joins anything, so that nothing else has the database open: when it is opened anew, the
    // write-ahead log is read again, with what could not be synced.
    let mut anna = Client::sign_in(&server, "Anna").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    anna.send_direct("Ben", "1", "before").await;
    disk.fail(Fault::Sync);
    let during = json!({"type": "private", "to": "Ben", "id": "2", "text": "during"});
    assert_eq!(anna.expect_refusal(during).await.0, Code::StorageUnavailable);
    disk.heal();
    while health(&server).await[1].1 != 200 {}
    for (seq, text) in [(1, "before"), (2, "during")] {
        let message = ben.next_message().await;
        assert_eq!((message.seq, message.text.as_str()), (seq, text));
    }
    // Anna hears of it as well, and sending it again says nothing new.
    assert_eq!(anna.next_message().await.seq, 2);
    assert_eq!(anna.send_direct("Ben", "2", "during").await.seq, 2);
    assert_eq!(anna.send_direct("Ben", "3", "after").await.seq, 3);
    assert_eq!(ben.next_message().await.seq, 3);
}

#[tokio::test]
async fn a_file_that_may_not_grow_is_a_full_disk_and_takes_no_server_down() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    limit_files(&server, "1048576");
    let text = "x".repeat(4_000);
    let mut said = Vec::new();
    let refused = loop {
        let id = format!("{}", said.len());
        anna.send(json!({"type": "room", "to": "tea", "id": id, "text": text}))
            .await;
        let answer = anna.until(|frame| match frame {
            ServerFrame::Message(message) => Some(Ok(message.seq)),
            ServerFrame::Error(frame::Error { code, .. }) => Some(Err(*code)),
            _ => None,
        });
        match answer.await {
            Ok(seq) => said.push((seq, id)),
            Err(code) => break code,
        }
    };
    assert_eq!(refused, Code::StorageUnavailable);
    println!("storage: {} messages went into a mebibyte", said.len());
    assert!(said.len() > 10);
    limit_files(&server, "unlimited");
    let next = said.len().to_string();
    let again = anna.post("tea", &next, &text).await.seq;
    said.push((again, next));
    let server = server.killed_and_reopened();
    let stored: Vec<_> = server.logs()["tea"]
        .iter()
        .map(|it| (it.seq, it.id.clone()))
        .collect();
    assert_eq!(stored, said, "all that was acknowledged, and nothing else");
}

/// How the server says that it is.
async fn health(server: &Server) -> [(&'static str, u16); 2] {
    let ask =
        async |path: &'static str| (path, Browser::new(server).get(path).await.status.as_u16());
    [ask("/healthz").await, ask("/readyz").await]
}

/// Lets no file of the server's grow beyond so many bytes (RLIMIT_FSIZE, getrlimit(2)).
fn limit_files(server: &Server, bytes: &str) {
    let limited = Command::new("prlimit")
        .arg(format!("--pid={}", server.process()))
        .arg(format!("--fsize={bytes}:unlimited"))
        .status()
        .expect("prlimit is a part of util-linux");
    assert!(limited.success());
}
