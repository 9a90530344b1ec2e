//! Outgoing webhooks: a receiver on this machine gets the messages of a room, whatever happens to
//! it or to the server.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Instant,
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
    client::{Client, TIMEOUT},
    server::Server,
};

/// How a receiver responds to a delivery.
#[derive(Clone, Copy)]
pub enum Behavior {
    Accepts,
    Fails,
    /// Never responds.
    Hangs,
    /// Redirects to a path that accepts the delivery.
    Redirects,
    /// Responds with this status.
    Responds(u16),
    /// Responds that there are too many requests, and asks to wait for so many seconds.
    AsksToWait(u64),
}

/// A delivery that was received.
pub struct Delivery {
    headers: HeaderMap,
    body: String,
    pub received_at: Instant,
}

/// An HTTP server that a webhook posts to.
pub struct Receiver {
    pub url: String,
    deliveries: mpsc::UnboundedReceiver<Delivery>,
    pub behaviors: Arc<Mutex<VecDeque<Behavior>>>,
}

type Shared = (
    mpsc::UnboundedSender<Delivery>,
    Arc<Mutex<VecDeque<Behavior>>>,
);

impl Receiver {
    /// Starts a receiver that responds to the first deliveries like this, and accepts all others.
    pub async fn open(behaviors: &[Behavior]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/in", listener.local_addr().expect("an address"));
        let (sender, deliveries) = mpsc::unbounded_channel();
        let behaviors = Arc::new(Mutex::new(behaviors.iter().copied().collect()));
        let router = Router::new()
            .fallback(receive)
            .with_state((sender, Arc::clone(&behaviors)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            deliveries,
            behaviors,
        }
    }

    pub async fn next(&mut self) -> Delivery {
        let next = tokio::time::timeout(TIMEOUT, self.deliveries.recv()).await;
        next.expect("in time").expect("the receiver is open")
    }

    /// The texts of the next `count` deliveries.
    pub async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            texts.push(self.next().await.text());
        }
        texts
    }
}

async fn receive(
    State((sender, behaviors)): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let behavior = behaviors.lock().expect("no panic").pop_front();
    sender
        .send(Delivery {
            headers,
            body,
            received_at: Instant::now(),
        })
        .expect("the receiver is open");
    match behavior.unwrap_or(Behavior::Accepts) {
        Behavior::Accepts => StatusCode::NO_CONTENT.into_response(),
        Behavior::Fails => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Behavior::Hangs => std::future::pending().await,
        Behavior::Redirects => {
            (StatusCode::TEMPORARY_REDIRECT, [("location", "/there")]).into_response()
        }
        Behavior::Responds(status) => StatusCode::from_u16(status)
            .expect("a status")
            .into_response(),
        Behavior::AsksToWait(seconds) => {
            let retry_after = [("retry-after", seconds.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, retry_after).into_response()
        }
    }
}

impl Delivery {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("ASCII")
    }

    pub fn text(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).expect("JSON");
        body["text"].as_str().expect("a text").to_owned()
    }

    /// Whether the signature is valid, computed here from the Standard Webhooks specification.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret"));
        let mut mac = Hmac::<Sha256>::new_from_slice(&key.expect("base64")).expect("a key");
        let (id, at) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        mac.update(format!("{id}.{at}.{}", self.body).as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        self.header("webhook-signature") == signature
    }
}

/// Creates a webhook from the room `ops` to this receiver. Returns the secret.
pub fn outgoing(server: &Server, receiver: &Receiver, more: &[&str]) -> String {
    let mut create = vec![
        "outgoing", "create", "--name", "mirror", "--room", "ops", "--url",
    ];
    create.push(&receiver.url);
    create.extend(more);
    server.command_output(&create)
}

#[tokio::test]
async fn new_messages_are_delivered_in_order_and_signed() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    anna.post("ops", "before", "too early").await;
    let mut receiver = Receiver::open(&[]).await;
    let secret = outgoing(&server, &receiver, &["--allow-private"]);
    for n in 0..10 {
        anna.post("ops", &n.to_string(), &format!("message {n}"))
            .await;
    }
    for n in 0..10 {
        let delivery = receiver.next().await;
        assert_eq!(delivery.text(), format!("message {n}"));
        assert!(delivery.is_signed_with(&secret));
        let body: Value = serde_json::from_str(&delivery.body).expect("JSON");
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
            .command_output(&["outgoing", "list"])
            .starts_with("mirror\tops\thttp://127.0.0.1")
    );
    server.command_output(&["outgoing", "remove", "--name", "mirror"]);
    anna.post("ops", "after", "too late").await;
    outgoing(&server, &receiver, &["--allow-private"]);
    anna.post("ops", "again", "in time").await;
    assert_eq!(receiver.texts(1).await, ["in time"]);
}

#[tokio::test]
async fn a_trigger_has_an_old_name() {
    let server = Server::start();
    let receiver = Receiver::open(&[]).await;
    outgoing(&server, &receiver, &["--allow-private", "--word", "deploy"]);
    let list = server.command_output(&["outgoing", "list"]);
    assert!(list.contains("\tdeploy\t"), "{list}");
}

