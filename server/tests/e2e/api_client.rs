//! Runs `parlor` commands on a server's data, and uses the HTTP API with a token.

use std::process::Output;

use reqwest::{Method, RequestBuilder, Response, redirect::Policy};
use serde_json::Value;

use crate::server::{Server, parlor};

impl Server {
    /// Runs `parlor` with these arguments on this server's data.
    pub fn command(&self, words: &[&str]) -> Output {
        let command = parlor().args(words).arg("--data").arg(self.data()).output();
        command.expect("parlor runs")
    }

    /// Runs a command that must succeed. Returns what it printed.
    pub fn command_output(&self, words: &[&str]) -> String {
        let output = self.command(words);
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {problem}");
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        printed.trim_end().to_owned()
    }

    /// Runs a command that must fail. Returns the error that it printed.
    pub fn command_error(&self, words: &[&str]) -> String {
        let output = self.command(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    /// Creates a bot with these scopes in every room.
    pub fn create_bot(&self, name: &str, scopes: &str) -> ApiClient {
        let token = self.command_output(&["token", "create", "--name", name, "--may", scopes]);
        ApiClient::new(self, &token)
    }
}

/// A client of the HTTP API.
pub struct ApiClient {
    http: reqwest::Client,
    base: String,
    pub token: String,
}

/// An HTTP client that follows no redirects.
pub fn http() -> reqwest::Client {
    parlor::tls::install_crypto_provider();
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        // A connection that was idle may be closed by the server just when it is used again.
        .pool_max_idle_per_host(0)
        .no_proxy();
    http.build().expect("a client")
}

/// The response to an API request.
#[derive(Debug)]
pub struct ApiResponse {
    pub status: u16,
    pub content_type: String,
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

    /// Builds a request, with the token if there is one.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match self.token.as_str() {
            "" => request,
            token => request.bearer_auth(token),
        }
    }

    pub async fn get(&self, path: &str) -> ApiResponse {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> ApiResponse {
        send(self.request(Method::POST, path).body(body.to_string())).await
    }

    /// Posts this body unchanged.
    pub async fn post_raw(&self, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> ApiResponse {
        let request = self.request(Method::POST, path).body(body.into());
        send(request.header("content-type", kind)).await
    }
}

/// Sends a request and reads the response.
pub async fn send(request: RequestBuilder) -> ApiResponse {
    ApiResponse::read(request.send().await.expect("an answer")).await
}

impl ApiResponse {
    async fn read(response: Response) -> Self {
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().expect("ASCII").to_owned())
        };
        let (status, content_type) = (response.status().as_u16(), header("content-type"));
        let retry_after = header("retry-after").and_then(|wait| wait.parse().ok());
        let text = response.text().await.expect("the whole body");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self {
            status,
            content_type: content_type.unwrap_or_default(),
            retry_after,
            body,
        }
    }

    /// Asserts success, and returns the body.
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.body
    }

    /// The status and the code of a refusal, which has the format of RFC 9457.
    pub fn refusal(&self) -> (u16, &str) {
        assert_eq!(self.content_type, "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], self.status, "{self:?}");
        let detail = self.body["detail"].as_str().expect("a sentence");
        assert!(detail.ends_with(['.', '…', 'S']), "a sentence: {detail}");
        (self.status, self.body["code"].as_str().expect("a code"))
    }
}
