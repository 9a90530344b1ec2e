//! The options that all clients share: which server, as which user, and which rooms.

use std::future::Future;

use anyhow::Context as _;
use protocol::RoomName;

use crate::async_client::{Address, Client, ClientError, Identity};

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
        required_unless_present = "token"
    )]
    nick: Option<String>,

    /// The token of a bot or of an earlier session
    #[arg(
        long,
        env = "PARLOR_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        conflicts_with = "nick"
    )]
    token: Option<String>,
}

impl LoginArgs {
    /// Connects and signs in.
    pub async fn sign_in(&self) -> Result<Client, ClientError> {
        let address = Address::parse(&self.url)?;
        let identity = match (&self.token, &self.nick) {
            (Some(token), _) => Identity::Token(token.clone()),
            (None, nick) => Identity::Nickname(nick.clone().unwrap_or_default()),
        };
        Client::open(address, identity).await
    }
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
