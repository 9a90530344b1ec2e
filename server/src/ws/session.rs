//! One socket, from its opening to its close: what comes in is obeyed in order, what the flusher
//! could not write is written when there is room, a heart beats. All under a single `select!`, so
//! that a command that has to wait (for the writer, for the store) stops nothing else.

use std::{net::IpAddr, sync::Arc};

use protocol::{ClientFrame, Close, Code, ServerFrame};
use tokio::time::timeout;
use tungstenite::{Message as Wire, error::CapacityError};

use super::{
    heartbeat::Heartbeat,
    socket::{self, Socket},
};
use crate::{
    commands::{self, ConnectionContext},
    rate_limit::PendingConnection,
    state::AppState,
    store::users::SecretHash,
    writer::Authenticate,
};

/// Serves the socket until it ends. `cookie` is the session of a browser; without one the client
/// has to sign in by frame.
pub async fn serve(
    mut socket: Socket,
    state: Arc<AppState>,
    address: Option<IpAddr>,
    pending: PendingConnection,
    cookie: Option<SecretHash>,
) {
    let send_queue = Arc::clone(socket.send_queue());
    let mut context = ConnectionContext::new(state, Arc::clone(&send_queue), address, pending);
    let heartbeat = Heartbeat::new(cookie.is_some(), Arc::clone(&context.is_signed_in));
    if let Some(secret) = cookie {
        Box::pin(authenticate(&mut context, secret)).await;
    }
    let stopping = context.state.stopping.clone();
    let ended = tokio::select! {
        close = send_queue.ended() => SessionEnd::WriteClosed(close),
        () = send_queue.unblock() => SessionEnd::WriteClosed(Some(Close::TooSlow)),
        close = read_loop(&mut socket, &mut context, &heartbeat) => SessionEnd::ReadClosed(close),
        ended = heartbeat.run(&send_queue) => ended,
        () = stopping.cancelled() => SessionEnd::ReadClosed(Some(Close::Restart)),
    };
    // The user's place is given up before the goodbyes, which can take a while.
    drop(context);
    let close = match ended {
        SessionEnd::WriteClosed(close) => close,
        SessionEnd::ReadClosed(None) => None,
        SessionEnd::ReadClosed(Some(Close::Normal)) => Some(Close::Normal),
        SessionEnd::ReadClosed(Some(close)) => {
            // What was answered before is still to be told, and why this is the end.
            send_queue.close(close);
            tokio::select! {
                told = timeout(socket::CLOSE_TIMEOUT, send_queue.ended()) => told.unwrap_or(Some(close)),
                () = send_queue.unblock() => Some(close),
            }
        }
    };
    if let Some(close) = close {
        Box::pin(socket.close_handshake(close)).await;
    }
}

/// How a session came to its end, and with which close code; none if the line broke.
pub enum SessionEnd {
    /// Nothing more is to be written.
    WriteClosed(Option<Close>),
    /// Nothing more is to be heard.
    ReadClosed(Option<Close>),
}

/// A browser's socket signs in by its cookie; what hinders it closes the socket.
async fn authenticate(context: &mut ConnectionContext, secret: SecretHash) {
    let arrival = Authenticate {
        secret,
        nickname: None,
        send_queue: Some(Arc::clone(&context.send_queue)),
        token: None,
    };
    match context.state.writer.authenticate(arrival).await {
        Ok(arrived) => {
            if let Some(attendance) = arrived.guard {
                context.set_guard(attendance);
                commands::latest_announcement(context).await;
            }
        }
        Err(refusal) => {
            let close = match refusal.code {
                Code::NicknameTaken => Close::NicknameTaken,
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

/// Reads and obeys, until the client is gone or may not go on. `None`: the line broke.
async fn read_loop(
    socket: &mut Socket,
    context: &mut ConnectionContext,
    heartbeat: &Heartbeat,
) -> Option<Close> {
    loop {
        let next = socket.next().await;
        heartbeat.touch();
        match next {
            Ok(Wire::Text(text)) => {
                heartbeat.pause();
                // A box for as long as it takes: most sockets are idle, and would keep a place for the
                // largest of all commands.
                Box::pin(handle_text(context, &text)).await;
                heartbeat.touch();
            }
            Ok(Wire::Binary(_)) => {
                context.send_queue.has_room().await;
                context.send_queue.refuse(Code::BinaryFrame, None);
            }
            // The library answers a Ping by itself, and a Close in `close_handshake`.
            Ok(Wire::Ping(_)) => context.send_queue.has_room().await,
            Ok(Wire::Pong(_) | Wire::Frame(_)) => {}
            Ok(Wire::Close(_)) => return Some(Close::Normal),
            Err(error) => return close_code(&error),
        }
    }
}

/// One frame may carry several objects, a line each; blank lines between them mean nothing.
async fn handle_text(context: &mut ConnectionContext, text: &str) {
    let mut lines = text.split('\n').filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or(text);
    for line in std::iter::once(first).chain(lines) {
        context.send_queue.has_room().await;
        if context.send_queue.is_closing() {
            return;
        }
        match ClientFrame::decode(line) {
            Ok(frame) => commands::dispatch(context, frame).await,
            Err(error) => context.send_queue.send(&ServerFrame::Error(error)),
        }
    }
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
