//! One socket, without blocking: what has come and is not read, what is said and not sent.

use std::io::{ErrorKind, Read, Write};

use anyhow::{Result, bail};
use mio::net::TcpStream;

/// What waits for one reader is closed as too slow beyond this.
const WAITING: usize = 64 * 1024 * 1024;

pub struct Line {
    pub stream: TcpStream,
    /// The beginning of a frame whose end has not come yet.
    pub unread: Vec<u8>,
    unsent: Vec<u8>,
}

impl Line {
    pub fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            unread: Vec::new(),
            unsent: Vec::new(),
        }
    }

    /// Sends these bytes with one write; what the kernel does not take waits.
    ///
    /// # Errors
    /// If the line is broken, or too much waits.
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

    /// Sends what waits, as far as the kernel takes it.
    ///
    /// # Errors
    /// If the line is broken.
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

    /// Reads all that has come, and hands it to `take`, which says how much of it was whole; the
    /// rest comes again with what follows. `buffer` is lent, so that ten thousand lines share one.
    ///
    /// # Errors
    /// `take`'s own, or that the line is broken or closed.
    pub fn read(
        &mut self,
        buffer: &mut [u8],
        mut take: impl FnMut(&mut Self, &mut [u8]) -> Result<usize>,
    ) -> Result<()> {
        loop {
            let read = match self.stream.read(buffer) {
                Ok(0) => bail!("the other end has closed the line"),
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
            // The kernel had no more (epoll(7), Q9), so the next read would only say so.
            if read < buffer.len() {
                return Ok(());
            }
        }
    }
}
