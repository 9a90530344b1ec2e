//! Outgoing webhooks: a receiver on this machine gets what is said in a room, whatever happens to it or
//! to the server.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    client::{Client, PATIENCE},
    server::Server,
};

/// How a receiver answers.
#[derive(Clone, Copy)]
pub enum Manner {
    Takes,
    Fails,
    /// Says nothing at all.
    Hangs,
    /// Sends elsewhere, where it would be taken.
    Redirects,
}

/// Something that was posted.
pub struct Posted {
    headers: HeaderMap,
    body: String,
}

/// Somebody whom a server posts to.
pub struct Receiver {
    pub url: String,
    posted: mpsc::UnboundedReceiver<Posted>,
    manners: Arc<Mutex<VecDeque<Manner>>>,
}

type Shared = (mpsc::UnboundedSender<Posted>, Arc<Mutex<VecDeque<Manner>>>);

impl Receiver {
    /// Answers the first posts in these manners, and takes all others.
    pub async fn open(manners: &[Manner]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/in", listener.local_addr().expect("an address"));
        let (sender, posted) = mpsc::unbounded_channel();
        let manners = Arc::new(Mutex::new(manners.iter().copied().collect()));
        let router = Router::new()
            .fallback(receive)
            .with_state((sender, Arc::clone(&manners)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            posted,
            manners,
        }
    }

    pub async fn next(&mut self) -> Posted {
        let next = tokio::time::timeout(PATIENCE, self.posted.recv()).await;
        next.expect("in time").expect("it is open")
    }

    /// The texts of the next so many posts.
    pub async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            texts.push(self.next().await.text());
        }
        texts
    }
}

async fn receive(
    State((sender, manners)): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let manner = manners.lock().expect("no panic").pop_front();
    sender.send(Posted { headers, body }).expect("it is open");
    match manner.unwrap_or(Manner::Takes) {
        Manner::Takes => StatusCode::NO_CONTENT.into_response(),
        Manner::Fails => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Manner::Hangs => std::future::pending().await,
        Manner::Redirects => {
            (StatusCode::TEMPORARY_REDIRECT, [("location", "/there")]).into_response()
        }
    }
}

impl Posted {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("ASCII")
    }

    pub fn text(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).expect("JSON");
        body["text"].as_str().expect("a text").to_owned()
    }

    /// As Standard Webhooks has it, computed by hand.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret"));
        let mut mac = Hmac::<Sha256>::new_from_slice(&key.expect("base64")).expect("a key");
        let (id, at) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        mac.update(format!("{id}.{at}.{}", self.body).as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature") == signature
    }
}

/// Has what is said in the room `ops` posted there; returns the secret.
fn outgoing(server: &Server, receiver: &Receiver, more: &[&str]) -> String {
    let mut create = vec![
        "outgoing", "create", "--name", "mirror", "--room", "ops", "--url",
    ];
    create.push(&receiver.url);
    create.extend(more);
    server.told(&create)
}

#[tokio::test]
async fn what_is_said_from_now_on_is_posted_in_order_and_signed() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    anna.post("ops", "before", "too early").await;
    let mut receiver = Receiver::open(&[]).await;
    let secret = outgoing(&server, &receiver, &["--allow-private"]);
    for n in 0..10 {
        anna.post("ops", &n.to_string(), &format!("message {n}"))
            .await;
    }
    for n in 0..10 {
        let posted = receiver.next().await;
        assert_eq!(posted.text(), format!("message {n}"));
        assert!(posted.is_signed_with(&secret));
        let body: Value = serde_json::from_str(&posted.body).expect("JSON");
        assert_eq!(
            (&body["webhook"], &body["from"]),
            (&"mirror".into(), &"Anna".into())
        );
        assert_eq!(
            (&body["room"], &body["seq"]),
            (&"ops".into(), &(n + 2).into())
        );
    }
    assert!(
        server
            .told(&["outgoing", "list"])
            .starts_with("mirror\tops\thttp://127.0.0.1")
    );
    server.told(&["outgoing", "remove", "--name", "mirror"]);
    anna.post("ops", "after", "too late").await;
    outgoing(&server, &receiver, &["--allow-private"]);
    anna.post("ops", "again", "in time").await;
    assert_eq!(receiver.texts(1).await, ["in time"]);
}

#[tokio::test]
async fn a_trigger_has_an_old_name() {
    let server = Server::open();
    let receiver = Receiver::open(&[]).await;
    outgoing(&server, &receiver, &["--allow-private", "--word", "deploy"]);
    let list = server.told(&["outgoing", "list"]);
    assert!(list.contains("\tdeploy\t"), "{list}");
}

