//! How the command line changes a server: over a socket in its data folder while a server runs on
//! it, in the database itself while none does. [`manage`] does what is asked, either way.

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
use protocol::{Refusal, limits};
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
    store::{DataDirError, Durability, Store, bots, webhooks},
    writer::WriterHandle,
};

/// Bytes of a request, which is one line.
const REQUEST_BYTES: u64 = 64 * 1024;
/// From the opening of a connection to its request.
const REQUEST_TIME: Duration = Duration::from_secs(10);

/// What the command line asks for.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    AddProgram {
        name: String,
        grant: Grant,
    },
    RemoveProgram {
        name: String,
        /// Is it an incoming webhook?
        is_hook: bool,
    },
    Bots,
    AddOutgoing(webhooks::NewWebhook),
    RemoveOutgoing {
        name: String,
    },
    Outgoing,
}

/// What came of it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Done,
    /// Of what was made; it is told once.
    Secret(String),
    Bots(Vec<bots::Bot>),
    Outgoing(Vec<webhooks::WebhookSummary>),
    /// Why it was not done.
    Refused(String),
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.message)
    }
}

fn path(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Opens the socket of this data folder; none if that cannot be: chatting needs none of it.
pub fn open(data: &Path) -> Option<UnixListener> {
    let bound = bind(&path(data));
    bound
        .inspect_err(|error| {
            tracing::warn!(%error, "failed to open the control socket; `parlor token` will not work");
        })
        .ok()
}

/// Accepts requests of its own user alone, for as long as the server runs.
pub async fn listen(listener: UnixListener, writer: WriterHandle, store: Arc<Store>) {
    loop {
        match listener.accept().await {
            // Whatever the folder's permissions were when the socket was made.
            Ok((stream, _)) if !is_ours(&stream) => {
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

/// Is the other end this server's own user, or root?
fn is_ours(stream: &UnixStream) -> bool {
    let ours = rustix::process::getuid().as_raw();
    let theirs = stream.peer_cred().map(|other| other.uid());
    theirs.is_ok_and(|theirs| theirs == ours || theirs == 0)
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    // The folder is locked by this server, so this is left from one that is gone.
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

/// Has it done: by the server that runs on this data folder, or here if none does.
///
/// # Errors
/// Why it was not done, as a sentence.
pub async fn ask(data: &Path, request: Request) -> anyhow::Result<Answer> {
    let answer = match UnixStream::connect(path(data)).await {
        Ok(stream) => over(stream, &request).await?,
        Err(_) => alone(data, request).await?,
    };
    match answer {
        Answer::Refused(why) => bail!(why),
        answer => Ok(answer),
    }
}

async fn over(mut stream: UnixStream, request: &Request) -> anyhow::Result<Answer> {
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    stream.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    serde_json::from_str(&answer)
        .context("the running server has a different version; use the same version of `parlor`")
}

async fn alone(data: &Path, request: Request) -> anyhow::Result<Answer> {
    if !data.is_dir() {
        bail!(
            "there is no data directory {}; set it with --data",
            data.display()
        );
    }
    let store = match Store::open(data, Durability::Full) {
        Ok(store) => Arc::new(store),
        Err(DataDirError::Locked(folder)) => bail!(
            "the server that uses {} cannot be reached; stop it first",
            folder.display()
        ),
        Err(error) => return Err(error.into()),
    };
    let hub = Arc::new(Hub::new(0, Duration::ZERO, Duration::ZERO));
    let (writer, thread) = WriterHandle::start(&store, &hub)?;
    let answer = manage(request, &writer, &store).await;
    drop(writer);
    thread.join();
    Ok(answer)
}
