//! Programs that use the server's own client: what they say is stored once, and they hear everything
//! once and in order, whatever happens to the server.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use parlor::client::{Address, Body, Client, Ended, Event, Identity};
use protocol::{Code, Message};
use tokio::time::{Instant, timeout};

use crate::{
    client::TIMEOUT,
    server::{Server, Stored},
};

/// A program, and all that it was told.
struct ApiClient {
    client: Client,
    heard: BTreeMap<String, Vec<Message>>,
    /// Ids of what it has said, and of what it was told is stored.
    said: Vec<String>,
    stored: Vec<String>,
    refused: Vec<(Code, Body)>,
    lines: usize,
}

impl ApiClient {
    async fn come(server: &Server, nickname: &str, rooms: &[&str]) -> Self {
        let address = Address::parse(&server.url("/")).expect("the server's address");
        let client = Client::open(address, Identity::Nickname(nickname.to_owned())).await;
        let mut client = client.expect("an open server");
        for room in rooms {
            client.join(room);
        }
        Self {
            client,
            heard: BTreeMap::new(),
            said: Vec::new(),
            stored: Vec::new(),
            refused: Vec::new(),
            lines: 1,
        }
    }

    fn say(&mut self, room: &str, text: &str) {
        let id = self.client.say(room, text);
        self.said.push(id);
    }

    async fn next(&mut self) -> Result<(), Ended> {
        let event = timeout(TIMEOUT, self.client.next()).await;
        match event.expect("something happens in time")? {
            Event::Welcome(_) => self.lines += 1,
            Event::Message(message) => {
                let heard = self.heard.entry(message.room.clone()).or_default();
                heard.push(message);
            }
            Event::Stored { id, .. } => self.stored.push(id),
            Event::Refused { draft, refusal } => self.refused.push((refusal.code, draft.body)),
            Event::NotJoined { room, refusal } => panic!("{room}: {}", refusal.message),
            Event::Lost | Event::Joined { .. } | Event::Other(_) => {}
        }
        Ok(())
    }

    /// Programs have to attend at the same time: who hears nothing says nothing after a while.
    async fn until(&mut self, is_enough: impl Fn(&Self) -> bool) {
        while !is_enough(self) {
            self.next().await.expect("a line, sooner or later");
        }
    }

    fn count(&self) -> usize {
        self.heard.values().map(Vec::len).sum()
    }

    /// What it was told of a room, as it is stored.
    fn log(&self, room: &str) -> Vec<Stored> {
        let stored = |message: &Message| Stored {
            seq: message.seq,
            author: message.author.0,
            id: message.id.clone(),
            text: message.text.clone(),
        };
        self.heard[room].iter().map(stored).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_killed_and_restarted_while_they_talk_and_they_hear_all_of_it_once() {
    const EACH: usize = 150;
    const ROOMS: [&str; 2] = ["tea", "milk"];
    let begun = Instant::now();
    let mut server = Server::with(&["--messages-per-second", "0"]);
    let mut bots = Vec::new();
    for nickname in ["Toto", "Titi", "Tata"] {
        let mut bot = ApiClient::come(&server, nickname, &ROOMS).await;
        // From the beginning: who comes later would be told the newest only.
        bot.client.ask(protocol::ClientFrame::Ping);
        let in_both = |event: &Event| matches!(event, Event::Other(protocol::ServerFrame::Pong));
        while !in_both(&bot.client.next().await.expect("a line")) {}
        bots.push(bot);
    }
    for n in 0..EACH {
        for bot in &mut bots {
            bot.say(ROOMS[n % 2], &format!("{n}"));
        }
    }
    let all = 3 * EACH;
    for (nth, signal) in ["KILL", "TERM"].into_iter().enumerate() {
        let enough = |it: &ApiClient| it.count() >= (nth + 1) * all / 4;
        join_all(bots.iter_mut().map(|bot| bot.until(enough))).await;
        let restarting = tokio::task::spawn_blocking(|| server.restarted_in_place(signal));
        server = restarting.await.expect("no panic");
    }
    let enough = |it: &ApiClient| it.count() >= all && it.stored.len() >= EACH;
    join_all(bots.iter_mut().map(|bot| bot.until(enough))).await;
    for bot in &mut bots {
        assert!(bot.lines > 2, "it came back each time");
        let logs = server.logs();
        for room in ROOMS {
            assert!(bot.log(room) == logs[room], "it heard another {room}");
        }
        let mut stored = bot.stored.clone();
        stored.sort_by_key(|id| bot.said.iter().position(|said| said == id));
        assert_eq!(stored, bot.said, "all of it, once");
        // The two rooms do not wait for each other; in each it is told as it was said.
        for (nth, room) in ROOMS.into_iter().enumerate() {
            let ids = bot.said.iter().skip(nth).step_by(2);
            let me = bot.client.user().0;
            let mine = logs[room].iter().filter(|it| it.author == me);
            assert!(mine.map(|it| &it.id).eq(ids));
        }
    }
    for bot in bots {
        bot.client.close().await;
    }
    println!(
        "bots: 3 said {all} messages over 2 restarts in {:?}: 0 lost, 0 repeated",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_too_fast_waits_and_what_is_refused_holds_nothing_up() {
    let server = Server::with(&["--messages-per-second", "20"]);
    let mut toto = ApiClient::come(&server, "Toto", &["tea"]).await;
    for n in 0..50 {
        toto.say("tea", &n.to_string());
        if n == 25 {
            toto.client.say("tea", "   ");
        }
    }
    toto.until(|it| it.stored.len() == 50).await;
    assert_eq!(toto.stored, toto.said);
    assert_eq!(toto.refused, [(Code::Blank, Body::Text("   ".into()))]);
    assert_eq!(server.logs()["tea"].len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_forgotten_everybody_is_left_for_good() {
    let server = Server::open();
    let mut toto = ApiClient::come(&server, "Toto", &["tea"]).await;
    toto.say("tea", "hello");
    toto.until(|it| it.stored.len() == 1).await;
    let replacing = tokio::task::spawn_blocking(|| server.replaced_in_place());
    let _another = replacing.await.expect("no panic");
    let ended = loop {
        if let Err(ended) = toto.next().await {
            break ended;
        }
    };
    assert!(
        matches!(&ended, Ended::Refused(refusal) if refusal.code == Code::BadToken),
        "{ended}"
    );
    assert!(matches!(toto.next().await, Err(Ended::Already)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_cannot_be_is_told_once() {
    let server = Server::open();
    let address = Address::parse(&server.url("")).expect("the server's address");
    let client = Client::open(address, Identity::Nickname("Toto".to_owned())).await;
    let mut client = client.expect("an open server");
    client.join("?");
    match timeout(TIMEOUT, client.next()).await {
        Ok(Ok(Event::NotJoined { room, refusal })) => {
            assert_eq!((room.as_str(), refusal.code), ("?", Code::BadRoomName));
        }
        other => panic!("it should be refused: {other:?}"),
    }
}