#[tokio::test]
async fn only_messages_that_begin_with_the_trigger_are_posted() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver = Receiver::open(&[]).await;
    outgoing(
        &server,
        &receiver,
        &["--allow-private", "--trigger", "deploy"],
    );
    for text in [
        "hello",
        "deploy",
        "deployed",
        "please deploy",
        "deploy web",
        "deploy: all",
    ] {
        anna.post("ops", text, text).await;
    }
    assert_eq!(
        receiver.texts(3).await,
        ["deploy", "deploy web", "deploy: all"]
    );
}

#[tokio::test]
async fn what_was_not_taken_is_posted_again_and_slows_nobody() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver = Receiver::open(&[Manner::Hangs, Manner::Fails, Manner::Redirects]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    // The room goes on while the first of these hangs.
    for n in 0..5 {
        anna.post("ops", &n.to_string(), &n.to_string()).await;
    }
    assert_eq!(receiver.texts(1).await, ["0"]);
    let first_tries = receiver.texts(3).await;
    assert_eq!(first_tries, ["0", "0", "0"], "and no redirect is followed");
    assert_eq!(receiver.texts(4).await, ["1", "2", "3", "4"]);
    assert!(receiver.manners.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn after_a_restart_it_goes_on_where_it_was() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver = Receiver::open(&[Manner::Takes, Manner::Fails]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    anna.post("ops", "a", "taken").await;
    assert_eq!(receiver.texts(1).await, ["taken"]);
    anna.post("ops", "b", "not taken").await;
    assert_eq!(receiver.texts(1).await, ["not taken"]);
    anna.post("ops", "c", "behind it").await;
    let server = server.killed_and_reopened();
    // Of what was taken in the last moment before the end it may get a second one.
    let mut texts = receiver.texts(2).await;
    if texts[0] == "taken" {
        texts = [texts[1].clone(), receiver.texts(1).await.remove(0)].to_vec();
    }
    assert_eq!(texts, ["not taken", "behind it"]);
    drop(server);
}

#[tokio::test]
async fn a_private_address_is_refused_unless_it_is_allowed() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver = Receiver::open(&[]).await;
    let create = [
        "outgoing", "create", "--name", "mirror", "--room", "ops", "--url",
    ];
    let refused = server.not_told(&[&create[..], &[&receiver.url]].concat());
    assert!(refused.contains("--allow-private"), "{refused}");
    let by_name = receiver.url.replace("127.0.0.1", "localhost");
    for (name, url) in [
        ("by-name", by_name.as_str()),
        ("open", receiver.url.as_str()),
    ] {
        let create = [
            "outgoing", "create", "--name", name, "--room", "ops", "--url", url,
        ];
        let more: &[&str] = if name == "open" {
            &["--allow-private"]
        } else {
            &[]
        };
        server.told(&[&create, more].concat());
    }
    anna.post("ops", "a", "a secret of the server").await;
    let posted = receiver.next().await;
    let body: Value = serde_json::from_str(&posted.body).expect("JSON");
    assert_eq!(body["webhook"], "open");
    // The other has tried by now as well, or will, and nothing comes of it.
    anna.post("ops", "b", "another").await;
    assert_eq!(receiver.next().await.text(), "another");
    let reached: Vec<_> = server
        .told(&["outgoing", "list"])
        .lines()
        .map(str::to_owned)
        .collect();
    assert!(
        reached[0].starts_with("by-name\t") && reached[0].ends_with("\t0"),
        "{reached:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_is_refused_on_the_command_line() {
    let server = Server::open();
    for (url, why) in [("ftp://x.example", "https://"), ("nowhere", "https://")] {
        let create = [
            "outgoing", "create", "--name", "x", "--room", "ops", "--url", url,
        ];
        assert!(server.not_told(&create).contains(why), "{url}");
    }
    let remove = ["outgoing", "remove", "--name", "x"];
    assert!(server.not_told(&remove).contains("no outgoing webhook"));
}

#[tokio::test]
async fn a_room_that_is_written_otherwise_or_made_later_is_followed_all_the_same() {
    let server = Server::open();
    let mut receiver = Receiver::open(&[]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    let mut anna = Client::in_room(&server, "Anna", "OPS").await;
    anna.post("OPS", "a", "one").await;
    let first = receiver.next().await;
    assert_eq!(first.text(), "one");
    server.told(&["outgoing", "remove", "--name", "mirror"]);
    outgoing(&server, &receiver, &["--allow-private"]);
    anna.post("OPS", "b", "two").await;
    let second = receiver.next().await;
    assert_eq!(
        second.text(),
        "two",
        "what was said before it was made is not told"
    );
    let row = |posted: &Posted| {
        posted
            .header("webhook-id")
            .split('_')
            .next()
            .map(str::to_owned)
    };
    assert_ne!(row(&first), row(&second), "no id is used again");
}
