//! One of five hundred stops reading: it alone pays for that, and not with a message.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use protocol::{Close, Message, ServerFrame};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::{client::Client, server::Server};

const LISTENERS: usize = 499;
const TALK_EVERY: Duration = Duration::from_millis(50);
/// So many messages are said while everybody reads.
const WITH_ALL: usize = 60;

/// Says 2 KB at a time that begin with how long ago `begun` was.
struct Speaker {
    client: Client,
    begun: Instant,
    online: usize,
    said: u64,
}

impl Speaker {
    /// Says one more thing, and waits until it is back.
    async fn say(&mut self) {
        let padding = "x".repeat(2_000);
        let text = format!("{} {padding}", self.begun.elapsed().as_micros());
        self.say_text(&text).await;
    }

    async fn say_text(&mut self, text: &str) {
        self.said += 1;
        self.client
            .send(json!({"type": "room", "to": "tea", "text": text}))
            .await;
        loop {
            match self.client.next().await {
                ServerFrame::Presence(presence) => self.online = presence.online,
                ServerFrame::Message(message) => return assert_eq!(message.seq, self.said),
                _ => {}
            }
        }
    }
}

/// Reads until "end"; returns how many microseconds each message took.
async fn listen(mut client: Client, begun: Instant) -> Vec<u64> {
    let mut took = Vec::new();
    loop {
        let text = client.next_text().await;
        let now = begun.elapsed().as_micros() as u64;
        for line in text.split('\n') {
            let Some((_, message)) = line.split_once("\"type\":\"message\"") else {
                continue;
            };
            // Five hundred people who decode all of it would measure themselves.
            let after = |key| message.split_once(key).expect("it has all fields").1;
            let seq = after("\"seq\":").split(',').next();
            assert_eq!(seq, Some(&*(took.len() + 1).to_string()), "in order");
            match after("\"text\":\"")
                .split(' ')
                .next()
                .map(str::parse::<u64>)
            {
                Some(Ok(said)) => took.push(now.saturating_sub(said)),
                _ => return took,
            }
        }
    }
}

/// The median and the worst of a hundred, in milliseconds.
fn percentiles(took: &mut [u64]) -> String {
    took.sort_unstable();
    let place = |part: usize| took[(took.len() - 1) * part / 100] as f64 / 1_000.0;
    format!("p50 {:.1} ms, p99 {:.1} ms", place(50), place(99))
}

/// Comes back as the same, and returns what was missed.
async fn catch_up(server: &Server, gone: &Client, after: u64, end: u64) -> Vec<Message> {
    let mut back = Client::sign_in_with_token(server, &gone.token).await;
    back.catch_up("tea", after, end).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_reading_slows_nobody_down_and_misses_nothing() {
    // Who is gone is gone at once, so that it can be seen.
    let grace = ["--presence-grace-seconds", "0"];
    let server = &Server::with(&[&["--messages-per-second", "0"], &grace[..]].concat());
    let begun = Instant::now();
    let narrow = Client::connect_with_small_buffer(server).await;
    let mut stopped = narrow.sign_in_as("Stopped").await;
    stopped.join("tea").await;
    let listeners: Vec<_> = stream::iter(0..LISTENERS)
        .map(|n| async move { Client::in_room(server, &format!("Listener {n}"), "tea").await })
        .buffer_unordered(50)
        .map(|client| tokio::spawn(listen(client, begun)))
        .collect()
        .await;
    let mut speaker = Speaker {
        client: Client::in_room(server, "Speaker", "tea").await,
        begun,
        online: LISTENERS + 2,
        said: 0,
    };
    let mut pace = interval(TALK_EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Vec::new();
    for _ in 0..WITH_ALL {
        pace.tick().await;
        speaker.say().await;
        heard.push(stopped.next_message().await);
    }
    // It asks for more than the kernel keeps for anybody, and from here on reads nothing: the server
    // has to find out.
    for _ in 0..100 {
        let page = json!({"type": "history", "room": "tea", "limit": 200});
        stopped.send(page).await;
    }
    while speaker.online > LISTENERS + 1 {
        pace.tick().await;
        speaker.say().await;
    }
    let said = speaker.said;
    speaker.say_text("end").await;

    let (mut before, mut during) = (Vec::new(), Vec::new());
    for listener in listeners {
        let took = listener.await.expect("no panic");
        assert_eq!(took.len() as u64, said, "all of it");
        before.extend_from_slice(&took[..WITH_ALL]);
        during.extend_from_slice(&took[WITH_ALL..]);
    }
    println!("slow reader: {LISTENERS} others received all {said} messages in order");
    println!("slow reader: {} while all read", percentiles(&mut before));
    println!("slow reader: {} with one stopped", percentiles(&mut during));

    // It reads on: what was on its way, and then that this was the end.
    let code = loop {
        match stopped.next_or_close().await {
            Ok(ServerFrame::Message(message)) => heard.push(message),
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert!(
        [None, Some(Close::TooSlow.code())].contains(&code),
        "{code:?}"
    );
    let after = heard.len() as u64;
    assert!(after < said, "the rest was not kept for it");
    heard.extend(catch_up(server, &stopped, after, said + 1).await);
    assert!(heard.iter().map(|it| it.seq).eq(1..=said + 1));
    println!("slow reader: the stopped one had {after}, and came back for the rest");
}
