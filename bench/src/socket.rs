//! A nonblocking TCP socket with its buffers.

use std::io::{ErrorKind, Read, Write};

use anyhow::{Result, bail};
use mio::net::TcpStream;

/// A socket is closed as too slow if more bytes than this wait for it.
const WAITING: usize = 64 * 1024 * 1024;

pub struct Socket {
    pub stream: TcpStream,
    /// The beginning of a frame whose end has not arrived yet.
    pub unread: Vec<u8>,
    unsent: Vec<u8>,
}

impl Socket {
    pub fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            unread: Vec::new(),
            unsent: Vec::new(),
        }
    }

    /// Sends these bytes with one write. Bytes that the kernel does not accept are buffered.
    ///
    /// # Errors
    /// If the connection is broken, or too many bytes are buffered.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let sent = match self.unsent.is_empty() {
            true => self.write(bytes)?,
            false => 0,
        };
        self.unsent.extend_from_slice(&bytes[sent..]);
        if self.unsent.len() > WAITING {
            bail!("a socket does not read");
        }
        Ok(())
    }

    /// Sends buffered bytes, as many as the kernel accepts.
    ///
    /// # Errors
    /// If the connection is broken.
    pub fn flush(&mut self) -> Result<()> {
        while !self.unsent.is_empty() {
            let waiting = std::mem::take(&mut self.unsent);
            let sent = self.write(&waiting);
            self.unsent = waiting;
            match sent? {
                0 => break,
                sent => drop(self.unsent.drain(..sent)),
            }
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        loop {
            match self.stream.write(bytes) {
                Ok(sent) => return Ok(sent),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads all bytes that have arrived and passes them to `take`, which returns how many of them
    /// belong to whole frames. The rest is passed again, together with the bytes that follow. All
    /// sockets share one `buffer`, because there are ten thousand of them.
    ///
    /// # Errors
    /// An error of `take`, or that the connection is broken or closed.
    pub fn read(
        &mut self,
        buffer: &mut [u8],
        mut take: impl FnMut(&mut Self, &mut [u8]) -> Result<usize>,
    ) -> Result<()> {
        loop {
            let read = match self.stream.read(buffer) {
                Ok(0) => bail!("the other end has closed the connection"),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if self.unread.is_empty() {
                let taken = take(self, &mut buffer[..read])?;
                self.unread.extend_from_slice(&buffer[taken..read]);
            } else {
                let mut all = std::mem::take(&mut self.unread);
                all.extend_from_slice(&buffer[..read]);
                let taken = take(self, &mut all)?;
                all.drain(..taken);
                self.unread = all;
            }
            // The kernel has no more bytes (epoll(7), Q9), and another read would only say so.
            if read < buffer.len() {
                return Ok(());
            }
        }
    }
}
