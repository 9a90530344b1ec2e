//! One connection of a [`ReconnectingClient`](super::ReconnectingClient), which may break at any
//! time.

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
    tungstenite::{Error, Message as WsMessage, error::ProtocolError},
};

/// After so long without a frame the client sends a `ping`.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);
/// The connection is given up if nothing arrives for so long after the `ping`.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// An open socket.
pub struct Connection {
    socket: WebSocketStream<TcpStream>,
    /// When something was last received, or the `ping` was sent.
    last_activity: Instant,
    sent_ping: bool,
}

/// The connection is lost. The client opens another one.
#[derive(Debug)]
pub struct ConnectionLost;

impl Connection {
    /// Opens a socket.
    pub async fn open(address: SocketAddr) -> Result<Self, ConnectionLost> {
        let opening = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            client_async(format!("ws://{address}/ws"), stream).await
        };
        match timeout(RESPONSE_TIMEOUT, opening).await {
            Ok(Ok((socket, _))) => Ok(Self {
                socket,
                last_activity: Instant::now(),
                sent_ping: false,
            }),
            Ok(Err(_)) | Err(_) => Err(ConnectionLost),
        }
    }

    /// Sends one frame.
    pub async fn send(&mut self, frame: Value) -> Result<(), ConnectionLost> {
        let sending = self.socket.send(WsMessage::text(frame.to_string()));
        match timeout(RESPONSE_TIMEOUT, sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(ConnectionLost),
        }
    }

    /// The next frames from the server. This is cancel safe.
    pub async fn receive(&mut self) -> Result<Vec<ServerFrame>, ConnectionLost> {
        loop {
            let timeout = if self.sent_ping {
                RESPONSE_TIMEOUT
            } else {
                IDLE_TIMEOUT
            };
            match timeout_at(self.last_activity + timeout, self.socket.next()).await {
                Ok(received) => {
                    self.last_activity = Instant::now();
                    self.sent_ping = false;
                    if let Some(frames) = frames(received)? {
                        return Ok(frames);
                    }
                }
                Err(_) if self.sent_ping => return Err(ConnectionLost),
                Err(_) => {
                    self.last_activity = Instant::now();
                    self.sent_ping = true;
                    self.send(serde_json::json!({"type": "ping"})).await?;
                }
            }
        }
    }
}

/// The frames of one text message. WebSocket's control frames hold none.
fn frames(
    received: Option<Result<WsMessage, Error>>,
) -> Result<Option<Vec<ServerFrame>>, ConnectionLost> {
    match received {
        Some(Ok(WsMessage::Text(text))) => {
            let decoded = text.split('\n').map(serde_json::from_str::<ServerFrame>);
            // However a connection breaks, WebSocket never delivers a part of a message.
            Ok(Some(
                decoded.collect::<Result<_, _>>().expect("whole frames"),
            ))
        }
        Some(Ok(WsMessage::Close(_))) | None => Err(ConnectionLost),
        Some(Ok(_)) => Ok(None),
        Some(Err(
            Error::Io(_)
            | Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
        )) => Err(ConnectionLost),
        Some(Err(error)) => panic!("not valid WebSocket: {error}"),
    }
}