#[tokio::test]
async fn only_messages_that_begin_with_the_trigger_word_are_delivered() {
    let server = Server::start();
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
async fn failed_deliveries_are_retried_without_slowing_the_room() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver =
        Receiver::open(&[Behavior::Hangs, Behavior::Fails, Behavior::Redirects]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    // The room accepts messages while the first delivery hangs.
    for n in 0..5 {
        anna.post("ops", &n.to_string(), &n.to_string()).await;
    }
    assert_eq!(receiver.texts(1).await, ["0"]);
    let first_tries = receiver.texts(3).await;
    assert_eq!(first_tries, ["0", "0", "0"], "redirects are not followed");
    assert_eq!(receiver.texts(4).await, ["1", "2", "3", "4"]);
    assert!(receiver.behaviors.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn a_text_that_was_deleted_before_the_receiver_accepts_it_is_never_delivered() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver = Receiver::open(&[Behavior::Fails; 100]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    for n in 1..=3 {
        anna.post("ops", &n.to_string(), &format!("secret {n}"))
            .await;
    }
    assert_eq!(receiver.texts(1).await, ["secret 1"]);
    for seq in ["1", "2"] {
        server.command_output(&["message", "remove", "--room", "ops", "--seq", seq]);
    }
    receiver.behaviors.lock().expect("no panic").clear();
    // An attempt was perhaps under way.
    while receiver.texts(1).await[0] == "secret 1" {}
    // The empty texts of both messages; a failed attempt is repeated.
    let mut next = receiver.texts(1).await.remove(0);
    while next.is_empty() {
        next = receiver.texts(1).await.remove(0);
    }
    assert_eq!(next, "secret 3");
    let deletions = ["Parlor deletes message 1.", "Parlor deletes message 2."];
    assert_eq!(receiver.texts(2).await, deletions);
}

#[tokio::test]
async fn deliveries_continue_after_a_restart() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver = Receiver::open(&[Behavior::Accepts, Behavior::Fails]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    anna.post("ops", "a", "taken").await;
    assert_eq!(receiver.texts(1).await, ["taken"]);
    anna.post("ops", "b", "not taken").await;
    assert_eq!(receiver.texts(1).await, ["not taken"]);
    anna.post("ops", "c", "behind it").await;
    let server = server.kill_and_restart();
    // A delivery that was accepted just before the server was killed may be repeated.
    let mut texts = receiver.texts(2).await;
    if texts[0] == "taken" {
        texts = [texts[1].clone(), receiver.texts(1).await.remove(0)].to_vec();
    }
    assert_eq!(texts, ["not taken", "behind it"]);
    drop(server);
}

#[tokio::test]
async fn deliveries_to_private_addresses_are_refused_unless_allowed() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver = Receiver::open(&[]).await;
    let create = [
        "outgoing", "create", "--name", "mirror", "--room", "ops", "--url",
    ];
    let refused = server.command_error(&[&create[..], &[&receiver.url]].concat());
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
        server.command_output(&[&create, more].concat());
    }
    anna.post("ops", "a", "a secret of the server").await;
    let delivery = receiver.next().await;
    let body: Value = serde_json::from_str(&delivery.body).expect("JSON");
    assert_eq!(body["webhook"], "open");
    // The other webhook tries as well, now or later, and delivers nothing.
    anna.post("ops", "b", "another").await;
    assert_eq!(receiver.next().await.text(), "another");
    let listed = || server.command_output(&["outgoing", "list"]);
    while !listed().contains("message 1: it is in a private network") {}
    let listed = listed();
    let listed: Vec<_> = listed.lines().collect();
    assert!(
        listed[0].starts_with("by-name\t") && listed[0].contains("\t\t0\tactive\t0\tmessage 1: "),
        "{listed:?}"
    );
    assert!(listed[1].ends_with("\tactive\t0"), "{listed:?}");
}

#[tokio::test]
async fn invalid_commands_are_refused() {
    let server = Server::start();
    for (url, why) in [("ftp://x.example", "https://"), ("nowhere", "https://")] {
        let create = [
            "outgoing", "create", "--name", "x", "--room", "ops", "--url", url,
        ];
        assert!(server.command_error(&create).contains(why), "{url}");
    }
    let remove = ["outgoing", "remove", "--name", "x"];
    assert!(
        server
            .command_error(&remove)
            .contains("no outgoing webhook")
    );
}

#[tokio::test]
async fn a_webhook_follows_a_room_in_any_spelling_and_before_it_exists() {
    let server = Server::start();
    let mut receiver = Receiver::open(&[]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    let mut anna = Client::in_room(&server, "Anna", "OPS").await;
    anna.post("OPS", "a", "one").await;
    let first = receiver.next().await;
    assert_eq!(first.text(), "one");
    server.command_output(&["outgoing", "remove", "--name", "mirror"]);
    outgoing(&server, &receiver, &["--allow-private"]);
    anna.post("OPS", "b", "two").await;
    let second = receiver.next().await;
    assert_eq!(
        second.text(),
        "two",
        "messages from before the webhook are not delivered"
    );
    let row = |delivery: &Delivery| {
        delivery
            .header("webhook-id")
            .split('_')
            .next()
            .map(str::to_owned)
    };
    assert_ne!(row(&first), row(&second), "ids are never reused");
}
