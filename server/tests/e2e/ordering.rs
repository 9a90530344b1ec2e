//! All clients in a room receive the same messages in the same order.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use protocol::ServerFrame;
use serde_json::json;

use crate::{client::Client, server::Server};

#[tokio::test]
async fn twenty_clients_receive_the_messages_of_ten_senders_in_the_same_order() {
    const EACH: usize = 100;
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut clients = Vec::new();
    for n in 0..20 {
        clients.push(Client::in_room(&server, &format!("User {n}"), "tea").await);
    }
    let tasks: Vec<_> = clients
        .into_iter()
        .enumerate()
        .map(|(n, mut client)| {
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for m in 0..EACH {
                    if n < 10 {
                        let text = format!("{n} says {m}");
                        let id = format!("{n}-{m}");
                        client
                            .send(json!({"type": "room", "to": "tea", "id": id, "text": text}))
                            .await;
                    }
                    // Sending and receiving go on at the same time.
                    seen.push(client.next_message().await);
                }
                while seen.len() < 10 * EACH {
                    seen.push(client.next_message().await);
                }
                seen
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.expect("no panic"));
    }
    let first = &all[0];
    assert!(first.iter().map(|m| m.seq).eq(1..=10 * EACH as u64));
    for other in &all[1..] {
        assert_eq!(other, first);
    }
    for n in 0..10 {
        let theirs = first.iter().filter(|m| m.from == format!("User {n}"));
        let expected = (0..EACH).map(|m| format!("{n} says {m}"));
        assert!(
            theirs.map(|m| m.text().to_owned()).eq(expected),
            "the order in which client {n} sent"
        );
    }
    println!(
        "ordering: 20 clients received the same {} messages",
        first.len()
    );
}

#[tokio::test]
async fn joining_during_a_flood_misses_and_repeats_nothing() {
    const VISITORS: usize = 20;
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let joined = Arc::new(AtomicUsize::new(0));
    let sending = tokio::spawn({
        let joined = Arc::clone(&joined);
        async move {
            let mut sent = 0;
            // Anna sends until the last user has joined.
            while joined.load(Ordering::Relaxed) < VISITORS {
                for _ in 0..50 {
                    sent += 1;
                    anna.send(json!({"type": "room", "to": "tea", "text": sent.to_string()}))
                        .await;
                }
                anna.until(|f| matches!(f, ServerFrame::Message(m) if m.seq == sent).then_some(()))
                    .await;
            }
            anna.post("tea", "end", "end").await;
            sent
        }
    });
    let mut visitors = Vec::new();
    for n in 0..VISITORS {
        let mut client = Client::sign_in(&server, &format!("Visitor {n}")).await;
        let count = Arc::clone(&joined);
        visitors.push(tokio::spawn(async move {
            let joined = client.join("tea").await;
            count.fetch_add(1, Ordering::Relaxed);
            let mut seen = joined.messages;
            assert_eq!(seen.last().map_or(0, |m| m.seq), joined.seq);
            while seen.last().is_none_or(|m| m.text() != "end") {
                seen.push(client.next_message().await);
            }
            let first = seen[0].seq;
            let no_hole = seen
                .iter()
                .map(|m| m.seq)
                .eq(first..first + seen.len() as u64);
            assert!(no_hole, "a hole or a repeat");
        }));
    }
    for visitor in visitors {
        visitor.await.expect("no hole, no repeat");
    }
    let sent = sending.await.expect("no panic");
    println!("ordering: {VISITORS} clients joined while {sent} messages were sent");
}

#[tokio::test]
async fn catching_up_during_a_flood_brings_all_pages_and_then_live_messages() {
    const VISITORS: u64 = 10;
    const BEHIND: u64 = 300;
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    // Thirty of these exceed a page.
    let text = "x".repeat(2_000);
    let back = Arc::new(AtomicUsize::new(0));
    let mut sent = 0;
    let mut send_fifty = async |anna: &mut Client| {
        for _ in 0..50 {
            sent += 1;
            anna.send(json!({"type": "room", "to": "tea", "text": text}))
                .await;
        }
        anna.until(|f| matches!(f, ServerFrame::Message(m) if m.seq == sent).then_some(()))
            .await;
        sent
    };
    while send_fifty(&mut anna).await < BEHIND {}
    let mut visitors = Vec::new();
    for n in 0..VISITORS {
        let mut client = Client::sign_in(&server, &format!("Visitor {n}")).await;
        let back = Arc::clone(&back);
        visitors.push(tokio::spawn(async move {
            let after = client.join("tea").await.seq - BEHIND;
            client.send(json!({"type": "leave", "room": "tea"})).await;
            client
                .send(json!({"type": "join", "room": "tea", "after": after}))
                .await;
            client
                .until(|f| matches!(f, ServerFrame::Left(_)).then_some(()))
                .await;
            let joined = client.until_joined().await;
            assert!(
                !joined.gap && joined.seq < after + BEHIND,
                "one page of several"
            );
            let mut seen: Vec<_> = joined.messages.iter().map(|m| m.seq).collect();
            let mut last = String::new();
            while last != "end" {
                let message = client.next_message().await;
                seen.push(message.seq);
                message.text().clone_into(&mut last);
                if seen.len() as u64 == BEHIND {
                    back.fetch_add(1, Ordering::Relaxed);
                }
            }
            let no_hole = seen
                .iter()
                .copied()
                .eq(after + 1..=after + seen.len() as u64);
            assert!(no_hole, "a hole or a repeat");
            seen.len()
        }));
    }
    while (back.load(Ordering::Relaxed) as u64) < VISITORS {
        send_fifty(&mut anna).await;
    }
    let sent = send_fifty(&mut anna).await;
    anna.post("tea", "end", "end").await;
    let mut seen = 0;
    for visitor in visitors {
        seen += visitor.await.expect("no hole, no repeat");
    }
    println!("ordering: {VISITORS} clients caught up with {seen} messages while {sent} were sent");
}
