//! Administration by the command line. While a server uses the data directory, requests go to it
//! over a Unix socket in that directory. Otherwise this process opens the database itself.
//! [`manage`] handles the requests in both cases.

pub mod args;
mod manage;

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use protocol::{Refusal, Seq, limits, text};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    time::timeout,
};

use self::manage::manage;
use crate::{
    hub::Hub,
    permissions::Grant,
    rate_limit::{RateLimiter, Rates},
    store::{DataDirError, Durability, Store, bots, webhooks},
    writer::WriterHandle,
};

/// The most bytes of a request, which is one line.
const REQUEST_BYTES: u64 = 64 * 1024;
/// From the opening of a connection to the end of its request.
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// A request of the command line.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Adds a bot or an incoming webhook.
    AddBot {
        name: String,
        grant: Grant,
    },
    /// Removes a bot or an incoming webhook.
    RemoveBot {
        name: String,
        /// Whether it is an incoming webhook.
        is_webhook: bool,
    },
    /// Lists the bots and the incoming webhooks.
    Bots,
    AddWebhook(webhooks::NewWebhook),
    RemoveWebhook {
        name: String,
    },
    EnableWebhook {
        name: String,
    },
    Webhooks,
    /// Deletes the text of a message.
    RemoveMessage {
        room: String,
        seq: Seq,
    },
}

/// The answer to a [`Request`].
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Done,
    /// The secret of what was created. It is shown only once.
    Secret(String),
    Bots(Vec<bots::Bot>),
    Webhooks(Vec<webhooks::WebhookSummary>),
    /// Why the request was refused, as a sentence.
    Refused(String),
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.message)
    }
}

