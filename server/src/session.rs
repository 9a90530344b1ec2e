//! One socket, from its opening to its close: what comes in is obeyed in order, what waits in the
//! outbox is written, a heart beats. Two loops under a single `select!`, so that a command that has
//! to wait (for the journal, for the store) never stops the writing.

mod socket;

use std::{
    net::IpAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt;
use protocol::{ClientFrame, Close, Code, limits};
pub use socket::{Socket, wrap};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::{self, Message as Wire, error::CapacityError};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::{self, Caller},
    doorkeeper::Stranger,
    house::House,
    journal::Arrival,
    outbox::Outbox,
    store::people::SecretHash,
};

/// One socket's session.
struct Session {
    caller: Caller,
    last_heard: LastHeard,
}

/// Serves the socket until it ends. `cookie` is the session of a browser; without one the client
/// has to sign in by frame.
pub async fn serve(
    mut socket: Socket,
    house: Arc<House>,
    address: Option<IpAddr>,
    stranger: Stranger,
    cookie: Option<SecretHash>,
) {
    let outbox = Arc::new(Outbox::new());
    let mut session = Session {
        caller: Caller::new(house, Arc::clone(&outbox), address, stranger),
        last_heard: LastHeard::new(),
    };
    let is_browser = cookie.is_some();
    if let Some(secret) = cookie {
        arrive(&mut session.caller, secret).await;
    }
    let heard = session.last_heard.clone();
    let (mut sink, mut stream) = socket.split();
    let stopping = session.caller.house.stopping.clone();
    let signed_in = session.caller.signed_in.clone();
    let close = {
        let mut writing = pin!(socket::write(&mut sink, &outbox, &heard, is_browser));
        let listening = listen(&mut stream, &mut session);
        let ended = tokio::select! {
            close = &mut writing => Ended::Written(close),
            close = listening => Ended::Heard(close),
            () = stopping.cancelled() => Ended::Heard(Some(Close::Restart)),
            () = never_signs_in(&signed_in) => Ended::Heard(Some(Close::LoginTimeout)),
        };
        // The person's place is given up before the goodbyes, which can take a while.
        drop(session);
        match ended {
            Ended::Written(close) => close,
            Ended::Heard(None) => None,
            Ended::Heard(Some(Close::Normal)) => Some(Close::Normal),
            Ended::Heard(Some(close)) => {
                // What was answered before is still to be told, and why this is the end.
                outbox.close(close);
                timeout(socket::GOODBYE_TIME, writing)
                    .await
                    .unwrap_or(Some(close))
            }
        }
    };
    if let Ok(reunited) = sink.reunite(stream) {
        socket = reunited;
        socket::say_goodbye(&mut socket, close).await;
    }
}

/// Which half of a session came to its end, and with which close code; none if the line broke.
enum Ended {
    Written(Option<Close>),
    Heard(Option<Close>),
}

/// Comes to an end if nobody has signed in within [`limits::LOGIN_TIME`].
async fn never_signs_in(signed_in: &CancellationToken) {
    if timeout(limits::LOGIN_TIME, signed_in.cancelled())
        .await
        .is_ok()
    {
        std::future::pending().await
    }
}

/// A browser's socket signs in by its cookie; what hinders it closes the socket.
async fn arrive(caller: &mut Caller, secret: SecretHash) {
    let arrival = Arrival {
        secret,
        nickname: None,
        outbox: Some(Arc::clone(&caller.outbox)),
        token: None,
    };
    match caller.house.journal.arrive(arrival).await {
        Ok(arrived) => {
            if let Some(attendance) = arrived.attendance {
                caller.attend(attendance);
            }
        }
        Err(refusal) => caller.outbox.close(match refusal.code {
            Code::NicknameTaken => Close::NicknameTaken,
            Code::TooManySockets => Close::TooManySockets,
            Code::StorageUnavailable => Close::StorageUnavailable,
            _ => Close::SignedOut,
        }),
    }
}

/// Reads and obeys, until the client is gone or may not go on. `None`: the line broke.
async fn listen(
    stream: &mut futures_util::stream::SplitStream<Socket>,
    session: &mut Session,
) -> Option<Close> {
    loop {
        let next = stream.next().await;
        if let Err(close) = take_in(session, next).await {
            return close;
        }
    }
}

/// Takes in one frame. An error is the end, with why.
async fn take_in(
    session: &mut Session,
    next: Option<Result<Wire, tungstenite::Error>>,
) -> Result<(), Option<Close>> {
    session.last_heard.now();
    match next {
        Some(Ok(Wire::Text(text))) => {
            session.last_heard.busy();
            obey_all(&mut session.caller, &text).await;
            session.last_heard.now();
        }
        Some(Ok(Wire::Binary(_))) => session.caller.outbox.refuse(Code::BinaryFrame, None),
        // The library answers a Ping by itself, and a Close in `say_goodbye`.
        Some(Ok(Wire::Ping(_) | Wire::Pong(_) | Wire::Frame(_))) => {}
        Some(Ok(Wire::Close(_))) => return Err(Some(Close::Normal)),
        Some(Err(error)) => return Err(reason_of(&error)),
        None => return Err(None),
    }
    Ok(())
}

/// One frame may carry several objects, a line each; blank lines between them mean nothing.
async fn obey_all(caller: &mut Caller, text: &str) {
    let mut lines = text.split('\n').filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or(text);
    for line in std::iter::once(first).chain(lines) {
        caller.outbox.has_room().await;
        if caller.outbox.is_closing() {
            return;
        }
        match ClientFrame::decode(line) {
            Ok(frame) => commands::obey(caller, frame).await,
            Err((refusal, id)) => caller.outbox.refuse(refusal, id),
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

/// When the client was last heard; the reading half writes it, the writing half reads it.
#[derive(Clone)]
pub struct LastHeard {
    opened: Instant,
    after_ms: Arc<AtomicU64>,
}

impl LastHeard {
    fn new() -> Self {
        Self {
            opened: Instant::now(),
            after_ms: Arc::default(),
        }
    }

    /// The client is being obeyed: until that is done nothing is read, so its silence says nothing.
    fn busy(&self) {
        self.after_ms.store(u64::MAX, Ordering::Relaxed);
    }

    fn now(&self) {
        let ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.after_ms.store(ms, Ordering::Relaxed);
    }

    /// For how long nothing was heard.
    pub fn silence(&self) -> Duration {
        let heard = Duration::from_millis(self.after_ms.load(Ordering::Relaxed));
        self.opened.elapsed().saturating_sub(heard)
    }
}

#[cfg(test)]
mod tests;
