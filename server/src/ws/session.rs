//! The session of one WebSocket, from its opening to its close.
//!
//! A single `select!` runs everything: the reader handles frames in order, blocked writes are
//! resumed when the socket is writable, and the heartbeat sends Pings. So a command that waits for
//! the writer or the store delays nothing else.

use std::sync::Arc;

use protocol::{ClientFrame, Close, Code, ServerFrame};
use tokio::time::timeout;
use tungstenite::{Message as WsMessage, error::CapacityError};

use super::{
    SessionEnd,
    heartbeat::Heartbeat,
    socket::{self, Socket},
};
use crate::{
    commands::{self, ConnectionContext, ConnectionGuard},
    rate_limit::{AddressBlock, OpenGuard},
    state::AppState,
    store::users::SecretHash,
    writer::Authenticate,
};

/// Serves the socket until it ends. `secret` comes from the handshake, a browser's cookie or a
/// bot's token. Without one the client has to send `login`.
pub async fn serve(
    mut socket: Socket,
    state: Arc<AppState>,
    address: Option<AddressBlock>,
    open: OpenGuard,
    secret: Option<SecretHash>,
) {
    let send_queue = Arc::clone(socket.send_queue());
    let mut context = ConnectionContext::new(state, Arc::clone(&send_queue), address, open);
    // A browser always authenticates in the handshake.
    let sends_ping_frames = secret.is_some();
    let heartbeat = Heartbeat::new(sends_ping_frames, Arc::clone(&context.is_signed_in));
    if let Some(secret) = secret {
        Box::pin(authenticate(&mut context, secret)).await;
    }
    let stopping = context.state.stopping.clone();
    let end = tokio::select! {
        close = send_queue.closed() => SessionEnd::WriteClosed(close),
        () = send_queue.write_blocked() => SessionEnd::WriteClosed(Some(Close::TooSlow)),
        close = read_loop(&mut socket, &mut context, &heartbeat) => SessionEnd::ReadClosed(close),
        end = heartbeat.run(&send_queue) => end,
        () = stopping.cancelled() => SessionEnd::ReadClosed(Some(Close::Restart)),
    };
    // The connection is unregistered before the closing handshake, which can take a while.
    drop(context);
    let close = match end {
        SessionEnd::WriteClosed(close) => close,
        SessionEnd::ReadClosed(None) => None,
        SessionEnd::ReadClosed(Some(Close::Normal)) => Some(Close::Normal),
        SessionEnd::ReadClosed(Some(close)) => {
            // Replies to earlier frames, and `bye` with the reason, are still to be written.
            send_queue.close(close);
            tokio::select! {
                closed = timeout(socket::CLOSE_TIMEOUT, send_queue.closed()) => {
                    closed.unwrap_or(Some(close))
                }
                () = send_queue.write_blocked() => Some(close),
            }
        }
    };
    if let Some(close) = close {
        Box::pin(socket.close_handshake(close)).await;
    }
}

/// Authenticates a socket by the secret from its handshake. A refusal closes the socket.
///
/// A secret that is not valid takes from the sign-ins of its address. A valid one takes nothing, so
/// that all users of an address can reconnect at once.
async fn authenticate(context: &mut ConnectionContext, secret: SecretHash) {
    let from = context.address_only();
    let request = Authenticate {
        secret,
        nickname: None,
        may_be_reserved: Ok(()),
        own_hosts: context
            .state
            .config
            .proxies
            .own_hosts()
            .map(str::to_owned)
            .collect(),
        send_queue: Arc::clone(&context.send_queue),
        address: context.address,
        token: None,
    };
    match ConnectionGuard::authenticate(&context.state, request).await {
        Ok(guard) => {
            context.set_guard(guard);
            commands::latest_announcement(context).await;
        }
        Err(refusal) => {
            let refusal = context.state.rate_limiter.charge_refusal(from, refusal);
            let close = match refusal.code {
                // The page shows a form that says why.
                Code::NicknameTaken | Code::BadNickname => Close::NicknameTaken,
                Code::TooManySockets => Close::TooManySockets,
                Code::StorageUnavailable => Close::StorageUnavailable,
                Code::Internal => Close::Internal,
                _ => Close::SignedOut,
            };
            if refusal.code == Code::NotAllowed {
                context.send_queue.refuse(refusal, None);
            }
            context.send_queue.close(close);
        }
    }
}

/// Reads frames and dispatches them, until the client disconnects or breaks the protocol. Returns
/// the close code, or `None` if the connection was lost.
async fn read_loop(
    socket: &mut Socket,
    context: &mut ConnectionContext,
    heartbeat: &Heartbeat,
) -> Option<Close> {
    loop {
        let next = socket.next(Some(&*context)).await;
        heartbeat.touch();
        match next {
            Ok(WsMessage::Text(text)) => {
                heartbeat.pause();
                // Boxed, so that memory for the largest command is allocated only while one runs.
                // Most sockets are idle.
                Box::pin(handle_text(context, &text)).await;
                heartbeat.touch();
            }
            Ok(WsMessage::Binary(_)) => {
                heartbeat.pause();
                Box::pin(wait_for_turn(context)).await;
                heartbeat.touch();
                context.send_queue.refuse(Code::BinaryFrame, None);
            }
            // The library replies to a Ping by itself, and to a Close in `close_handshake`.
            Ok(WsMessage::Ping(_) | WsMessage::Pong(_) | WsMessage::Frame(_)) => {
                heartbeat.pause();
                Box::pin(wait_for_turn(context)).await;
                heartbeat.touch();
            }
            Ok(WsMessage::Close(_)) => return Some(Close::Normal),
            Err(error) => return close_code(&error),
        }
    }
}

/// Dispatches each line of a text frame as one command. Blank lines between objects are ignored.
async fn handle_text(context: &mut ConnectionContext, text: &str) {
    let mut lines = text.split('\n').filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or(text);
    for line in std::iter::once(first).chain(lines) {
        wait_for_turn(context).await;
        if context.send_queue.is_closing() {
            return;
        }
        match ClientFrame::decode(line) {
            Ok(frame) => commands::dispatch(context, frame).await,
            Err(error) => context.send_queue.send(&ServerFrame::Error(error)),
        }
    }
}

/// Waits until the client may send another frame, and the send queue has capacity for the reply.
async fn wait_for_turn(context: &ConnectionContext) {
    context.pace().await;
    context.send_queue.wait_for_capacity().await;
}

fn close_code(error: &tungstenite::Error) -> Option<Close> {
    match error {
        tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }) => Some(Close::TooLarge),
        tungstenite::Error::Utf8(_) => Some(Close::NotUtf8),
        tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => None,
        tungstenite::Error::Protocol(_) => Some(Close::ProtocolError),
        _ => None,
    }
}
