//! Outgoing webhooks: deliver the messages of a room to a URL, at least once and in order.
//!
//! Each webhook has its own task, which reads the room's log after the last delivered message. So a
//! receiver delays no other webhook and fills no memory, and after a restart delivery continues at
//! the stored position.
//!
//! A receiver that cannot be reached, or answers with 5xx, is tried again without a limit. A
//! message that the receiver rejects is given up after [`REJECTIONS`], and so is an event that
//! cannot be read: they would hold up everything after them. A receiver that is gone (410) gets no
//! more messages until the operator enables the webhook again.
//!
//! [`endpoint`] makes the requests. [`signature`] signs them according to Standard Webhooks
//! (<https://www.standardwebhooks.com>). [`ssrf`] keeps them out of private networks.

mod endpoint;
mod signature;
mod ssrf;

use std::{collections::HashMap, sync::Arc, time::Duration};

use endpoint::{Endpoint, Failure};
use protocol::{EventBody, Message, RoomName, Seq};
use reqwest::Url;
pub use signature::new_secret;
use tokio::{
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use crate::{
    hub::Hub,
    store::{
        Store, events,
        webhooks::{self, Delivery, Webhook},
    },
    writer::{DeliveryProgress, WriterHandle},
};

/// The pause after the first failed attempt. Every further pause is twice as long …
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// … up to this one.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
/// A receiver may ask for a longer pause (`Retry-After`), up to this one.
const LONGEST_REQUESTED_PAUSE: Duration = Duration::from_secs(60 * 60);
/// How often a receiver has to reject a message until the message is given up.
const REJECTIONS: u32 = 3;

/// Checks the URL of a new webhook.
///
/// # Errors
/// Says why the URL is invalid, or that its host is an address in a private network and
/// `allow_private` is not set.
pub fn validate_url(url: &str, allow_private: bool) -> Result<(), String> {
    let url = Url::parse(url).map_err(|error| error.to_string())?;
    ssrf::check(&url, allow_private)
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
                if webhook.status.disabled {
                    continue;
                }
                let row = webhook.row;
                let spawn = || tasks.spawn(deliver_room(self.clone(), webhook));
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
}

/// Delivers the messages of the webhook's room, one after the other, until the receiver is gone.
async fn deliver_room(outbound: Outbound, webhook: Webhook) {
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
    let newest_seq = outbound.hub.watch_log(&room);
    let delivery = RoomDelivery {
        upto: webhook.status.delivered_seq,
        last_error: webhook.status.last_error.clone(),
        pause: FIRST_PAUSE,
        rejections: 0,
        outbound,
        webhook,
        room,
        endpoint,
    };
    delivery.run(newest_seq).await;
}

/// The delivery of a room's messages to one receiver.
struct RoomDelivery {
    outbound: Outbound,
    webhook: Webhook,
    room: RoomName,
    endpoint: Endpoint,
    /// The number of the last event that was delivered, was dropped, or needed no delivery.
    upto: Seq,
    /// The last error that was stored.
    last_error: Option<String>,
    /// The pause after the next failed attempt.
    pause: Duration,
    /// How often the receiver has rejected the next message.
    rejections: u32,
}

/// What follows from an attempt to deliver a message.
enum NextStep {
    NextMessage,
    /// Try again after this pause. The page is read again, because a text may have been deleted
    /// meanwhile.
    TryAgain(Duration),
    Stop,
}

impl RoomDelivery {
    async fn run(mut self, mut newest_seq: watch::Receiver<Seq>) {
        loop {
            let newest = *newest_seq.borrow_and_update();
            let Some(page) = self.next_page(newest).await else {
                continue;
            };
            match self.deliver_page(&page).await {
                NextStep::NextMessage => {}
                NextStep::TryAgain(pause) => {
                    sleep(pause).await;
                    continue;
                }
                NextStep::Stop => return,
            }
            let is_behind = newest > self.upto && !page.is_empty();
            if !is_behind && newest_seq.changed().await.is_err() {
                return;
            }
        }
    }

    /// Reads the messages after the last delivered one. `None` if they have to be read again: after
    /// an outage, or after an event that was dropped because it cannot be read.
    async fn next_page(&mut self, newest: Seq) -> Option<Vec<Message>> {
        let (store, after) = (Arc::clone(&self.outbound.store), self.upto);
        let room = match self.outbound.hub.known_room(&self.room) {
            Some(room) if newest > after => room,
            _ => return Some(Vec::new()),
        };
        let name = room.clone();
        let page = store.read(move |db| events::page_after(db, name.as_str(), after));
        let error = match page.await {
            Ok(page) => return Some(page.messages),
            Err(error) => error,
        };
        // The store has logged the error.
        let error = match error.is_outage() {
            true => error,
            // One of the page's events cannot be decoded. Read one at a time, the others can.
            false => {
                let next = store.read(move |db| webhooks::next_event(db, room.as_str(), after));
                match next.await {
                    Ok(next) => return Some(next.into_iter().collect()),
                    Err(error) => error,
                }
            }
        };
        if error.is_outage() {
            sleep(FIRST_PAUSE).await;
        } else {
            self.upto += 1;
            self.drop_event(self.upto, &error.to_string()).await;
        }
        None
    }

    async fn deliver_page(&mut self, page: &[Message]) -> NextStep {
        for message in page {
            if has_trigger_word(&self.webhook, message) {
                match self.deliver(message).await {
                    NextStep::NextMessage => {}
                    other => return other,
                }
            }
            // Whatever became of earlier attempts, they say nothing about the next message.
            self.upto = message.seq;
            self.reset_retries();
        }
        if !page.is_empty() {
            self.record(self.upto, Delivery::Delivered).await;
        }
        NextStep::NextMessage
    }

    async fn deliver(&mut self, message: &Message) -> NextStep {
        let seq = message.seq;
        let failure = match self.endpoint.attempt(message).await {
            Ok(()) => {
                self.record(seq, Delivery::Delivered).await;
                return NextStep::NextMessage;
            }
            Err(failure) => failure,
        };
        let (name, error) = (&self.webhook.new.name, failure.to_string());
        let is_last = match &failure {
            Failure::Gone => {
                tracing::warn!(name, seq, error, "an outgoing webhook was disabled");
                self.record(seq, Delivery::Disabled(about(seq, &error)))
                    .await;
                return NextStep::Stop;
            }
            Failure::Rejected(_) => {
                self.rejections += 1;
                self.rejections >= REJECTIONS
            }
            Failure::Temporary { .. } => false,
        };
        if is_last {
            self.drop_event(seq, &error).await;
            return NextStep::NextMessage;
        }
        tracing::warn!(
            name,
            seq,
            error,
            "the receiver of an outgoing webhook did not accept a message; retrying"
        );
        let error = about(seq, &error);
        if self.last_error.as_ref() != Some(&error) {
            self.last_error = Some(error.clone());
            self.record(seq, Delivery::Failed(error)).await;
        }
        // Half of the pause is random, so that many webhooks do not retry at the same time.
        let pause = self.pause.mul_f64(0.5 + rand::random::<f64>() / 2.0);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        NextStep::TryAgain(match failure.retry_after() {
            Some(requested) => pause.max(requested.min(LONGEST_REQUESTED_PAUSE)),
            None => pause,
        })
    }

    /// Gives up an event, so that those after it can be delivered.
    async fn drop_event(&mut self, seq: Seq, error: &str) {
        let name = &self.webhook.new.name;
        tracing::warn!(name, seq, error, "an outgoing webhook gave up a message");
        self.reset_retries();
        self.record(seq, Delivery::Dropped(about(seq, error))).await;
    }

    fn reset_retries(&mut self) {
        self.last_error = None;
        self.pause = FIRST_PAUSE;
        self.rejections = 0;
    }

    async fn record(&self, seq: Seq, delivery: Delivery) {
        let progress = DeliveryProgress {
            webhook: self.webhook.row,
            seq,
            delivery,
        };
        self.outbound.writer.record_delivery(progress).await;
    }
}

/// An error as the operator reads it.
fn about(seq: Seq, error: &str) -> String {
    format!("message {seq}: {error}")
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
