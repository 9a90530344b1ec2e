//! The options that all clients share: which server, as which user, and which rooms.

use std::{
    fs::File,
    future::Future,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use protocol::{Code, RoomName};
use tokio::time::{Instant, sleep};

use crate::async_client::{Address, Client, ClientError, Identity};

/// How long to wait until signing in works: a little longer than a server reserves a nickname after
/// the last connection of a program, unless it is configured otherwise.
const SIGN_IN_WAIT: Duration = Duration::from_secs(70);
/// The first pause between two attempts, and the longest one. Each attempt takes one of the
/// sign-ins that all programs behind one address share.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(10)];
/// After so many attempts, the user is told what is waited for.
const ATTEMPTS_BEFORE_NOTICE: u32 = 4;

/// The longest first line of a file with a token.
const TOKEN_BYTES: u64 = 4 * 1024;

/// The options of signing in: which server, and as which user.
#[derive(clap::Args, Clone, Debug)]
pub struct LoginArgs {
    /// The server's URL, like https://chat.example.org
    #[arg(
        long,
        env = "PARLOR_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:3000"
    )]
    url: String,

    /// The nickname to sign in with
    #[arg(
        long,
        env = "PARLOR_NICK",
        value_name = "NICKNAME",
        required_unless_present_any = ["token", "token_file"]
    )]
    nick: Option<String>,

    /// The token of a bot or of an earlier session. Every user of this machine can see it in the
    /// list of processes: use --token-file or the variable instead
    #[arg(
        long,
        env = "PARLOR_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        conflicts_with = "nick"
    )]
    token: Option<String>,

    /// A file whose first line is the token
    #[arg(
        long,
        env = "PARLOR_TOKEN_FILE",
        value_name = "FILE",
        conflicts_with_all = ["nick", "token"]
    )]
    token_file: Option<PathBuf>,
}

impl LoginArgs {
    /// Connects and signs in.
    ///
    /// # Errors
    /// If the file with the token cannot be read.
    pub async fn sign_in(&self) -> anyhow::Result<Result<Client, ClientError>> {
        let identity = self.identity()?;
        Ok(match Address::parse(&self.url) {
            Ok(address) => Client::open(address, identity).await,
            Err(error) => Err(error),
        })
    }

    /// Connects and signs in. If the nickname is in use, waits until it is free: a program of the
    /// same name may be about to end, or its connection may be lost. Waits as well if the server
    /// says that waiting helps.
    ///
    /// # Errors
    /// Those of [`LoginArgs::sign_in`].
    pub async fn sign_in_patiently(&self) -> anyhow::Result<Result<Client, ClientError>> {
        let [mut pause, longest] = PAUSES;
        let end = Instant::now() + SIGN_IN_WAIT;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let result = self.sign_in().await?;
            let Err(ClientError::Refused(refusal)) = &result else {
                return Ok(result);
            };
            let asked = refusal.retry_after_ms.map(Duration::from_millis);
            let is_taken = refusal.code == Code::NicknameTaken;
            let wait = match asked {
                Some(asked) => asked.max(pause),
                None if is_taken => pause,
                None => return Ok(result),
            };
            if wait > end.saturating_duration_since(Instant::now()) {
                return Ok(result);
            }
            // Programs of one name that run at the same time wait for each other only briefly.
            if attempts == ATTEMPTS_BEFORE_NOTICE {
                let nick = self.nick.as_deref().unwrap_or_default();
                match is_taken {
                    true => console::print_error(format_args!(
                        "“{nick}” is in use, so this waits for it…"
                    )),
                    false => console::print_error(format_args!("{} Waiting…", refusal.message)),
                }
            }
            sleep(wait).await;
            pause = (2 * pause).min(longest);
        }
    }

    /// Ends what was begun with this sign-in. A user with a nickname signs out, so that the
    /// nickname is free; a token stays valid.
    pub async fn end(&self, client: Client) {
        match self.nick {
            Some(_) => client.sign_out().await,
            None => client.close().await,
        }
    }

    fn identity(&self) -> anyhow::Result<Identity> {
        Ok(match (&self.token, &self.token_file) {
            (Some(token), _) => Identity::Token(token.clone()),
            (None, Some(file)) => Identity::Token(read_token(file)?),
            (None, None) => Identity::Nickname(self.nick.clone().unwrap_or_default()),
        })
    }
}

/// Reads the first line of a file.
fn read_token(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    let metadata = path.metadata();
    let metadata = metadata.with_context(|| format!("cannot read the token file {shown}"))?;
    ensure!(
        metadata.is_file(),
        "the token file {shown} is not a regular file; write the token into one"
    );
    let file = File::open(path).with_context(|| format!("cannot read the token file {shown}"))?;
    let mut line = String::new();
    BufReader::new(file.take(TOKEN_BYTES))
        .read_line(&mut line)
        .with_context(|| format!("cannot read the token file {shown}"))?;
    let token = line.trim();
    ensure!(
        !token.is_empty(),
        "the token file {shown} has no token in its first line; write it there"
    );
    Ok(token.to_owned())
}

/// Parses a room's name.
pub fn room(name: &str) -> Result<String, String> {
    match RoomName::parse(name) {
        Ok(room) => Ok(room.as_str().to_owned()),
        Err(refusal) => Err(refusal.message),
    }
}

/// Runs a client on a runtime of one thread.
pub fn block_on<T>(client: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the async runtime")?;
    let result = runtime.block_on(client);
    // Do not wait for the thread that reads standard input: it may block forever.
    runtime.shutdown_background();
    Ok(result)
}
