//! One socket, from its opening to its close: what comes in is obeyed in order, what the flusher
//! could not write is written when there is room, a heart beats. All under a single `select!`, so
//! that a command that has to wait (for the writer, for the store) stops nothing else.

mod life;
mod socket;

use std::{net::IpAddr, sync::Arc};

use life::Life;
use protocol::{ClientFrame, Close, Code, ServerFrame};
pub use socket::Socket;
use tokio::time::timeout;
use tungstenite::{Message as Wire, error::CapacityError};

use crate::{
    commands::{self, Caller},
    rate_limit::PendingConnection,
    state::AppState,
    store::people::SecretHash,
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
    let mut caller = Caller::new(state, Arc::clone(&send_queue), address, pending);
    let life = Life::new(cookie.is_some(), Arc::clone(&caller.is_signed_in));
    if let Some(secret) = cookie {
        Box::pin(arrive(&mut caller, secret)).await;
    }
    let stopping = caller.state.stopping.clone();
    let ended = tokio::select! {
        close = send_queue.ended() => Ended::Written(close),
        () = send_queue.unblock() => Ended::Written(Some(Close::TooSlow)),
        close = listen(&mut socket, &mut caller, &life) => Ended::Heard(close),
        ended = life.pass(&send_queue) => ended,
        () = stopping.cancelled() => Ended::Heard(Some(Close::Restart)),
    };
    // The person's place is given up before the goodbyes, which can take a while.
    drop(caller);
    let close = match ended {
        Ended::Written(close) => close,
        Ended::Heard(None) => None,
        Ended::Heard(Some(Close::Normal)) => Some(Close::Normal),
        Ended::Heard(Some(close)) => {
            // What was answered before is still to be told, and why this is the end.
            send_queue.close(close);
            tokio::select! {
                told = timeout(socket::GOODBYE_TIME, send_queue.ended()) => told.unwrap_or(Some(close)),
                () = send_queue.unblock() => Some(close),
            }
        }
    };
    if let Some(close) = close {
        Box::pin(socket.say_goodbye(close)).await;
    }
}

/// How a session came to its end, and with which close code; none if the line broke.
enum Ended {
    /// Nothing more is to be written.
    Written(Option<Close>),
    /// Nothing more is to be heard.
    Heard(Option<Close>),
}

/// A browser's socket signs in by its cookie; what hinders it closes the socket.
async fn arrive(caller: &mut Caller, secret: SecretHash) {
    let arrival = Authenticate {
        secret,
        nickname: None,
        send_queue: Some(Arc::clone(&caller.send_queue)),
        token: None,
    };
    match caller.state.writer.authenticate(arrival).await {
        Ok(arrived) => {
            if let Some(attendance) = arrived.guard {
                caller.attend(attendance);
                commands::announced(caller).await;
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
                caller.send_queue.refuse(refusal, None);
            }
            caller.send_queue.close(close);
        }
    }
}

/// Reads and obeys, until the client is gone or may not go on. `None`: the line broke.
async fn listen(socket: &mut Socket, caller: &mut Caller, life: &Life) -> Option<Close> {
    loop {
        let next = socket.next().await;
        life.heard();
        match next {
            Ok(Wire::Text(text)) => {
                life.busy();
                // A box for as long as it takes: most sockets are idle, and would keep a place for the
                // largest of all commands.
                Box::pin(obey_all(caller, &text)).await;
                life.heard();
            }
            Ok(Wire::Binary(_)) => {
                caller.send_queue.has_room().await;
                caller.send_queue.refuse(Code::BinaryFrame, None);
            }
            // The library answers a Ping by itself, and a Close in `say_goodbye`.
            Ok(Wire::Ping(_)) => caller.send_queue.has_room().await,
            Ok(Wire::Pong(_) | Wire::Frame(_)) => {}
            Ok(Wire::Close(_)) => return Some(Close::Normal),
            Err(error) => return reason_of(&error),
        }
    }
}

/// One frame may carry several objects, a line each; blank lines between them mean nothing.
async fn obey_all(caller: &mut Caller, text: &str) {
    let mut lines = text.split('\n').filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or(text);
    for line in std::iter::once(first).chain(lines) {
        caller.send_queue.has_room().await;
        if caller.send_queue.is_closing() {
            return;
        }
        match ClientFrame::decode(line) {
            Ok(frame) => commands::obey(caller, frame).await,
            Err(error) => caller.send_queue.send(&ServerFrame::Error(error)),
        }
    }
}

fn reason_of(error: &tungstenite::Error) -> Option<Close> {
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

#[cfg(test)]
mod tests;
