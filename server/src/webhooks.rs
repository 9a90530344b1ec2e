//! Outgoing webhooks: deliver the messages of a room to a URL, at least once and in order.
//!
//! Each webhook has its own task, which reads the room's log after the last delivered message and
//! retries without a limit. An unreachable receiver therefore delays no other webhook and fills no
//! memory, and after a restart delivery continues at the stored position.
//!
//! [`signature`] signs requests according to Standard Webhooks
//! (<https://www.standardwebhooks.com>). [`ssrf`] keeps requests out of private networks.

mod signature;
mod ssrf;

use std::{collections::HashMap, sync::Arc, time::Duration};

use protocol::{EventBody, Message, RoomName, Seq};
use reqwest::{Client, Url};
use serde::Serialize;
pub use signature::new_secret;
use tokio::{
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use crate::{
    hub::Hub,
    store::{
        Store,
        events::{self, CatchUp},
        now_ms,
        webhooks::{self, Webhook},
    },
    writer::{DeliveryProgress, WriterHandle},
};

/// The longest time for one attempt, from connecting to the end of the response.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of a response that are read. Reading it lets the connection be reused.
const RESPONSE_BYTES: usize = 64 * 1024;
/// The pause after the first failed attempt. Every further pause is twice as long …
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// … up to this one.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Checks the URL of a new webhook.
///
/// # Errors
/// Says why the URL is invalid, or that its host is an address in a private network and
/// `allow_private` is not set.
pub fn validate_url(url: &str, allow_private: bool) -> Result<(), String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    ssrf::check(&url, allow_private)
}

/// The body of a request, as JSON: the message, and the name of the webhook.
#[derive(Serialize)]
struct OutgoingPayload<'a> {
    webhook: &'a str,
    #[serde(flatten)]
    message: &'a Message,
}

/// Runs the tasks of all outgoing webhooks.
#[derive(Clone)]
pub struct Outbound {
    pub store: Arc<Store>,
    pub hub: Arc<Hub>,
    pub writer: WriterHandle,
}

impl Outbound {
    /// Runs a task for each webhook until the server stops. The webhooks are read from the store
    /// again after every change.
    pub async fn run(self, first: Vec<Webhook>, mut changes: watch::Receiver<u64>) {
        let mut tasks = JoinSet::new();
        let mut handles: HashMap<i64, AbortHandle> = HashMap::new();
        let mut all = first;
        loop {
            handles.retain(|row, task| {
                let still_exists = all.iter().any(|it| it.row == *row);
                if !still_exists {
                    task.abort();
                }
                still_exists && !task.is_finished()
            });
            while tasks.try_join_next().is_some() {}
            for webhook in all {
                let row = webhook.row;
                let spawn = || tasks.spawn(self.clone().deliver_room(webhook));
                handles.entry(row).or_insert_with(spawn);
            }
            if changes.changed().await.is_err() {
                return;
            }
            all = loop {
                match self.store.read(webhooks::all).await {
                    Ok(all) => break all,
                    // The store has logged the error.
                    Err(_) => sleep(FIRST_PAUSE).await,
                }
            };
        }
    }

