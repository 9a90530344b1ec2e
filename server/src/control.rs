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
use protocol::{Refusal, Seq, UserId, limits, text};
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
    rate_limit::BucketUse,
    state::AppState,
    store::{DataDirError, Durability, Store, bots, directory, webhooks},
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
    /// Lists the public rooms.
    Rooms,
    /// Removes a public room with everything in it.
    RemoveRoom {
        room: String,
    },
    /// Lists the users: those who are signed in, or all.
    Users {
        all: bool,
    },
    /// Signs a user out everywhere, and perhaps deletes the user's texts.
    RemoveUser {
        user: UserRef,
        with_messages: bool,
    },
    /// Asks how the server is.
    Status,
}

/// How the command line names a user.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UserRef {
    Name(String),
    Id(UserId),
}

/// The answer to a [`Request`].
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Done,
    /// The secret of what was created. It is shown only once.
    Secret(String),
    /// The same of an incoming webhook, and the first public URL of the running server.
    IncomingWebhook {
        secret: String,
        public_url: Option<String>,
    },
    Bots(Vec<bots::Bot>),
    Webhooks(Vec<webhooks::WebhookSummary>),
    Rooms(Vec<RoomUsage>),
    Users(Vec<directory::UserSummary>),
    Status(ServerStatus),
    /// Why the request was refused, as a sentence.
    Refused(String),
}

/// A public room, as `parlor room list` prints it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RoomUsage {
    pub name: String,
    pub messages: Seq,
    /// How many users are present.
    pub online: usize,
    /// When the newest event was stored, in milliseconds since 1970; 0 if there is none.
    pub last_at: i64,
}

/// A running server, as `parlor status` prints it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ServerStatus {
    pub version: String,
    /// `ready`, or why the server cannot handle every request.
    pub health: String,
    pub uptime_seconds: u64,
    /// Open sockets.
    pub connections: usize,
    pub users_online: usize,
    /// Public rooms.
    pub rooms: usize,
    /// Stored messages, those of private conversations included.
    pub messages: u64,
    /// The size of the data directory.
    pub data_bytes: u64,
    pub free_disk_bytes: u64,
    /// Users and addresses that have used up most of a limit.
    pub busiest: Vec<BusyEntry>,
}

/// An entry of the rate limiter.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct BusyEntry {
    /// The user or the address.
    pub who: String,
    /// What is limited.
    pub budget: String,
    pub percent_used: u32,
}

impl From<BucketUse> for BusyEntry {
    fn from(used: BucketUse) -> Self {
        Self {
            who: used.of,
            budget: used.budget.to_owned(),
            percent_used: used.percent,
        }
    }
}

/// What requests change and read.
#[derive(Clone)]
pub struct Administration {
    pub writer: WriterHandle,
    pub store: Arc<Store>,
    pub hub: Arc<Hub>,
    /// The running server; `None` if this process has opened the data directory only for a request.
    pub state: Option<Arc<AppState>>,
}

impl From<Arc<AppState>> for Administration {
    fn from(state: Arc<AppState>) -> Self {
        Self {
            writer: state.writer.clone(),
            store: Arc::clone(&state.store),
            hub: Arc::clone(&state.hub),
            state: Some(state),
        }
    }
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
                "failed to open the control socket; the commands that administer this server will not work"
            );
        })
        .ok()
}

/// Serves requests for as long as the server runs. Only the server's own user and root may send
/// them.
pub async fn listen(listener: UnixListener, server: Administration) {
    loop {
        match listener.accept().await {
            // The permissions of the socket alone are not enough: before `bind` has set them,
            // anybody who may enter the directory could connect.
            Ok((stream, _)) if !is_trusted(&stream) => {
                tracing::warn!("rejected a control connection from another user");
            }
            Ok((stream, _)) => {
                let server = server.clone();
                tokio::spawn(async move {
                    if let Err(error) = serve(stream, &server).await {
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

async fn serve(stream: UnixStream, server: &Administration) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(REQUEST_BYTES));
    timeout(REQUEST_TIME, read.read_line(&mut line)).await??;
    let answer = match serde_json::from_str(&line) {
        // No argument of a command can hold U+0000, but a request to the socket can.
        Ok(_) if text::has_escaped_nul(&line) => text::nul().into(),
        Ok(request) => manage(request, server).await,
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
        Err(_) if matches!(request, Request::Status) => bail!(
            "no server is running on {}; start it with `parlor serve`",
            data.display()
        ),
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
    let rate_limiter = Arc::default();
    let (writer, thread) = WriterHandle::start(&store, &hub, &rate_limiter)?;
    let server = Administration {
        writer,
        store,
        hub,
        state: None,
    };
    let answer = manage(request, &server).await;
    drop(server);
    thread.join();
    Ok(answer)
}

#[cfg(test)]
mod tests;
