//! A TLS connection that has become a WebSocket. The session reads from it, and the flusher writes
//! to it at the same time: each of them encrypts or decrypts under a lock and then leaves the bytes
//! to the kernel. Neither waits while it has the lock.

use std::{
    io::{self, IoSlice, Read, Write},
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use rustls::ServerConnection;
use tokio::{io::ReadBuf, net::TcpStream};
use tokio_rustls::server::TlsStream;

use super::counted::Counted;

/// Both halves of the connection.
pub struct TlsHalves {
    stream: TcpStream,
    session: Mutex<ServerConnection>,
}

impl TlsHalves {
    pub fn new(stream: TlsStream<Counted<TcpStream>>) -> Self {
        let (stream, session) = stream.into_inner();
        Self {
            stream: stream.into_inner(),
            session: Mutex::new(session),
        }
    }

    /// Reads what has arrived. No bytes are the end.
    pub fn poll_read(
        &self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut session = self.session();
            match session.reader().read(buffer.initialize_unfilled()) {
                Ok(bytes) => {
                    buffer.advance(bytes);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
            match session.read_tls(&mut NonBlocking(&self.stream)) {
                Ok(_) => {
                    let processed = session.process_new_packets();
                    // An alert, or an answer to what was received. What the kernel does not take is
                    // written before the next frame.
                    let _ = self.write_encrypted(&mut session);
                    processed.map_err(io::Error::other)?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    drop(session);
                    ready!(self.stream.poll_read_ready(context))?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Encrypts these bytes and writes them. What the kernel does not take is kept: see
    /// [`TlsHalves::try_flush`]. That is bounded by rustls, to 64 KiB.
    ///
    /// # Errors
    /// `WouldBlock` if encrypted bytes wait already.
    pub fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut session = self.session();
        self.write_encrypted(&mut session)?;
        let bytes = session.writer().write_vectored(slices)?;
        match self.write_encrypted(&mut session) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(bytes),
        }
    }

    /// Writes the encrypted bytes that wait.
    ///
    /// # Errors
    /// `WouldBlock` if the kernel does not take all of them.
    pub fn try_flush(&self) -> io::Result<()> {
        self.write_encrypted(&mut self.session())
    }

    /// Waits until the kernel takes bytes, or the connection is lost.
    ///
    /// # Errors
    /// The runtime is shutting down.
    pub async fn writable(&self) -> io::Result<()> {
        self.stream.writable().await
    }

    fn write_encrypted(&self, session: &mut ServerConnection) -> io::Result<()> {
        while session.wants_write() {
            match session.write_tls(&mut NonBlocking(&self.stream)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn session(&self) -> MutexGuard<'_, ServerConnection> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TlsHalves {
    fn drop(&mut self) {
        // The client then knows that nothing was cut off (RFC 8446, section 6.1). The connection is
        // closed in any case.
        let mut session = self.session();
        session.send_close_notify();
        let _ = self.write_encrypted(&mut session);
    }
}

/// A connection as rustls sees it: it reads and writes what is possible at once.
struct NonBlocking<'a>(&'a TcpStream);

impl Read for NonBlocking<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(into)
    }
}

impl Write for NonBlocking<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