    /// Delivers the messages of the webhook's room, one after the other.
    async fn deliver_room(self, webhook: Webhook) {
        let name = webhook.new.name.clone();
        let Ok(room) = RoomName::parse(&webhook.new.room) else {
            tracing::warn!(name, "an outgoing webhook has an invalid room name");
            return;
        };
        let endpoint = match Endpoint::new(&webhook) {
            Ok(endpoint) => endpoint,
            Err(error) => {
                tracing::warn!(name, error, "an outgoing webhook has an unusable URL");
                return;
            }
        };
        let mut newest_seq = self.hub.watch_log(&room);
        let (row, mut upto) = (webhook.row, webhook.delivered_seq);
        let mut pause = FIRST_PAUSE;
        loop {
            let newest = *newest_seq.borrow_and_update();
            let page = match self.hub.known_room(&room) {
                Some(room) if newest > upto => {
                    let after = upto;
                    let read = self
                        .store
                        .read(move |db| events::page_after(db, room.as_str(), after));
                    let Ok(page) = read.await else {
                        sleep(FIRST_PAUSE).await;
                        continue;
                    };
                    page
                }
                _ => CatchUp::default(),
            };
            let mut has_failed = false;
            for message in &page.messages {
                if has_trigger_word(&webhook, message) {
                    if let Err(error) = endpoint.attempt(message).await {
                        endpoint.warn(message, &error);
                        has_failed = true;
                        break;
                    }
                    pause = FIRST_PAUSE;
                    self.record(row, message.seq).await;
                }
                upto = message.seq;
            }
            if has_failed {
                // Half of the pause is random, so that many webhooks do not retry at the same time.
                sleep(pause.mul_f64(0.5 + rand::random::<f64>() / 2.0)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                // The page is read again: a text may have been deleted meanwhile.
                continue;
            }
            if !page.messages.is_empty() {
                self.record(row, upto).await;
            }
            let is_behind = newest > upto && !page.messages.is_empty();
            if !is_behind && newest_seq.changed().await.is_err() {
                return;
            }
        }
    }

    async fn record(&self, webhook: i64, delivered_seq: Seq) {
        let progress = DeliveryProgress {
            webhook,
            delivered_seq,
        };
        self.writer.record_delivery(progress).await;
    }
}

/// Whether the message begins with the webhook's trigger word. True if the webhook has none. Only
/// whole words count: "deployed" does not begin with "deploy".
fn has_trigger_word(webhook: &Webhook, message: &Message) -> bool {
    let Some(word) = webhook.new.trigger.as_deref() else {
        return true;
    };
    let rest = message.text().strip_prefix(word);
    // The receiver may have been sent the message that was deleted.
    let is_deletion = matches!(message.body, EventBody::Delete(_));
    is_deletion || rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// The receiver of one webhook, and what a request to it needs.
struct Endpoint {
    client: Client,
    url: Url,
    name: String,
    row: i64,
    secret: signature::Secret,
    allow_private: bool,
}

impl Endpoint {
    fn new(webhook: &Webhook) -> Result<Self, String> {
        let allow_private = webhook.new.private;
        let url = Url::parse(&webhook.new.url).map_err(|error| error.to_string())?;
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(ssrf::Resolver { allow_private }))
            .user_agent(concat!("Parlor/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            client,
            url,
            name: webhook.new.name.clone(),
            row: webhook.row,
            secret: signature::Secret::parse(&webhook.secret).ok_or("its secret is invalid")?,
            allow_private,
        })
    }

    fn warn(&self, message: &Message, error: &str) {
        let (name, seq) = (&self.name, message.seq);
        tracing::warn!(
            name,
            seq,
            error,
            "the receiver of an outgoing webhook did not accept a message; retrying"
        );
    }

    /// Sends the message once. The error says why it was not accepted.
    async fn attempt(&self, message: &Message) -> Result<(), String> {
        // An IP address as the host is never resolved, so the resolver cannot check it.
        ssrf::check(&self.url, self.allow_private)?;
        let payload = OutgoingPayload {
            webhook: &self.name,
            message,
        };
        let body = serde_json::to_string(&payload).map_err(|error| error.to_string())?;
        let id = format!("{}_{}", self.row, message.seq);
        let timestamp = now_ms() / 1_000;
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-signature", self.secret.sign(&id, timestamp, &body))
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .body(body);
        let mut response = request.send().await.map_err(|error| root_cause(&error))?;
        let status = response.status();
        let mut read = 0;
        while read < RESPONSE_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            read += chunk.len();
        }
        match status.is_success() {
            true => Ok(()),
            false => Err(format!("the response was {status}")),
        }
    }
}

/// The innermost error, which is the most specific: "connection refused" instead of "error sending
/// request".
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
