//! The kinds of connections that a listener accepts.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::server::TlsStream;

use super::counted::{Counted, MayEncrypt};
use crate::limits::UNSENT_RESPONSE_BYTES;

/// A connection, as long as HTTP is spoken on it.
#[derive(Debug)]
pub enum Transport {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream<Counted<TcpStream>>>),
}

impl Transport {
    /// Sets the options of a new connection, on which HTTP is spoken at first.
    pub fn set_options(&self) {
        let Self::Tcp(stream) = self else {
            return;
        };
        // Send small frames at once. The send queue already batches what is worth batching.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "failed to set TCP_NODELAY");
        }
        set_most_unsent(stream, UNSENT_RESPONSE_BYTES);
    }

    /// Lets the kernel decide again how many bytes it keeps: a send queue is bounded by itself, and
    /// the more the kernel takes at once, the fewer system calls it needs.
    pub fn lift_unsent_limit(&self) {
        match self {
            Self::Tcp(stream) => set_most_unsent(stream, 0),
            Self::Tls(stream) => set_most_unsent(stream.get_ref().0.get_ref(), 0),
            Self::Unix(_) => {}
        }
    }
}

fn set_most_unsent(stream: &TcpStream, bytes: u32) {
    if let Err(error) = SockRef::from(stream).set_tcp_notsent_lowat(bytes) {
        tracing::debug!(%error, "failed to set TCP_NOTSENT_LOWAT");
    }
}

/// Calls a method of whichever connection it is.
macro_rules! delegate {
    ($transport:expr, $stream:ident => $call:expr) => {
        match $transport {
            Self::Tcp($stream) => $call,
            Self::Unix($stream) => $call,
            Self::Tls($stream) => $call,
        }
    };
}

impl MayEncrypt for Transport {
    fn encrypted(&self) -> Option<u64> {
        match self {
            Self::Tls(stream) => stream.encrypted(),
            Self::Tcp(_) | Self::Unix(_) => None,
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        delegate!(self.get_mut(), stream => Pin::new(stream).poll_read(context, buffer))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        delegate!(self.get_mut(), stream => Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        delegate!(self.get_mut(), stream => Pin::new(stream).poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        delegate!(self, stream => stream.is_write_vectored())
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self.get_mut(), stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        delegate!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(context))
    }
}
