//! Everyone in a room sees the same, in the same order.

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
    let house = House::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&house, "Anna", "tea").await;
    const LAST: u64 = 2_000;
    let talking = tokio::spawn(async move {
        for n in 1..=LAST {
            anna.say(json!({"type": "room", "to": "tea", "text": format!("{n}")}))
                .await;
            if n % 50 == 0 {
                anna.until(|f| {
                    matches!(f, protocol::ServerFrame::Message(m) if m.seq == n).then_some(())
                })
                .await;
            }
        }
        anna
    });
    let mut visitors = Vec::new();
    for n in 0..20 {
        let mut client = Client::sign_in(&house, &format!("Visitor {n}")).await;
        visitors.push(tokio::spawn(async move {
            let joined = client.join("tea").await;
            let mut seqs: Vec<u64> = joined.messages.iter().map(|m| m.seq).collect();
            assert_eq!(seqs.last().copied().unwrap_or(0), joined.seq);
            while seqs.last() != Some(&LAST) {
                seqs.push(client.message().await.seq);
            }
            let first = seqs[0];
            assert!(
                seqs.iter().copied().eq(first..=LAST),
                "a hole or a repeat: {seqs:?}"
            );
        }));
    }
    for visitor in visitors {
        visitor.await.expect("no hole, no repeat");
    }
    drop(talking.await.expect("no panic"));
}
