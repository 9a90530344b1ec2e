//! `/echo`: returns what it receives, for testing proxies, TLS and clients. It needs no login and
//! stores nothing.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use protocol::{Close, limits};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tungstenite::{
    Error, Message,
    error::CapacityError,
    protocol::{CloseFrame, Role, WebSocketConfig},
};

use super::handshake::handshake;
use crate::{
    rate_limit::{Budget, Limiter, RateLimiter, Requester, message_quota},
    state::AppState,
    web::client_info::ClientInfo,
};

/// Opens a WebSocket that sends `Welcome`, answers every text with `You said: …`, and returns
/// binary messages unchanged.
pub async fn open(
    State(state): State<Arc<AppState>>,
    client: ClientInfo,
    request: Request,
) -> Response {
    let (upgrade, open, response) = match handshake(&state, &client, request) {
        Ok(accepted) => accepted,
        Err(error) => return error.into_response(),
    };
    let pace = EchoPace {
        rate_limiter: Arc::clone(&state.rate_limiter),
        from: Requester::at(client.address),
        socket: Limiter::new(message_quota(state.config.limits.messages_per_second)),
    };
    let sessions = state.sessions.clone();
    sessions.spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            let config = WebSocketConfig::default()
                .max_message_size(Some(limits::FRAME_BYTES))
                .max_frame_size(Some(limits::FRAME_BYTES));
            let io = TokioIo::new(upgraded);
            let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
            let close = tokio::select! {
                close = answer(&mut socket, &pace) => close,
                () = state.stopping.cancelled() => Some(Close::Restart),
            };
            if let Some(close) = close {
                let frame = CloseFrame {
                    code: close.code().into(),
                    reason: close.reason().into(),
                };
                // The connection ends either way, so a failed or late Close changes nothing.
                let _ = timeout(limits::WRITE_TIME, socket.close(Some(frame))).await;
            }
        }
        drop(open);
    });
    response
}

/// How fast a socket may be answered.
struct EchoPace {
    rate_limiter: Arc<RateLimiter>,
    from: Requester,
    /// For one socket alone, also from the server's own machine.
    socket: Limiter<()>,
}

impl EchoPace {
    /// Waits until a message of this many bytes may be answered.
    async fn wait_for(&self, bytes: usize) {
        self.rate_limiter.pace(self.from).await;
        while let Err(wait) = self.socket.take(&(), 1) {
            sleep(wait).await;
        }
        for (budget, tokens) in [(Budget::Echoes, 1), (Budget::ReadBytes, bytes)] {
            self.rate_limiter.wait(self.from, budget).await;
            self.rate_limiter.charge(self.from, budget, tokens);
        }
    }
}

/// Answers until the connection ends. Returns the close code to send, or `None` if the client has
/// disconnected. The rate is limited by backpressure: a client that is too fast gets its answers
/// later and no refusal.
async fn answer(socket: &mut WebSocketStream<TokioIo<Upgraded>>, pace: &EchoPace) -> Option<Close> {
    let mut reply = Message::text("Welcome");
    loop {
        match timeout(limits::WRITE_TIME, socket.send(reply)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return None,
            Err(_) => return Some(Close::TooSlow),
        }
        let mut received_at = Instant::now();
        reply = loop {
            let received = timeout(limits::PING_EVERY, socket.next()).await;
            if received.is_ok() {
                received_at = Instant::now();
            }
            match received {
                Err(_) if received_at.elapsed() >= limits::SILENCE => return Some(Close::Silent),
                Err(_) => {
                    let ping = socket.send(Message::Ping(Bytes::new()));
                    if !matches!(timeout(limits::WRITE_TIME, ping).await, Ok(Ok(()))) {
                        return None;
                    }
                }
                Ok(None) => return None,
                Ok(Some(Ok(Message::Text(text)))) => {
                    break Message::text(format!("You said: {text}"));
                }
                Ok(Some(Ok(Message::Binary(bytes)))) => break Message::Binary(bytes),
                // The library replies to a Ping and a Close by itself.
                Ok(Some(Ok(_))) => pace.rate_limiter.pace(pace.from).await,
                Ok(Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. })))) => {
                    return Some(Close::TooLarge);
                }
                Ok(Some(Err(Error::Utf8(_)))) => return Some(Close::NotUtf8),
                Ok(Some(Err(Error::Protocol(_)))) => return Some(Close::ProtocolError),
                Ok(Some(Err(_))) => return None,
            }
        };
        pace.wait_for(reply.len()).await;
    }
}
