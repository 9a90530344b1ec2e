//! Webhook webhooks: what is said in a room is posted to an address, at least once and in order,
//! however long that takes. Each has a task that reads its room's log from where it was, so a dead
//! receiver holds nobody up and fills no memory, and a restart goes on where the last one ended.
//!
//! [`signature`] proves who posts, as Standard Webhooks has it (<https://www.standardwebhooks.com>);
//! [`reach`] says where an address may lead.

mod signature;
mod ssrf;

use std::{collections::HashMap, sync::Arc, time::Duration};

use protocol::{Message, RoomName};
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

/// From the opening of a connection to the end of the answer.
const TIME: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read, so that its connection can be used again.
const ANSWER_BYTES: usize = 64 * 1024;
/// After a post that failed the next one is tried after so long, then twice as long each time …
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// … and up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// May an outgoing webhook lead there?
///
/// # Errors
/// Why not, as words.
pub fn validate_url(url: &str, is_private: bool) -> Result<(), String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    ssrf::check(&url, is_private)
}

/// What is posted, as JSON.
#[derive(Serialize)]
struct Payload<'a> {
    /// The webhook's name.
    webhook: &'a str,
    #[serde(flatten)]
    message: &'a Message,
}

/// Everything that a webhook's task needs.
#[derive(Clone)]
pub struct Outbound {
    pub store: Arc<Store>,
    pub hub: Arc<Hub>,
    pub writer: WriterHandle,
}

impl Outbound {
    /// Keeps all of them going for as long as the server runs: at first these; which there are is looked
    /// up whenever that changes.
    pub async fn run(self, first: Vec<Webhook>, mut changes: watch::Receiver<u64>) {
        let mut going = JoinSet::new();
        let mut known: HashMap<i64, AbortHandle> = HashMap::new();
        let mut all = first;
        loop {
            known.retain(|row, task| {
                let is_there = all.iter().any(|it| it.row == *row);
                if !is_there {
                    task.abort();
                }
                is_there && !task.is_finished()
            });
            while going.try_join_next().is_some() {}
            for outgoing in all {
                let row = outgoing.row;
                let begin = || going.spawn(self.clone().deliver_room(outgoing));
                known.entry(row).or_insert_with(begin);
            }
            if changes.changed().await.is_err() {
                return;
            }
            all = loop {
                match self.store.read(webhooks::all).await {
                    Ok(all) => break all,
                    // The store has logged it.
                    Err(_) => sleep(FIRST_PAUSE).await,
                }
            };
        }
    }

    /// Posts what is said, one after the other.
    async fn deliver_room(self, outgoing: Webhook) {
        let name = outgoing.new.name.clone();
        let Ok(room) = RoomName::parse(&outgoing.new.room) else {
            tracing::warn!(name, "an outgoing webhook has an invalid room name");
            return;
        };
        let post = match Post::new(&outgoing) {
            Ok(post) => post,
            Err(why) => {
                tracing::warn!(name, why, "an outgoing webhook has an unusable URL");
                return;
            }
        };
        let mut news = self.hub.follow(&room);
        let (row, mut upto) = (outgoing.row, outgoing.delivered_seq);
        loop {
            let newest = *news.borrow_and_update();
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
            for message in &page.messages {
                upto = message.seq;
                if is_wanted(&outgoing, message) {
                    post.deliver_with_retry(message).await;
                    self.writer
                        .record_delivery(DeliveryProgress {
                            webhook: row,
                            delivered_seq: upto,
                        })
                        .await;
                }
            }
            if !page.messages.is_empty() {
                self.writer
                    .record_delivery(DeliveryProgress {
                        webhook: row,
                        delivered_seq: upto,
                    })
                    .await;
            }
            let is_behind = newest > upto && !page.messages.is_empty();
            if !is_behind && news.changed().await.is_err() {
                return;
            }
        }
    }
}

/// Is this said for it? A word is one by itself: "deploy" is not in "deployed".
fn is_wanted(outgoing: &Webhook, message: &Message) -> bool {
    let Some(word) = outgoing.new.trigger.as_deref() else {
        return true;
    };
    let rest = message.text.strip_prefix(word);
    rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// The way to one receiver.
struct Post {
    client: Client,
    url: Url,
    name: String,
    row: i64,
    secret: signature::Secret,
    is_private: bool,
}

impl Post {
    fn new(outgoing: &Webhook) -> Result<Self, String> {
        let is_private = outgoing.new.private;
        let url = Url::parse(&outgoing.new.url).map_err(|error| error.to_string())?;
        let client = Client::builder()
            .timeout(TIME)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(ssrf::Resolver { is_private }))
            .user_agent(concat!("Parlor/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            client,
            url,
            name: outgoing.new.name.clone(),
            row: outgoing.row,
            secret: signature::Secret::parse(&outgoing.secret).ok_or("its secret is invalid")?,
            is_private,
        })
    }

    /// Posts it again and again, until it is taken.
    async fn deliver_with_retry(&self, message: &Message) {
        let mut pause = FIRST_PAUSE;
        while let Err(why) = self.attempt(message).await {
            let (name, seq) = (&self.name, message.seq);
            tracing::warn!(name, seq, why, "an outgoing webhook was not accepted");
            // Half of it by chance, so that many do not come back together.
            sleep(pause.mul_f64(0.5 + rand::random::<f64>() / 2.0)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&self, message: &Message) -> Result<(), String> {
        // What is an address already is not resolved.
        ssrf::check(&self.url, self.is_private)?;
        let payload = Payload {
            webhook: &self.name,
            message,
        };
        let body = serde_json::to_string(&payload).map_err(|error| error.to_string())?;
        let id = format!("{}_{}", self.row, message.seq);
        let at = now_ms() / 1_000;
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-signature", self.secret.sign(&id, at, &body))
            .header("webhook-id", id)
            .header("webhook-timestamp", at)
            .body(body);
        let mut answer = request.send().await.map_err(|error| why(&error))?;
        let status = answer.status();
        let mut read = 0;
        while read < ANSWER_BYTES
            && let Ok(Some(chunk)) = answer.chunk().await
        {
            read += chunk.len();
        }
        match status.is_success() {
            true => Ok(()),
            false => Err(format!("the response was {status}")),
        }
    }
}

/// The innermost reason, which says most.
fn why(error: &reqwest::Error) -> String {
    let mut why: &dyn std::error::Error = error;
    while let Some(inner) = why.source() {
        why = inner;
    }
    why.to_string()
}
