//! One address does everything that it can to the server while other people talk: thirty names that
//! flood a room, create rooms and read in a loop, sockets that only echo, and downloads that nobody
//! reads. The others must not notice, and the server must not grow.
//!
//! Under `cargo xtask soak` it runs for longer, beside an equally long quiet run, and the delays of
//! the two may differ by a factor of two. All connections come from a trusted proxy, so they do not
//! count for their address here; `connections` tests that they do otherwise.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    task::JoinSet,
    time::{interval, timeout},
};

use crate::{
    client::{Client, TIMEOUT},
    client_pool::soak_time,
    server::Server,
};

const HOSTILE: &str = "203.0.113.7";
const NAMES: usize = 30;
const ECHOES: usize = 20;
const DOWNLOADS: usize = 300;
/// The people of other addresses …
const PEOPLE: usize = 20;
/// … and how often each of them says something.
const TALK_EVERY: Duration = Duration::from_millis(500);
/// How long the flood lasts without `soak`.
const SHORT: Duration = Duration::from_secs(4);
/// Messages that the hostile address may store at once, and then in a second.
const BURST: f64 = 100.0;
const PER_SECOND: f64 = 10.0;
/// Bytes by which the server may grow.
const GROWTH: u64 = 64 * 1024 * 1024;

/// What the people saw.
struct Talk {
    sent: usize,
    /// From sending a message to its echo.
    delays: Vec<Duration>,
}

impl Talk {
    fn quantile(&mut self, part: f64) -> Duration {
        self.delays.sort();
        let last = self.delays.len() - 1;
        self.delays[((last as f64) * part) as usize]
    }
}

async fn socket(server: &Server, path: &str, address: &str) -> Option<Client> {
    let header = [("X-Forwarded-For", address)];
    Client::connect_with(server, path, &header).await.ok()
}

/// One of the people: says something again and again, and waits for its echo.
async fn talk(mut person: Client, stop: Arc<AtomicBool>) -> Talk {
    let mut talk = Talk {
        sent: 0,
        delays: Vec::new(),
    };
    let mut pace = interval(TALK_EVERY);
    while !stop.load(Ordering::Relaxed) {
        pace.tick().await;
        let (id, sent) = (talk.sent.to_string(), Instant::now());
        person.post("people", &id, "and some words").await;
        talk.delays.push(sent.elapsed());
        talk.sent += 1;
    }
    talk
}

/// One of the hostile names: sends, creates rooms and reads, as fast as it is answered.
async fn flood(server: Arc<Server>, name: usize, stop: Arc<AtomicBool>) {
    let Some(client) = socket(&server, "/ws", HOSTILE).await else {
        return;
    };
    let mut client = client.sign_in_as(&format!("Name {name}")).await;
    let batch = |n: usize| {
        let frames = [
            json!({"type": "join", "room": "hostile"}),
            json!({"type": "room", "to": "hostile", "id": format!("{n}"), "text": "x".repeat(2_000)}),
            json!({"type": "join", "room": format!("room {name} {n}")}),
            json!({"type": "history", "room": "hostile", "limit": 200}),
            json!({"type": "ping"}),
        ];
        frames.map(|frame| frame.to_string()).join("\n")
    };
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        client.send_text(&batch(n)).await;
        n += 1;
        // Nothing is decoded: that would cost the people, who share this process, more than it
        // costs the server to send.
        while !client.next_text().await.contains(r#""type":"pong""#) {}
    }
}

/// A socket that sends to `/echo` as fast as it is answered.
async fn echo(server: Arc<Server>, stop: Arc<AtomicBool>) {
    let Some(mut client) = socket(&server, "/echo", HOSTILE).await else {
        return;
    };
    let text = "x".repeat(64 * 1024);
    while !stop.load(Ordering::Relaxed) {
        client.send_text(&text).await;
        client.next_text().await;
    }
}

/// A download that is never read.
async fn download(server: &Server, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("a connection");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: {HOSTILE}\r\n\r\n",
        server.address
    );
    let sent = stream.write_all(request.repeat(16).as_bytes()).await;
    sent.expect("an open connection");
    stream
}

/// Lets the people talk for this long, and the hostile address do what it can if `is_hostile`.
async fn run(server: &Arc<Server>, time: Duration, is_hostile: bool) -> Talk {
    let stop = Arc::new(AtomicBool::new(false));
    let mut people = JoinSet::new();
    for n in 0..PEOPLE {
        let address = format!("198.51.100.{n}");
        let person = socket(server, "/ws", &address).await.expect("a socket");
        let mut person = person.sign_in_as(&format!("Person {n} {is_hostile}")).await;
        person.join("people").await;
        people.spawn(talk(person, Arc::clone(&stop)));
    }
    let mut floods = JoinSet::new();
    let mut unread = Vec::new();
    if is_hostile {
        for name in 0..NAMES {
            floods.spawn(flood(Arc::clone(server), name, Arc::clone(&stop)));
        }
        for _ in 0..ECHOES {
            floods.spawn(echo(Arc::clone(server), Arc::clone(&stop)));
        }
        for n in 0..DOWNLOADS {
            let path = ["/", "/icon-512.png", "/api/v1/openapi.json"][n % 3];
            unread.push(download(server, path).await);
        }
    }
    tokio::time::sleep(time).await;
    stop.store(true, Ordering::Relaxed);
    let mut all = Talk {
        sent: 0,
        delays: Vec::new(),
    };
    while let Some(talk) = people.join_next().await {
        let talk = talk.expect("a person who is not disturbed");
        all.sent += talk.sent;
        all.delays.extend(talk.delays);
    }
    floods.abort_all();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_does_all_it_can_disturbs_nobody_and_stores_no_more_than_its_budget() {
    let server = Arc::new(Server::with(&["--trust-proxy"]));
    let time = soak_time().unwrap_or(SHORT);
    let mut quiet = run(&server, time, false).await;
    let before = server.resident_bytes();
    let begun = Instant::now();
    let mut hostile = run(&server, time, true).await;
    let took = begun.elapsed().as_secs_f64();
    let growth = server.resident_bytes().saturating_sub(before);

    let logs = server.logs();
    let in_room = |name: &str| logs.get(name).map_or(0, Vec::len);
    assert_eq!(in_room("people"), quiet.sent + hostile.sent);
    let (flooded, allowed) = (in_room("hostile"), BURST + PER_SECOND * took + 1.0);
    assert!(
        flooded > 0 && flooded as f64 <= allowed,
        "{flooded} of {allowed}"
    );
    assert!(growth < GROWTH, "the server has grown by {growth} bytes");
    println!(
        "{} messages of the people, {flooded} of the hostile address ({allowed:.0} allowed), \
         {growth} bytes more",
        hostile.sent
    );
    for part in [0.5, 0.99] {
        let (quiet, hostile) = (quiet.quantile(part), hostile.quantile(part));
        println!("p{:.0}: {quiet:?} quiet, {hostile:?} hostile", part * 100.0);
    }
    if soak_time().is_some() {
        let (quiet, hostile) = (quiet.quantile(0.99), hostile.quantile(0.99));
        assert!(hostile <= 2 * quiet, "p99 of the people");
    }
    assert!(
        timeout(TIMEOUT, Client::sign_in(&server, "After"))
            .await
            .is_ok()
    );
}
