//! The socket below a session: how it is set up, written to and closed.

use std::{io::ErrorKind, pin::Pin};

use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use protocol::{Close, ServerFrame, limits};
use tokio::{
    io::AsyncReadExt,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message as Wire,
        protocol::{CloseFrame, Role, WebSocketConfig},
    },
};

use super::LastHeard;
use crate::outbox::{Next, Outbox};

/// A WebSocket over an upgraded HTTP connection.
pub type Socket = WebSocketStream<Pin<Box<TimeoutStream<TokioIo<Upgraded>>>>>;

/// How long the client has to answer a Close (RFC 6455, section 7.1.1).
pub const GOODBYE_TIME: std::time::Duration = std::time::Duration::from_secs(2);

/// Speaks WebSocket on a connection whose handshake is done.
pub async fn wrap(upgraded: Upgraded) -> Socket {
    let config = WebSocketConfig::default()
        .max_message_size(Some(limits::FRAME_BYTES))
        .max_frame_size(Some(limits::FRAME_BYTES))
        // The default is 128 KiB for each socket; most frames have a few hundred bytes.
        .read_buffer_size(4 * 1024);
    let mut stream = TimeoutStream::new(TokioIo::new(upgraded));
    stream.set_write_timeout(Some(limits::WRITE_TIME));
    WebSocketStream::from_raw_socket(Box::pin(stream), Role::Server, Some(config)).await
}

/// Writes what waits, beats the heart, and returns when the socket is to be closed. `None`: the
/// line broke.
pub async fn write(
    sink: &mut SplitSink<Socket, Wire>,
    outbox: &Outbox,
    heard: &LastHeard,
    is_browser: bool,
) -> Option<Close> {
    let mut heartbeat = interval(limits::PING_EVERY);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // An interval's first tick comes at once.
    heartbeat.tick().await;
    loop {
        let mut bytes = 0;
        let frames = tokio::select! {
            next = outbox.next() => match next {
                Next::Frames(frames) => {
                    bytes = frames.iter().map(|frame| frame.len()).sum();
                    frames.into_iter().map(Wire::Text).collect()
                }
                Next::Close(close) => return Some(close),
            },
            () = sleep(limits::SILENCE.saturating_sub(heard.silence())) => {
                if heard.silence() >= limits::SILENCE {
                    return Some(Close::Silent);
                }
                continue;
            }
            _ = heartbeat.tick() => {
                let mut beat = vec![Wire::Ping(tungstenite::Bytes::new())];
                if is_browser {
                    // A page cannot see a Ping, so it could not tell a dead line from a quiet one.
                    beat.push(Wire::Text(ServerFrame::Ping.encode().into()));
                }
                beat
            }
        };
        // Everything that has gathered goes out in one write, as far as the library's buffer goes.
        let written = async {
            for frame in frames {
                sink.feed(frame).await?;
            }
            sink.flush().await
        };
        let written = tokio::select! {
            written = written => written,
            // However slowly it takes what is being written, the rest is not kept for it.
            () = outbox.overflowed() => return Some(Close::TooSlow),
        };
        match written {
            Ok(()) => outbox.written(bytes),
            // Not a byte was taken for [`limits::WRITE_TIME`].
            Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::TimedOut => {
                return Some(Close::TooSlow);
            }
            Err(_) => return None,
        }
    }
}

/// Closes as RFC 6455 (section 7.1) has it: our Close, then the client's, then the connection. Who
/// breaks off instead is let go.
pub async fn say_goodbye(socket: &mut Socket, close: Option<Close>) {
    let Some(close) = close else {
        return;
    };
    let frame = CloseFrame {
        code: close.code().into(),
        reason: close.reason().into(),
    };
    let goodbye = async {
        // Fails if the client has closed first: then the library has answered already.
        let _ = socket.close(Some(frame)).await;
        if close == Close::TooLarge {
            read_away(socket).await;
        } else {
            while let Some(Ok(_)) = socket.next().await {}
        }
    };
    // Either the client has closed by then or it has had its time.
    let _ = timeout(GOODBYE_TIME, goodbye).await;
}

/// Reads away what still comes of a frame that was too large. If bytes were left unread, the kernel
/// would answer with a reset, and the close code might never arrive (RFC 9293, section 3.10.7.1).
async fn read_away(socket: &mut Socket) {
    let mut left = limits::DRAIN_BYTES;
    let mut scrap = vec![0; 16 * 1024];
    let drain = async {
        while left > 0 {
            match socket.get_mut().read(&mut scrap).await {
                Ok(0) | Err(_) => return,
                Ok(bytes) => left = left.saturating_sub(bytes),
            }
        }
    };
    // After so long the client has to do without the code.
    let _ = timeout(limits::DRAIN_TIME, drain).await;
}
