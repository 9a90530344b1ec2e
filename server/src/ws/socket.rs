//! The socket below a session: how it is read and how it is closed. What is written goes through
//! its [`SendQueue`].

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
    net::{TcpStream, tcp::OwnedReadHalf},
    time::timeout,
};
use tungstenite::{
    self, Message as Wire,
    protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext},
};

use crate::{
    limits::{DRAIN_BYTES, DRAIN_TIME},
    send_queue::ws_frame::Frame,
    send_queue::{FlusherPool, SendQueue},
};

/// How long the client has to answer a Close (RFC 6455, section 7.1.1).
pub const CLOSE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);

/// Bytes that one system call may read. The buffer is the thread's, for most sockets are idle.
const READ_BYTES: usize = 16 * 1024;

/// A WebSocket over an upgraded HTTP connection.
pub struct Socket {
    stream: OwnedReadHalf,
    send_queue: Arc<SendQueue>,
    /// What is read and not yet taken in.
    input: Input,
    context: WebSocketContext,
}

impl Socket {
    /// Speaks WebSocket on a connection whose handshake is done. None if the connection is none of
    /// ours.
    pub fn new(upgraded: Upgraded, flushers: &FlusherPool) -> Option<Self> {
        let config = WebSocketConfig::default()
            .max_message_size(Some(limits::FRAME_BYTES))
            .max_frame_size(Some(limits::FRAME_BYTES))
            // The default is 128 KiB for each socket; most frames have a few hundred bytes, and of
            // longer ones the library keeps as much as they need.
            .read_buffer_size(256);
        let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
        let (stream, writable) = parts.io.into_inner().into_split();
        Some(Self {
            send_queue: SendQueue::new(writable, flushers),
            stream,
            input: Input::of(parts.read_buf.into()),
            context: WebSocketContext::new(Role::Server, Some(config)),
        })
    }

    /// Where what is to be written goes.
    pub fn send_queue(&self) -> &Arc<SendQueue> {
        &self.send_queue
    }

    /// The next message. A Ping is answered when the one after it is asked for.
    ///
    /// # Errors
    /// Whatever breaks the protocol or the line.
    pub async fn next(&mut self) -> Result<Wire, tungstenite::Error> {
        loop {
            let mut half = Half {
                input: &mut self.input,
                send_queue: &self.send_queue,
            };
            match self.context.read(&mut half) {
                Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                }
                read => return read,
            }
            let bytes = read_some(&mut self.stream).await?;
            self.input = Input {
                has_ended: bytes.is_empty(),
                ..Input::of(bytes)
            };
        }
    }

    /// Closes as RFC 6455 (section 7.1) has it: our Close, then the client's, then the connection.
    /// Who breaks off instead is let go.
    pub async fn close_handshake(mut self, close: Close) {
        self.send_queue.shut(close);
        let frame = CloseFrame {
            code: close.code().into(),
            reason: close.reason().into(),
        };
        let mut half = Half {
            input: &mut self.input,
            send_queue: &self.send_queue,
        };
        // Fails if the client has closed first: then the library has answered already.
        let _ = self.context.close(&mut half, Some(frame));
        let send_queue = Arc::clone(&self.send_queue);
        let handshake = async {
            if close == Close::TooLarge {
                self.drain().await;
            } else {
                while self.next().await.is_ok() {}
            }
        };
        // Either the client has closed by then or it has had its time.
        tokio::select! {
            _ = timeout(CLOSE_TIMEOUT, handshake) => {}
            () = send_queue.unblock() => {}
        }
    }

    /// Reads away what still comes of a frame that was too large. If bytes were left unread, the
    /// kernel would answer with a reset, and the close code might never arrive (RFC 9293, section
    /// 3.10.7.1).
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
        // After so long the client has to do without the code.
        let _ = timeout(DRAIN_TIME, read_all).await;
    }
}

/// Waits until something has come. No bytes: there will be no more.
async fn read_some(stream: &mut OwnedReadHalf) -> io::Result<Vec<u8>> {
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

/// Bytes that were read and wait to be taken in.
struct Input {
    bytes: Vec<u8>,
    /// How many are taken in.
    taken: usize,
    has_ended: bool,
}

impl Input {
    fn of(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            taken: 0,
            has_ended: false,
        }
    }
}

/// The connection as the library sees it: it reads what is here, and writes into the send queue.
struct Half<'a> {
    input: &'a mut Input,
    send_queue: &'a Arc<SendQueue>,
}

impl Read for Half<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut waiting = &self.input.bytes[self.input.taken..];
        if waiting.is_empty() && !self.input.has_ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let bytes = waiting.read(into)?;
        self.input.taken += bytes;
        if self.input.taken == self.input.bytes.len() {
            // An idle socket keeps nothing.
            self.input.bytes = Vec::new();
            self.input.taken = 0;
        }
        Ok(bytes)
    }
}

impl Write for Half<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send_queue.push_control(Frame::encoded(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
