//! One of five hundred clients stops reading. The others are not slowed down, and it misses no
//! message.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use protocol::{Close, Message, ServerFrame};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::{client::Client, server::Server};

const READERS: usize = 499;
const SEND_EVERY: Duration = Duration::from_millis(50);
/// So many messages are sent while all clients read.
const BEFORE_STOP: usize = 60;

/// Sends messages of 2 KB that begin with the time since `begun`.
struct Sender {
    client: Client,
    begun: Instant,
    online: usize,
    sent: u64,
}

impl Sender {
    /// Sends one more message, and waits for its echo.
    async fn send(&mut self) {
        let padding = "x".repeat(2_000);
        let text = format!("{} {padding}", self.begun.elapsed().as_micros());
        self.send_text(&text).await;
    }

    async fn send_text(&mut self, text: &str) {
        self.sent += 1;
        self.client
            .send(json!({"type": "room", "to": "tea", "text": text}))
            .await;
        loop {
            match self.client.next().await {
                ServerFrame::Presence(presence) => self.online = presence.online,
                ServerFrame::Message(message) => return assert_eq!(message.seq, self.sent),
                _ => {}
            }
        }
    }
}

/// Reads until "end". Returns how many microseconds each message took.
async fn read_until_end(mut client: Client, begun: Instant) -> Vec<u64> {
    let mut took = Vec::new();
    loop {
        let text = client.next_text().await;
        let now = begun.elapsed().as_micros() as u64;
        for line in text.split('\n') {
            let Some((_, message)) = line.split_once("\"type\":\"message\"") else {
                continue;
            };
            // Decoding every frame in five hundred clients would dominate the measurement.
            let after = |key| message.split_once(key).expect("it has all fields").1;
            let seq = after("\"seq\":").split(',').next();
            assert_eq!(seq, Some(&*(took.len() + 1).to_string()), "in order");
            match after("\"text\":\"")
                .split(' ')
                .next()
                .map(str::parse::<u64>)
            {
                Some(Ok(sent)) => took.push(now.saturating_sub(sent)),
                _ => return took,
            }
        }
    }
}

/// The median and the 99th percentile, in milliseconds.
fn percentiles(took: &mut [u64]) -> String {
    took.sort_unstable();
    let place = |part: usize| took[(took.len() - 1) * part / 100] as f64 / 1_000.0;
    format!("p50 {:.1} ms, p99 {:.1} ms", place(50), place(99))
}

/// Signs in again as the same user, and returns the missed messages.
async fn catch_up(server: &Server, gone: &Client, after: u64, end: u64) -> Vec<Message> {
    let mut back = Client::sign_in_with_token(server, &gone.token).await;
    back.catch_up("tea", after, end).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_stops_reading_slows_nobody_down_and_misses_nothing() {
    // Without a grace time, presence shows at once that the client was disconnected.
    let grace = ["--presence-grace-seconds", "0"];
    let server = &Server::with(&[&["--messages-per-second", "0"], &grace[..]].concat());
    let begun = Instant::now();
    let narrow = Client::connect_with_small_buffer(server).await;
    let mut stopped = narrow.sign_in_as("Stopped").await;
    stopped.join("tea").await;
    let readers: Vec<_> = stream::iter(0..READERS)
        .map(|n| async move { Client::in_room(server, &format!("Reader {n}"), "tea").await })
        .buffer_unordered(50)
        .map(|client| tokio::spawn(read_until_end(client, begun)))
        .collect()
        .await;
    let mut sender = Sender {
        client: Client::in_room(server, "Sender", "tea").await,
        begun,
        online: READERS + 2,
        sent: 0,
    };
    let mut pace = interval(SEND_EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut received = Vec::new();
    for _ in 0..BEFORE_STOP {
        pace.tick().await;
        sender.send().await;
        received.push(stopped.next_message().await);
    }
    // It requests more than the kernel buffers and reads nothing from here on, so the server has to
    // detect it.
    for _ in 0..100 {
        let page = json!({"type": "history", "room": "tea", "limit": 200});
        stopped.send(page).await;
    }
    while sender.online > READERS + 1 {
        pace.tick().await;
        sender.send().await;
    }
    let sent = sender.sent;
    sender.send_text("end").await;

    let (mut before, mut during) = (Vec::new(), Vec::new());
    for reader in readers {
        let took = reader.await.expect("no panic");
        assert_eq!(took.len() as u64, sent, "all of it");
        before.extend_from_slice(&took[..BEFORE_STOP]);
        during.extend_from_slice(&took[BEFORE_STOP..]);
    }
    println!("slow reader: {READERS} others received all {sent} messages in order");
    println!("slow reader: {} while all read", percentiles(&mut before));
    println!("slow reader: {} with one stopped", percentiles(&mut during));

    // It reads again: first what was on its way, then the end of the connection.
    let code = loop {
        match stopped.next_or_close().await {
            Ok(ServerFrame::Message(message)) => received.push(message),
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert!(
        [None, Some(Close::TooSlow.code())].contains(&code),
        "{code:?}"
    );
    let after = received.len() as u64;
    assert!(after < sent, "the server did not queue the rest");
    received.extend(catch_up(server, &stopped, after, sent + 1).await);
    assert!(received.iter().map(|it| it.seq).eq(1..=sent + 1));
    println!("slow reader: the stopped one had {after} and caught up with the rest");
}
