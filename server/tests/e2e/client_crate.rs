//! The server's own client library: its messages are stored once, and it receives everything once
//! and in order, whatever happens to the server.

use std::collections::BTreeMap;

use cli::async_client::{Address, Client, ClientError, Content, Event, Identity};
use futures_util::future::join_all;
use protocol::{Code, Message};
use tokio::time::{Instant, timeout};

use crate::{
    client::TIMEOUT,
    server::{Server, StoredMessage},
};

/// A client, and all that it has received.
struct RecordingClient {
    client: Client,
    received: BTreeMap<String, Vec<Message>>,
    /// The ids of the messages that it has sent.
    sent: Vec<String>,
    /// The ids of the messages that are confirmed as stored.
    stored: Vec<String>,
    refused: Vec<(Code, Content)>,
    connections: usize,
}

impl RecordingClient {
    async fn open(server: &Server, nickname: &str, rooms: &[&str]) -> Self {
        let address = Address::parse(&server.url("/")).expect("the server's address");
        let client = Client::open(address, Identity::Nickname(nickname.to_owned())).await;
        let mut client = client.expect("an open server");
        for room in rooms {
            client.join(room);
        }
        Self {
            client,
            received: BTreeMap::new(),
            sent: Vec::new(),
            stored: Vec::new(),
            refused: Vec::new(),
            connections: 1,
        }
    }

    fn send(&mut self, room: &str, text: &str) {
        let id = self.client.send(room, text);
        self.sent.push(id);
    }

    async fn next(&mut self) -> Result<(), ClientError> {
        let event = timeout(TIMEOUT, self.client.next()).await;
        match event.expect("something happens in time")? {
            Event::Welcome(_) => self.connections += 1,
            Event::Message(message) => {
                let received = self.received.entry(message.room.clone()).or_default();
                received.push(message);
            }
            Event::Stored { id, .. } => self.stored.push(id),
            Event::Refused { message, refusal } => {
                self.refused.push((refusal.code, message.content.clone()));
            }
            Event::JoinRefused { room, refusal } => panic!("{room}: {}", refusal.message),
            Event::Disconnected | Event::Joined { .. } | Event::Other(_) => {}
        }
        Ok(())
    }

    /// Reads until there is enough. All clients have to do so at the same time, because a client
    /// that is not polled stops sending after a while.
    async fn until(&mut self, is_enough: impl Fn(&Self) -> bool) {
        while !is_enough(self) {
            self.next().await.expect("a connection, sooner or later");
        }
    }

    fn count(&self) -> usize {
        self.received.values().map(Vec::len).sum()
    }

    /// The messages that it has received in a room, as they are stored.
    fn log(&self, room: &str) -> Vec<StoredMessage> {
        let stored = |message: &Message| StoredMessage {
            seq: message.seq,
            author: message.author.0,
            id: message.id.clone(),
            text: message.text().to_owned(),
        };
        self.received[room].iter().map(stored).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_receive_every_message_once_although_the_server_restarts() {
    const EACH: usize = 150;
    const ROOMS: [&str; 2] = ["tea", "milk"];
    let begun = Instant::now();
    let mut server = Server::with(&["--messages-per-second", "0"]);
    let mut bots = Vec::new();
    for nickname in ["Toto", "Titi", "Tata"] {
        let mut bot = RecordingClient::open(&server, nickname, &ROOMS).await;
        // All clients join before the first message. A later one would receive only the newest
        // page.
        bot.client.request(protocol::ClientFrame::Ping);
        let in_both = |event: &Event| matches!(event, Event::Other(protocol::ServerFrame::Pong));
        while !in_both(&bot.client.next().await.expect("a connection")) {}
        bots.push(bot);
    }
    for n in 0..EACH {
        for bot in &mut bots {
            bot.send(ROOMS[n % 2], &format!("{n}"));
        }
    }
    let all = 3 * EACH;
    for (nth, signal) in ["KILL", "TERM"].into_iter().enumerate() {
        let enough = |it: &RecordingClient| it.count() >= (nth + 1) * all / 4;
        join_all(bots.iter_mut().map(|bot| bot.until(enough))).await;
        let restarting = tokio::task::spawn_blocking(|| server.restart_on_same_port(signal));
        server = restarting.await.expect("no panic");
    }
    let enough = |it: &RecordingClient| it.count() >= all && it.stored.len() >= EACH;
    join_all(bots.iter_mut().map(|bot| bot.until(enough))).await;
    for bot in &mut bots {
        assert!(bot.connections > 2, "the client reconnected each time");
        let logs = server.logs();
        for room in ROOMS {
            assert!(bot.log(room) == logs[room], "it received another {room}");
        }
        let mut stored = bot.stored.clone();
        stored.sort_by_key(|id| bot.sent.iter().position(|sent| sent == id));
        assert_eq!(stored, bot.sent, "every message is stored once");
        // The two rooms do not wait for each other. Within a room the order is kept.
        for (nth, room) in ROOMS.into_iter().enumerate() {
            let ids = bot.sent.iter().skip(nth).step_by(2);
            let me = bot.client.user().0;
            let mine = logs[room].iter().filter(|it| it.author == me);
            assert!(mine.map(|it| &it.id).eq(ids));
        }
    }
    for bot in bots {
        bot.client.close().await;
    }
    println!(
        "client crate: 3 clients sent {all} messages over 2 restarts in {:?}: 0 lost, 0 repeated",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_retries_after_a_rate_limit_and_a_refused_message_blocks_no_others() {
    let server = Server::with(&["--messages-per-second", "20"]);
    let mut toto = RecordingClient::open(&server, "Toto", &["tea"]).await;
    for n in 0..50 {
        toto.send("tea", &n.to_string());
        if n == 25 {
            toto.client.send("tea", "   ");
        }
    }
    toto.until(|it| it.stored.len() == 50).await;
    assert_eq!(toto.stored, toto.sent);
    assert_eq!(toto.refused, [(Code::Blank, Content::Text("   ".into()))]);
    assert_eq!(server.logs()["tea"].len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_ends_when_the_server_does_not_know_its_token() {
    let server = Server::start();
    let mut toto = RecordingClient::open(&server, "Toto", &["tea"]).await;
    toto.send("tea", "hello");
    toto.until(|it| it.stored.len() == 1).await;
    let replacing = tokio::task::spawn_blocking(|| server.replace_on_same_port());
    let _another = replacing.await.expect("no panic");
    let error = loop {
        if let Err(error) = toto.next().await {
            break error;
        }
    };
    assert!(
        matches!(&error, ClientError::Refused(refusal) if refusal.code == Code::BadToken),
        "{error}"
    );
    assert!(matches!(toto.next().await, Err(ClientError::AlreadyClosed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_a_room_with_an_invalid_name_is_refused_once() {
    let server = Server::start();
    let address = Address::parse(&server.url("")).expect("the server's address");
    let client = Client::open(address, Identity::Nickname("Toto".to_owned())).await;
    let mut client = client.expect("an open server");
    client.join("?");
    match timeout(TIMEOUT, client.next()).await {
        Ok(Ok(Event::JoinRefused { room, refusal })) => {
            assert_eq!((room.as_str(), refusal.code), ("?", Code::BadRoomName));
        }
        other => panic!("it should be refused: {other:?}"),
    }
}
