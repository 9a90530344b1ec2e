//! Sends the messages of a webhook to its receiver, and says what became of each request.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use protocol::Message;
use reqwest::{Client, StatusCode, Url, header::HeaderMap, header::RETRY_AFTER};
use serde::Serialize;

use super::{signature, ssrf};
use crate::{clock, store::webhooks::Webhook};

/// The longest time for one attempt, from connecting to the end of the response.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of a response that are read. Reading it lets the connection be reused.
const RESPONSE_BYTES: usize = 64 * 1024;

/// The body of a request, as JSON: the message, and the name of the webhook.
#[derive(Serialize)]
struct OutgoingPayload<'a> {
    webhook: &'a str,
    #[serde(flatten)]
    message: &'a Message,
}

/// Why a message was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The same request may be accepted later, perhaps after a pause that the receiver has asked
    /// for.
    #[error("{error}")]
    Temporary {
        error: String,
        retry_after: Option<Duration>,
    },
    /// The receiver does not want this message, or it cannot be sent.
    #[error("{0}")]
    Rejected(String),
    /// The receiver wants no message any more.
    #[error("the response was {}", StatusCode::GONE)]
    Gone,
}

impl Failure {
    fn temporary(error: impl Into<String>) -> Self {
        Self::Temporary {
            error: error.into(),
            retry_after: None,
        }
    }

    /// What a response with this status means (RFC 9110, section 15). Redirects are not followed,
    /// so they reject the message as well.
    fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        match status {
            StatusCode::GONE => Self::Gone,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Self::retry(status, headers)
            }
            _ if status.is_client_error() || status.is_redirection() => {
                Self::Rejected(format!("the response was {status}"))
            }
            _ => Self::retry(status, headers),
        }
    }

    fn retry(status: StatusCode, headers: &HeaderMap) -> Self {
        Self::Temporary {
            error: format!("the response was {status}"),
            retry_after: retry_after(headers, SystemTime::now()),
        }
    }

    /// The pause that the receiver has asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Temporary { retry_after, .. } => *retry_after,
            Self::Rejected(_) | Self::Gone => None,
        }
    }
}

/// The pause that `Retry-After` asks for: seconds or a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    date.duration_since(now).ok()
}

/// The receiver of one webhook, and what a request to it needs.
pub struct Endpoint {
    client: Client,
    url: Url,
    name: String,
    row: i64,
    secret: signature::Secret,
    allow_private: bool,
}

impl Endpoint {
    /// # Errors
    /// Why no request can be made, as a part of a sentence.
    pub fn new(webhook: &Webhook) -> Result<Self, String> {
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

    /// Sends the message once.
    ///
    /// # Errors
    /// Why it was not accepted.
    pub async fn attempt(&self, message: &Message) -> Result<(), Failure> {
        // An IP address as the host is never resolved, so the resolver cannot check it.
        ssrf::check(&self.url, self.allow_private).map_err(Failure::temporary)?;
        let payload = OutgoingPayload {
            webhook: &self.name,
            message,
        };
        let body = serde_json::to_string(&payload);
        let body = body.map_err(|error| Failure::Rejected(error.to_string()))?;
        let id = format!("{}_{}", self.row, message.seq);
        let timestamp = clock::wall_ms() / 1_000;
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-signature", self.secret.sign(&id, timestamp, &body))
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .body(body);
        let sent = request.send().await;
        let mut response = sent.map_err(|error| Failure::temporary(root_cause(&error)))?;
        let status = response.status();
        let mut read = 0;
        while read < RESPONSE_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            read += chunk.len();
        }
        match status.is_success() {
            true => Ok(()),
            false => Err(Failure::of(status, response.headers())),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str, now: SystemTime) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().expect("a header value"));
        retry_after(&headers, now)
    }

    #[test]
    fn a_pause_is_given_in_seconds_or_as_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        assert_eq!(asked("7", now), Some(Duration::from_secs(7)));
        let date = httpdate::fmt_http_date(now + Duration::from_secs(90));
        assert_eq!(asked(&date, now), Some(Duration::from_secs(90)));
        let past = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH);
        for none in [past.as_str(), "-1", "soon", ""] {
            assert_eq!(asked(none, now), None, "{none}");
        }
    }

    #[test]
    fn a_status_says_whether_to_try_again() {
        let headers = HeaderMap::new();
        let of = |status| {
            let status = StatusCode::from_u16(status).expect("a status");
            Failure::of(status, &headers)
        };
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(matches!(of(status), Failure::Temporary { .. }), "{status}");
        }
        for status in [301, 307, 400, 401, 403, 404, 405, 413, 422, 451] {
            assert!(matches!(of(status), Failure::Rejected(_)), "{status}");
        }
        assert!(matches!(of(410), Failure::Gone));
    }
}
