//! The two directions of a connection that has become a WebSocket.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    net::{tcp, unix},
};

use super::{tls_halves::TlsHalves, transport::Transport};

/// What the session reads from.
pub enum ReadHalf {
    Tcp(tcp::OwnedReadHalf),
    Unix(unix::OwnedReadHalf),
    Tls(Arc<TlsHalves>),
}

/// What a send queue is written to. No method waits, except [`WriteHalf::writable`].
pub enum WriteHalf {
    Tcp(tcp::OwnedWriteHalf),
    Unix(unix::OwnedWriteHalf),
    Tls(Arc<TlsHalves>),
}

/// Splits a connection.
pub fn split(transport: Transport) -> (ReadHalf, WriteHalf) {
    match transport {
        Transport::Tcp(stream) => {
            let (read, write) = stream.into_split();
            (ReadHalf::Tcp(read), WriteHalf::Tcp(write))
        }
        Transport::Unix(stream) => {
            let (read, write) = stream.into_split();
            (ReadHalf::Unix(read), WriteHalf::Unix(write))
        }
        Transport::Tls(stream) => {
            let both = Arc::new(TlsHalves::new(*stream));
            (ReadHalf::Tls(Arc::clone(&both)), WriteHalf::Tls(both))
        }
    }
}

impl AsyncRead for ReadHalf {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(half) => Pin::new(half).poll_read(context, buffer),
            Self::Unix(half) => Pin::new(half).poll_read(context, buffer),
            Self::Tls(both) => both.poll_read(context, buffer),
        }
    }
}

impl WriteHalf {
    /// Writes what the kernel takes at once, and over TLS perhaps a little more.
    ///
    /// # Errors
    /// `WouldBlock` if it takes nothing; any other error ends the connection.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(half) => half.try_write(bytes),
            Self::Unix(half) => half.try_write(bytes),
            Self::Tls(both) => both.try_write_vectored(&[IoSlice::new(bytes)]),
        }
    }

    /// Like [`WriteHalf::try_write`], from several slices with one system call.
    ///
    /// # Errors
    /// The same.
    pub fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(half) => half.try_write_vectored(slices),
            Self::Unix(half) => half.try_write_vectored(slices),
            Self::Tls(both) => both.try_write_vectored(slices),
        }
    }

    /// Writes what was taken by [`WriteHalf::try_write`] and waits for the kernel: encrypted bytes.
    ///
    /// # Errors
    /// `WouldBlock` if the kernel does not take all of it.
    pub fn try_flush(&self) -> io::Result<()> {
        match self {
            Self::Tcp(_) | Self::Unix(_) => Ok(()),
            Self::Tls(both) => both.try_flush(),
        }
    }

    /// Waits until the kernel takes bytes, or the connection is lost.
    ///
    /// # Errors
    /// The runtime is shutting down.
    pub async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(half) => half.writable().await,
            Self::Unix(half) => half.writable().await,
            Self::Tls(both) => both.writable().await,
        }
    }
}
