//! Counts what leaves a connection below TLS, where bytes that were written may wait for long.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;

/// A connection that counts the bytes that were written to it.
#[derive(Debug)]
pub struct Counted<T> {
    stream: T,
    written: u64,
}

impl<T> Counted<T> {
    pub fn new(stream: T) -> Self {
        Self { stream, written: 0 }
    }

    pub fn get_ref(&self) -> &T {
        &self.stream
    }

    pub fn into_inner(self) -> T {
        self.stream
    }

    fn count(&mut self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = result {
            self.written += bytes as u64;
        }
        result
    }
}

/// A connection that may encrypt what is written to it.
pub trait MayEncrypt {
    /// How many encrypted bytes have left. None if it does not encrypt: then a write is all that
    /// there is to count.
    fn encrypted(&self) -> Option<u64>;
}

impl<T> MayEncrypt for TlsStream<Counted<T>> {
    fn encrypted(&self) -> Option<u64> {
        Some(self.get_ref().0.written)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.count(result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.count(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
