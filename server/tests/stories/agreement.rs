//! Everyone in a room sees the same, in the same order.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use protocol::ServerFrame;
use serde_json::json;

use crate::{client::Client, house::House};

#[tokio::test]
async fn twenty_see_the_same_in_the_same_order_while_ten_talk() {
    const EACH: usize = 100;
    let house = House::with(&["--messages-per-second", "0"]);
    let mut clients = Vec::new();
    for n in 0..20 {
        clients.push(Client::in_room(&house, &format!("Person {n}"), "tea").await);
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
                            .say(json!({"type": "room", "to": "tea", "id": id, "text": text}))
                            .await;
                    }
                    // Talking and listening go on at the same time.
                    seen.push(client.message().await);
                }
                while seen.len() < 10 * EACH {
                    seen.push(client.message().await);
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
        let theirs = first.iter().filter(|m| m.from == format!("Person {n}"));
        let expected = (0..EACH).map(|m| format!("{n} says {m}"));
        assert!(
            theirs.map(|m| m.text.clone()).eq(expected),
            "the order in which {n} spoke"
        );
    }
    println!(
        "agreement: 20 clients saw the same {} messages",
        first.len()
    );
}

#[tokio::test]
async fn who_joins_while_others_talk_misses_nothing_and_sees_nothing_twice() {
    const VISITORS: usize = 20;
    let house = House::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&house, "Anna", "tea").await;
    let joined = Arc::new(AtomicUsize::new(0));
    let talking = tokio::spawn({
        let joined = Arc::clone(&joined);
        async move {
            let mut said = 0;
            // Anna talks until the last visitor has come in.
            while joined.load(Ordering::Relaxed) < VISITORS {
                for _ in 0..50 {
                    said += 1;
                    anna.say(json!({"type": "room", "to": "tea", "text": said.to_string()}))
                        .await;
                }
                anna.until(|f| matches!(f, ServerFrame::Message(m) if m.seq == said).then_some(()))
                    .await;
            }
            anna.post("tea", "end", "end").await;
            said
        }
    });
    let mut visitors = Vec::new();
    for n in 0..VISITORS {
        let mut client = Client::sign_in(&house, &format!("Visitor {n}")).await;
        let count = Arc::clone(&joined);
        visitors.push(tokio::spawn(async move {
            let joined = client.join("tea").await;
            count.fetch_add(1, Ordering::Relaxed);
            let mut seen = joined.messages;
            assert_eq!(seen.last().map_or(0, |m| m.seq), joined.seq);
            while seen.last().is_none_or(|m| m.text != "end") {
                seen.push(client.message().await);
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
    let said = talking.await.expect("no panic");
    println!("agreement: {VISITORS} people joined while {said} messages were said");
}
