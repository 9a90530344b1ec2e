//! Many WebSocket clients in one thread: nonblocking sockets, and one epoll for all of them.

use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use client::Identity;
use memchr::memmem;
use mio::{Events, Interest, Poll, Token};
use protocol::ClientFrame;

use crate::frames;
use crate::socket::Socket;

/// Clients that connect at the same time.
const CONCURRENT_CONNECTS: usize = 64;
/// After this time without progress, something is broken.
pub const TIMEOUT: Duration = Duration::from_secs(60);
const BUFFER: usize = 256 * 1024;

/// All clients, numbered from 0.
pub struct Clients {
    poll: Poll,
    events: Events,
    sockets: Vec<Socket>,
    /// The token of each client that has signed in.
    tokens: Vec<Option<String>>,
    buffer: Vec<u8>,
    frame: Vec<u8>,
}

impl Clients {
    /// No clients yet.
    ///
    /// # Errors
    /// If the kernel cannot create an epoll.
    pub fn new() -> Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            sockets: Vec::new(),
            tokens: Vec::new(),
            buffer: vec![0; BUFFER],
            frame: Vec::new(),
        })
    }

    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }

    /// Connects `count` more clients, which sign in; each then joins its rooms one after the other.
    ///
    /// # Errors
    /// If a client is refused, or it takes too long.
    pub fn connect<'a>(
        &mut self,
        address: SocketAddr,
        count: usize,
        rooms: impl Fn(usize) -> Vec<&'a str>,
    ) -> Result<()> {
        let added = self.len()..self.len() + count;
        self.connect_and_join(added, rooms, Some(address))
    }

    /// All clients lose their connections. They connect again as the same users, and join these
    /// rooms.
    ///
    /// # Errors
    /// As for [`Self::connect`].
    pub fn reconnect<'a>(
        &mut self,
        address: SocketAddr,
        rooms: impl Fn(usize) -> Vec<&'a str>,
    ) -> Result<()> {
        let all = 0..self.len();
        self.sockets.clear();
        self.connect_and_join(all, rooms, Some(address))
    }

    /// Every client joins more rooms.
    ///
    /// # Errors
    /// As for [`Self::connect`].
    pub fn join<'a>(&mut self, rooms: impl Fn(usize) -> Vec<&'a str>) -> Result<()> {
        self.connect_and_join(0..self.len(), rooms, None)
    }

    /// Lets these clients join their rooms. With an address they have to connect first.
    fn connect_and_join<'a>(
        &mut self,
        clients: Range<usize>,
        rooms: impl Fn(usize) -> Vec<&'a str>,
        address: Option<SocketAddr>,
    ) -> Result<()> {
        let (first, count) = (clients.start, clients.len());
        self.tokens.resize(self.tokens.len().max(clients.end), None);
        let mut to_join: Vec<Vec<&str>> = clients.map(rooms).collect();
        to_join.iter_mut().for_each(|rooms| rooms.reverse());
        let (mut begun, mut done) = (0, 0);
        let mut deadline = Instant::now() + TIMEOUT;
        while done < count {
            while begun < count && begun - done < CONCURRENT_CONNECTS {
                match (address, to_join[begun].pop()) {
                    (Some(address), room) => {
                        to_join[begun].extend(room);
                        self.open(address)?;
                    }
                    (None, Some(room)) => self.send_join(first + begun, room)?,
                    (None, None) => done += 1,
                }
                begun += 1;
            }
            let mut answers = Vec::new();
            let mut tokens = Vec::new();
            self.poll(Duration::from_millis(100), |client, text| {
                // The handshake's response, `welcome` and `joined` each allow the next step.
                if text.starts_with(b"HTTP/1.1 101") {
                    answers.push((client, Step::Upgraded));
                } else if memmem::find(text, br#"{"type":"error""#).is_some() {
                    bail!("refused: {}", String::from_utf8_lossy(text));
                } else if memmem::find(text, br#"{"type":"welcome""#).is_some()
                    || memmem::find(text, br#"{"type":"joined""#).is_some()
                {
                    answers.push((client, Step::Joined));
                    tokens.extend(token_in(text).map(|token| (client, token)));
                }
                Ok(())
            })?;
            for (client, token) in tokens {
                self.tokens[client] = Some(token);
            }
            for (client, step) in answers {
                deadline = Instant::now() + TIMEOUT;
                if matches!(step, Step::Upgraded) {
                    let identity = match self.tokens[client].clone() {
                        Some(token) => Identity::Token(token),
                        None => Identity::Nickname(format!("p{client}")),
                    };
                    self.send(client, &identity.login().encode())?;
                } else if let Some(room) = to_join[client - first].pop() {
                    self.send_join(client, room)?;
                } else {
                    done += 1;
                }
            }
            if Instant::now() > deadline {
                bail!("only {done} of {count} clients have joined");
            }
        }
        Ok(())
    }

    fn open(&mut self, address: SocketAddr) -> Result<()> {
        if !address.ip().is_loopback() {
            bail!("only this machine may be put under load");
        }
        let stream = TcpStream::connect(address).context("no connection")?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        let both = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        registry.register(&mut stream, Token(self.sockets.len()), both)?;
        let mut socket = Socket::new(stream);
        socket.send(
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
              Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )?;
        self.sockets.push(socket);
        Ok(())
    }

    fn send_join(&mut self, client: usize, room: &str) -> Result<()> {
        let join = ClientFrame::Join {
            room: room.to_owned(),
            after: None,
        };
        self.send(client, &join.encode())
    }

    /// Sends one text frame from one client.
    ///
    /// # Errors
    /// If the connection is broken.
    pub fn send(&mut self, client: usize, text: &str) -> Result<()> {
        self.frame.clear();
        frames::put_masked(&mut self.frame, frames::TEXT, text.as_bytes());
        self.sockets[client].send(&self.frame)
    }

    /// Waits until something arrives, but not longer than `timeout`, and passes each text frame to
    /// `receive` with the client that got it. The handshake's response, which is no frame, is
    /// passed as a whole.
    ///
    /// # Errors
    /// An error of `receive`, or that a connection is broken or closed.
    pub fn poll(
        &mut self,
        timeout: Duration,
        mut receive: impl FnMut(usize, &[u8]) -> Result<()>,
    ) -> Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => {
                return Err(error.into());
            }
            _ => {}
        }
        for event in &self.events {
            let client = event.token().0;
            let socket = &mut self.sockets[client];
            if event.is_writable() {
                socket.flush()?;
            }
            if event.is_readable() {
                socket
                    .read(&mut self.buffer, |socket, bytes| {
                        take(socket, bytes, |text| receive(client, text))
                    })
                    .with_context(|| format!("client {client}"))?;
            }
        }
        Ok(())
    }
}