fn socket_path(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Opens the control socket in this data directory. Returns `None` if that fails: the server can
/// run without it.
pub fn open(data: &Path) -> Option<UnixListener> {
    let bound = bind(&socket_path(data));
    bound
        .inspect_err(|error| {
            tracing::warn!(
                %error,
                "failed to open the control socket; `parlor token`, `incoming`, `outgoing` and `message` \
                 will not work"
            );
        })
        .ok()
}

/// Serves requests for as long as the server runs. Only the server's own user and root may send
/// them.
pub async fn listen(listener: UnixListener, writer: WriterHandle, store: Arc<Store>) {
    loop {
        match listener.accept().await {
            // The permissions of the socket alone are not enough: before `bind` has set them,
            // anybody who may enter the directory could connect.
            Ok((stream, _)) if !is_trusted(&stream) => {
                tracing::warn!("rejected a control connection from another user");
            }
            Ok((stream, _)) => {
                let (writer, store) = (writer.clone(), Arc::clone(&store));
                tokio::spawn(async move {
                    if let Err(error) = serve(stream, &writer, &store).await {
                        tracing::debug!(%error, "a control connection ended early");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "failed to accept a control connection");
                tokio::time::sleep(limits::STORAGE_RETRY).await;
            }
        }
    }
}

/// Whether the peer is the server's own user, or root.
fn is_trusted(stream: &UnixStream) -> bool {
    let own = rustix::process::getuid().as_raw();
    let peer = stream.peer_cred().map(|peer| peer.uid());
    peer.is_ok_and(|peer| peer == own || peer == 0)
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    // This server holds the lock of the directory, so an existing socket belongs to a server that
    // has ended.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn serve(
    stream: UnixStream,
    writer: &WriterHandle,
    store: &Arc<Store>,
) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(REQUEST_BYTES));
    timeout(REQUEST_TIME, read.read_line(&mut line)).await??;
    let answer = match serde_json::from_str(&line) {
        // No argument of a command can hold U+0000, but a request to the socket can.
        Ok(_) if text::has_escaped_nul(&line) => text::nul().into(),
        Ok(request) => manage(request, writer, store).await,
        Err(error) => Answer::Refused(format!(
            "The request can't be read: {error}. Use the same version of `parlor` as the server."
        )),
    };
    let mut answer = serde_json::to_string(&answer)?;
    answer.push('\n');
    write.write_all(answer.as_bytes()).await?;
    Ok(())
}

/// Sends the request to the server that uses this data directory, or handles it here if there is
/// none.
///
/// # Errors
/// Why the request failed, as a sentence.
pub async fn ask(data: &Path, request: Request) -> anyhow::Result<Answer> {
    let answer = match UnixStream::connect(socket_path(data)).await {
        Ok(stream) => ask_server(stream, &request).await?,
        Err(_) => ask_locally(data, request).await?,
    };
    match answer {
        Answer::Refused(why) => bail!(why),
        answer => Ok(answer),
    }
}

/// Sends the request to a running server.
async fn ask_server(mut stream: UnixStream, request: &Request) -> anyhow::Result<Answer> {
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    stream.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    serde_json::from_str(&answer)
        .context("the running server has a different version; use the same version of `parlor`")
}

/// Handles the request with a writer of this process.
async fn ask_locally(data: &Path, request: Request) -> anyhow::Result<Answer> {
    if !data.is_dir() {
        bail!(
            "there is no data directory {}; set it with --data",
            data.display()
        );
    }
    let store = match Store::open(data, Durability::Full) {
        Ok(store) => Arc::new(store),
        Err(DataDirError::Locked(directory)) => bail!(
            "the server that uses {} cannot be reached; stop it first",
            directory.display()
        ),
        Err(error) => return Err(error.into()),
    };
    let hub = Arc::new(Hub::new(0, Duration::ZERO, Duration::ZERO));
    let rate_limiter = Arc::new(RateLimiter::new(Rates::default()));
    let (writer, thread) = WriterHandle::start(&store, &hub, &rate_limiter)?;
    let answer = manage(request, &writer, &store).await;
    drop(writer);
    thread.join();
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A field that was renamed must not be dropped silently: without its trigger, a webhook would
    /// post every message.
    #[test]
    fn a_request_of_the_version_before_is_not_understood() {
        for request in [
            r#"{"add_outgoing":{"name":"d","room":"ops","url":"http://a.example/","word":"deploy","private":false}}"#,
            r#"{"remove_outgoing":{"name":"d"}}"#,
            r#""outgoing""#,
            r#"{"add_program":{"name":"b","grant":{"may":["post"],"rooms":null}}}"#,
        ] {
            assert!(
                serde_json::from_str::<Request>(request).is_err(),
                "{request}"
            );
        }
    }

    /// Requests with a text in each field that holds one.
    fn requests() -> Vec<Value> {
        vec![
            json!({"add_bot": {"name": "Bot", "grant": {"may": ["read"], "rooms": ["tea"]}}}),
            json!({"remove_bot": {"name": "Bot", "is_webhook": false}}),
            json!({"add_webhook": {
                "name": "hook", "room": "tea", "url": "https://example.org/", "trigger": "word",
                "private": false,
            }}),
            json!({"enable_webhook": {"name": "hook"}}),
            json!({"remove_webhook": {"name": "hook"}}),
        ]
    }

    /// Copies of the value with U+0000 at the end of one of its texts.
    fn with_nul(value: &Value) -> Vec<Value> {
        let texts = match value {
            Value::String(text) => return vec![json!(format!("{text}\0"))],
            Value::Array(items) => (0..items.len()).map(|at| format!("/{at}")).collect(),
            Value::Object(fields) => fields.keys().map(|key| format!("/{key}")).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
        };
        let inner = texts.iter().flat_map(|path| {
            let at = value.pointer(path).expect("is in the value");
            with_nul(at).into_iter().map(move |changed| {
                let mut copy = value.clone();
                *copy.pointer_mut(path).expect("is in the copy") = changed;
                copy
            })
        });
        inner.collect()
    }

    #[tokio::test]
    async fn u_0000_is_refused_in_every_field_of_a_request() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let store = Store::open(folder.path(), Durability::Normal).expect("opens");
        let store = Arc::new(store);
        let hub = Arc::new(Hub::new(0, Duration::ZERO, Duration::ZERO));
        let rate_limiter = Arc::new(RateLimiter::new(Rates::default()));
        let (writer, _thread) = WriterHandle::start(&store, &hub, &rate_limiter).expect("starts");
        let ask = async |request: &Value| {
            let (ours, theirs) = UnixStream::pair().expect("a pair");
            let request = serde_json::from_value(request.clone()).expect("is a request");
            let (answer, served) =
                tokio::join!(ask_server(ours, &request), serve(theirs, &writer, &store));
            served.expect("answers");
            answer.expect("is an answer")
        };
        let wrong: Vec<_> = requests().iter().flat_map(with_nul).collect();
        assert_eq!(wrong.len(), 10, "{wrong:?}");
        for request in wrong {
            let Ok(request) = serde_json::from_value::<Request>(request) else {
                // The scopes are not free text.
                continue;
            };
            let answer = ask(&serde_json::to_value(&request).expect("is JSON")).await;
            let Answer::Refused(why) = answer else {
                panic!("{request:?} is answered with {answer:?}");
            };
            assert!(why.contains("U+0000"), "{request:?}: {why}");
        }
        for request in requests() {
            let answer = ask(&request).await;
            assert!(!matches!(answer, Answer::Refused(_)), "{answer:?}");
        }
    }
}
