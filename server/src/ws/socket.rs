//! The socket of a session: reading messages and the closing handshake. All writes go through its
//! [`SendQueue`].

use std::{
    cell::RefCell,
    io::{self, Read, Write},
    pin::Pin,
    sync::Arc,
    task::{Poll, ready},
};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use protocol::{Close, limits};
use tokio::{
    io::{AsyncRead, ReadBuf},
    time::timeout,
};
use tungstenite::{
    self, Message as WsMessage,
    protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext},
};

use crate::{
    commands::ConnectionContext,
    limits::{DRAIN_BYTES, DRAIN_TIME},
    send_queue::ws_frame::Frame,
    send_queue::{FlusherPool, SendQueue},
    stream::{AcceptedStream, ReadHalf},
};

/// How long the client has to reply to a Close (RFC 6455, section 7.1.1).
pub const CLOSE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);

/// Bytes that one system call reads at most. The sockets of a thread share one buffer, because most
/// of them are idle.
const READ_BYTES: usize = 16 * 1024;

/// A WebSocket over an upgraded HTTP connection.
pub struct Socket {
    stream: ReadHalf,
    send_queue: Arc<SendQueue>,
    input: InputBuffer,
    context: WebSocketContext,
}

impl Socket {
    /// Wraps a connection whose handshake is complete. Returns `None` if this server has not
    /// accepted it.
    pub fn new(upgraded: Upgraded, flushers: &FlusherPool) -> Option<Self> {
        let config = WebSocketConfig::default()
            .max_message_size(Some(limits::FRAME_BYTES))
            .max_frame_size(Some(limits::FRAME_BYTES))
            // The default is 128 KiB for each socket. Most frames have a few hundred bytes, and the
            // library grows the buffer for longer ones.
            .read_buffer_size(256);
        let parts = upgraded.downcast::<TokioIo<AcceptedStream>>().ok()?;
        let (stream, writable, permit) = parts.io.into_inner().into_halves();
        Some(Self {
            send_queue: SendQueue::new(writable, permit, flushers),
            stream,
            input: InputBuffer::of(parts.read_buf.into()),
            context: WebSocketContext::new(Role::Server, Some(config)),
        })
    }

    pub fn send_queue(&self) -> &Arc<SendQueue> {
        &self.send_queue
    }

    /// Reads the next message. The reply to a Ping is sent when the message after it is requested.
    /// The client of a `context` may have to wait.
    ///
    /// # Errors
    /// A violation of the protocol or of the size limits, or a lost connection.
    pub async fn next(
        &mut self,
        context: Option<&ConnectionContext>,
    ) -> Result<WsMessage, tungstenite::Error> {
        let mut is_first = true;
        loop {
            let mut stream = BufferedStream {
                input: &mut self.input,
                send_queue: &self.send_queue,
            };
            match self.context.read(&mut stream) {
                Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                }
                read => return read,
            }
            // A message in endless fragments, or of bytes that come one by one, counts like many.
            if let (false, Some(context)) = (is_first, context) {
                Box::pin(context.pace()).await;
            }
            is_first = false;
            let bytes = read_some(&mut self.stream).await?;
            self.input = InputBuffer {
                is_at_end: bytes.is_empty(),
                ..InputBuffer::of(bytes)
            };
        }
    }

    /// Performs the closing handshake of RFC 6455 (section 7.1): sends a Close, waits for the
    /// client's, and closes the connection. It waits for [`CLOSE_TIMEOUT`] at most.
    pub async fn close_handshake(mut self, close: Close) {
        self.send_queue.stop_data(close);
        let frame = CloseFrame {
            code: close.code().into(),
            reason: close.reason().into(),
        };
        let mut stream = BufferedStream {
            input: &mut self.input,
            send_queue: &self.send_queue,
        };
        // Fails if the client has sent its Close first. Then the library has already replied.
        let _ = self.context.close(&mut stream, Some(frame));
        let send_queue = Arc::clone(&self.send_queue);
        let peer_closed = async {
            if close == Close::TooLarge {
                self.drain().await;
            } else {
                while self.next(None).await.is_ok() {}
            }
        };
        // The connection is closed in any case, also after a timeout.
        tokio::select! {
            _ = timeout(CLOSE_TIMEOUT, peer_closed) => {}
            () = send_queue.write_blocked() => {}
        }
    }

    /// Reads and drops the rest of a frame that was too large: at most [`DRAIN_BYTES`], for
    /// at most [`DRAIN_TIME`]. If bytes were left unread, the kernel would send a reset,
    /// and the close code might never arrive (RFC 9293, section 3.10.7.1).
    async fn drain(&mut self) {
        let mut left = DRAIN_BYTES;
        let read_all = async {
            while left > 0 {
                match read_some(&mut self.stream).await.map(|bytes| bytes.len()) {
                    Ok(0) | Err(_) => return,
                    Ok(bytes) => left = left.saturating_sub(bytes),
                }
            }
        };
        // After a timeout the connection is closed, and the client may not receive the code.
        let _ = timeout(DRAIN_TIME, read_all).await;
    }
}

/// Waits for bytes and reads them. An empty result is the end of the stream.
async fn read_some(stream: &mut ReadHalf) -> io::Result<Vec<u8>> {
    thread_local! {
        static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
    }
    std::future::poll_fn(|context| {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut scratch = ReadBuf::new(scratch);
            ready!(Pin::new(&mut *stream).poll_read(context, &mut scratch))?;
            Poll::Ready(Ok(scratch.filled().to_vec()))
        })
    })
    .await
}

/// Bytes that were read from the connection and that the library has not consumed yet.
struct InputBuffer {
    bytes: Vec<u8>,
    consumed: usize,
    /// Whether the stream has ended after these bytes.
    is_at_end: bool,
}

impl InputBuffer {
    fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            consumed: 0,
            is_at_end: false,
        }
    }
}

/// The connection as the WebSocket library sees it: a stream that reads from the input buffer and
/// writes to the send queue, and never blocks.
struct BufferedStream<'a> {
    input: &'a mut InputBuffer,
    send_queue: &'a Arc<SendQueue>,
}

impl Read for BufferedStream<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut unread = &self.input.bytes[self.input.consumed..];
        if unread.is_empty() && !self.input.is_at_end {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let bytes = unread.read(into)?;
        self.input.consumed += bytes;
        if self.input.consumed == self.input.bytes.len() {
            // An idle socket has no buffer.
            self.input.bytes = Vec::new();
            self.input.consumed = 0;
        }
        Ok(bytes)
    }
}

impl Write for BufferedStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send_queue.push_control(Frame::encoded(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
