//! An accepted connection: its bytes, its place among the counted connections, and how fast the
//! client takes what is written.

mod counted;
mod halves;
mod tls_halves;
mod transport;
mod write_progress;

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub use self::{
    counted::{Counted, MayEncrypt},
    halves::{ReadHalf, WriteHalf},
    transport::Transport,
    write_progress::Backpressure,
};
use self::{halves::split, write_progress::WriteProgress};
use crate::connection_limit::ConnectionPermit;

/// A connection on which HTTP is spoken.
///
/// # Errors
/// Writing fails with `TimedOut` if the client takes too little of what is written.
pub struct AcceptedStream<T = Transport> {
    transport: T,
    permit: ConnectionPermit,
    progress: WriteProgress,
}

impl<T> AcceptedStream<T> {
    pub fn new(transport: T, permit: ConnectionPermit) -> Self {
        Self {
            transport,
            permit,
            progress: WriteProgress::default(),
        }
    }

    /// Says whether written bytes wait for the client.
    pub fn backpressure(&self) -> Arc<Backpressure> {
        self.progress.backpressure()
    }
}

impl AcceptedStream {
    /// Splits a connection that is no longer used for HTTP. It counts until the permit is dropped.
    pub fn into_halves(self) -> (ReadHalf, WriteHalf, ConnectionPermit) {
        self.transport.lift_unsent_limit();
        let (read, write) = split(self.transport);
        (read, write, self.permit)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for AcceptedStream<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().transport).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + MayEncrypt + Unpin> AsyncWrite for AcceptedStream<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.transport).poll_write(context, bytes);
        let encrypted = this.transport.encrypted();
        this.progress.after_write(context, result, encrypted)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.transport).poll_write_vectored(context, slices);
        let encrypted = this.transport.encrypted();
        this.progress.after_write(context, result, encrypted)
    }

    fn is_write_vectored(&self) -> bool {
        self.transport.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.transport).poll_flush(context);
        let encrypted = this.transport.encrypted();
        this.progress.after_flush(context, result, encrypted)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.transport).poll_shutdown(context);
        let encrypted = this.transport.encrypted();
        this.progress.after_flush(context, result, encrypted)
    }
}
