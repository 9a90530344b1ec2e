//! One WebSocket connection to a server.

use std::time::Duration;

use client::machine::ABNORMAL_CLOSURE;
use futures_util::{SinkExt, StreamExt};
use protocol::{Close, ServerFrame, limits};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_tls,
    tungstenite::{
        self, Message as WsMessage,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use super::{Address, frames};

/// How long to wait for the server's Close after this client's.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// An open socket.
pub struct WebSocket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What was received from the socket.
#[derive(Debug)]
pub enum Incoming {
    /// Frames that arrived together. There are none after a Ping, which also shows that the server
    /// is alive.
    Frames(Vec<ServerFrame>),
    /// The connection is closed, with this code and the server's reason.
    Closed { code: u16, reason: String },
}

impl WebSocket {
    /// Connects, and sends nothing yet.
    ///
    /// # Errors
    /// What prevented the connection or the handshake.
    pub async fn open(address: &Address) -> Result<Self, tungstenite::Error> {
        let stream = TcpStream::connect(address.authority()).await?;
        // A move in a game is a few bytes, and another user waits for them.
        stream.set_nodelay(true)?;
        let (socket, _) = client_async_tls(address.socket(), stream).await?;
        Ok(Self(socket))
    }

    /// Sends encoded frames, in order. An error says that the connection is broken;
    /// [`WebSocket::next`] says why.
    pub async fn send(&mut self, frames: Vec<String>) -> Result<(), Broken> {
        let sent = async {
            for frame in frames {
                self.0.feed(WsMessage::text(frame)).await?;
            }
            self.0.flush().await
        };
        match timeout(limits::WRITE_TIME, sent).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Broken),
        }
    }

    /// Receives what comes next. Cancel safe.
    pub async fn next(&mut self) -> Incoming {
        let broken = |reason: String| Incoming::Closed {
            code: ABNORMAL_CLOSURE,
            reason,
        };
        match self.0.next().await {
            Some(Ok(WsMessage::Text(text))) => Incoming::Frames(frames::decode(&text).collect()),
            Some(Ok(WsMessage::Close(close))) => {
                // The reply to a Close is written with the next flush. The server may be gone by
                // then.
                let _ = timeout(CLOSE_TIME, self.0.flush()).await;
                match close {
                    Some(close) => Incoming::Closed {
                        code: close.code.into(),
                        reason: close.reason.to_string(),
                    },
                    None => broken(String::new()),
                }
            }
            Some(Ok(_)) => Incoming::Frames(Vec::new()),
            Some(Err(error)) => broken(error.to_string()),
            None => broken(String::new()),
        }
    }

    /// Reads a socket that can no longer be written to, until its end. Returns the remaining
    /// frames, and the close code and reason.
    pub async fn drain(&mut self) -> (Vec<ServerFrame>, u16, String) {
        let mut last = Vec::new();
        let closed = async {
            loop {
                match self.next().await {
                    Incoming::Frames(frames) => last.extend(frames),
                    Incoming::Closed { code, reason } => return (code, reason),
                }
            }
        };
        let silent = |_| (ABNORMAL_CLOSURE, "sending timed out".to_owned());
        let (code, reason) = timeout(CLOSE_TIME, closed).await.unwrap_or_else(silent);
        (last, code, reason)
    }

    /// Closes the connection and waits for the server's close.
    pub async fn close(mut self) {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: Close::Normal.reason().into(),
        };
        let closed = async {
            // A broken connection is already closed.
            if self.0.close(Some(frame)).await.is_ok() {
                while let Some(Ok(_)) = self.0.next().await {}
            }
        };
        let _ = timeout(CLOSE_TIME, closed).await;
    }
}

/// The connection is broken.
#[derive(Debug)]
pub struct Broken;
