//! What whoever runs the server types on the command line, and a program that speaks HTTP.

use std::process::Output;

use reqwest::{Method, RequestBuilder, Response, redirect::Policy};
use serde_json::Value;

use crate::server::{Server, parlor};

impl Server {
    /// `parlor` with these words, on this server's data folder.
    pub fn command(&self, words: &[&str]) -> Output {
        let command = parlor().args(words).arg("--data").arg(self.data()).output();
        command.expect("the bot runs")
    }

    /// The same, and what it printed; it succeeds.
    pub fn told(&self, words: &[&str]) -> String {
        let output = self.command(words);
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {problem}");
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        printed.trim_end().to_owned()
    }

    /// The same, and the sentence that it failed with.
    pub fn not_told(&self, words: &[&str]) -> String {
        let output = self.command(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    /// A program of this name that may do this, everywhere.
    pub fn bot(&self, name: &str, may: &str) -> ApiClient {
        let token = self.told(&["token", "create", "--name", name, "--may", may]);
        ApiClient::new(self, &token)
    }
}

/// Asks a server over HTTP.
pub struct ApiClient {
    http: reqwest::Client,
    base: String,
    pub token: String,
}

/// What asks over HTTP, and follows no redirect.
pub fn http() -> reqwest::Client {
    parlor::tls::use_ring();
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy();
    http.build().expect("a client")
}

/// What it was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub retry_after: Option<u64>,
    pub body: Value,
}

impl ApiClient {
    pub fn new(server: &Server, token: &str) -> Self {
        Self {
            http: http(),
            base: server.url(""),
            token: token.to_owned(),
        }
    }

    /// A request that is not sent yet.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match self.token.as_str() {
            "" => request,
            token => request.bearer_auth(token),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        send(self.request(Method::POST, path).body(body.to_string())).await
    }

    /// Posts this as it is.
    pub async fn post_raw(&self, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = self.request(Method::POST, path).body(body.into());
        send(request.header("content-type", kind)).await
    }
}

/// Sends a request and reads the answer.
pub async fn send(request: RequestBuilder) -> Answer {
    Answer::read(request.send().await.expect("an answer")).await
}

impl Answer {
    async fn read(response: Response) -> Self {
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().expect("ASCII").to_owned())
        };
        let (status, kind) = (response.status().as_u16(), header("content-type"));
        let retry_after = header("retry-after").and_then(|wait| wait.parse().ok());
        let text = response.text().await.expect("the whole body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self {
            status,
            kind: kind.unwrap_or_default(),
            retry_after,
            body,
        }
    }

    /// What was asked for; it was not refused.
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.body
    }

    /// Status and code of a refusal, which is told as RFC 9457 has it.
    pub fn refusal(&self) -> (u16, &str) {
        assert_eq!(self.kind, "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], self.status, "{self:?}");
        let detail = self.body["detail"].as_str().expect("a sentence");
        assert!(detail.ends_with(['.', '…', 'S']), "a sentence: {detail}");
        (self.status, self.body["code"].as_str().expect("a code"))
    }
}
