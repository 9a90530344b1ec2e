//! One connection of a regular, which may break at any moment.

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use protocol::ServerFrame;
use serde_json::Value;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message as Wire, error::ProtocolError},
};

/// After so long without a word one asks whether the server is there …
const QUIET: Duration = Duration::from_secs(1);
/// … and takes the line for dead when nothing has come for so long since.
const DEAD: Duration = Duration::from_secs(2);

/// An open socket.
pub struct Line {
    socket: WebSocketStream<TcpStream>,
    /// When the server was last heard, or else asked.
    since: Instant,
    has_asked: bool,
}

/// The line is no more; another may do better.
#[derive(Debug)]
pub struct Broken;

impl Line {
    /// Opens a socket.
    pub async fn open(address: SocketAddr) -> Result<Self, Broken> {
        let opening = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            client_async(format!("ws://{address}/ws"), stream).await
        };
        match timeout(DEAD, opening).await {
            Ok(Ok((socket, _))) => Ok(Self {
                socket,
                since: Instant::now(),
                has_asked: false,
            }),
            Ok(Err(_)) | Err(_) => Err(Broken),
        }
    }

    /// Sends one frame.
    pub async fn say(&mut self, frame: Value) -> Result<(), Broken> {
        let sending = self.socket.send(Wire::text(frame.to_string()));
        match timeout(DEAD, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Broken),
        }
    }

    /// What the server says next. Nothing is lost if this is not waited for.
    pub async fn hear(&mut self) -> Result<Vec<ServerFrame>, Broken> {
        loop {
            let patience = if self.has_asked { DEAD } else { QUIET };
            match timeout_at(self.since + patience, self.socket.next()).await {
                Ok(heard) => {
                    self.since = Instant::now();
                    self.has_asked = false;
                    if let Some(frames) = frames(heard)? {
                        return Ok(frames);
                    }
                }
                Err(_) if self.has_asked => return Err(Broken),
                Err(_) => {
                    self.since = Instant::now();
                    self.has_asked = true;
                    self.say(serde_json::json!({"type": "ping"})).await?;
                }
            }
        }
    }
}

/// The frames of one piece of text; none in what is WebSocket's own.
fn frames(heard: Option<Result<Wire, Error>>) -> Result<Option<Vec<ServerFrame>>, Broken> {
    match heard {
        Some(Ok(Wire::Text(text))) => {
            let decoded = text.split('\n').map(serde_json::from_str::<ServerFrame>);
            // However a line breaks, half a frame never gets through WebSocket.
            Ok(Some(
                decoded.collect::<Result<_, _>>().expect("whole frames"),
            ))
        }
        Some(Ok(Wire::Close(_))) | None => Err(Broken),
        Some(Ok(_)) => Ok(None),
        Some(Err(
            Error::Io(_)
            | Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
        )) => Err(Broken),
        Some(Err(error)) => panic!("that was no WebSocket: {error}"),
    }
}