/// The token in a `welcome`.
fn token_in(text: &[u8]) -> Option<String> {
    let start = memmem::find(text, br#""token":""#)? + br#""token":""#.len();
    let end = start + text[start..].iter().position(|byte| *byte == b'"')?;
    String::from_utf8(text[start..end].to_vec()).ok()
}

enum Step {
    Upgraded,
    Joined,
}

/// Handles all whole frames and returns the position after the last of them.
fn take(
    socket: &mut Socket,
    bytes: &[u8],
    mut receive: impl FnMut(&[u8]) -> Result<()>,
) -> Result<usize> {
    let mut at = 0;
    if bytes.starts_with(b"HTTP/") {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
            return Ok(0);
        };
        at = end + 4;
        receive(&bytes[..at])?;
    }
    while let Some(frame) = frames::first(&bytes[at..]) {
        let rest = &bytes[at..];
        match frame.opcode {
            frames::TEXT => receive(&rest[frame.payload.clone()])?,
            frames::CLOSE => bail!(
                "closed: {}",
                String::from_utf8_lossy(&rest[frame.payload.clone()])
            ),
            frames::PING => {
                let mut pong = Vec::new();
                let payload = &rest[frame.payload.clone()];
                frames::put_masked(&mut pong, frames::PONG, payload);
                socket.send(&pong)?;
            }
            _ => {}
        }
        at += frame.payload.end;
    }
    Ok(at)
}
