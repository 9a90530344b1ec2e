//! Many people with one thread: sockets that never block, and one epoll for all of them.

use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use client::Identity;
use memchr::memmem;
use mio::{Events, Interest, Poll, Token};
use protocol::ClientFrame;

use crate::frames;
use crate::line::Line;

/// People who come in at the same time.
const AT_ONCE: usize = 64;
/// Nothing takes so long unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(60);
const BUFFER: usize = 256 * 1024;

/// Everybody, by number.
pub struct Crowd {
    poll: Poll,
    events: Events,
    people: Vec<Line>,
    buffer: Vec<u8>,
    frame: Vec<u8>,
}

impl Crowd {
    /// A crowd of nobody.
    ///
    /// # Errors
    /// If the kernel has no epoll for us.
    pub fn new() -> Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            people: Vec::new(),
            buffer: vec![0; BUFFER],
            frame: Vec::new(),
        })
    }

    pub fn len(&self) -> usize {
        self.people.len()
    }

    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// So many more come in and sign in; each then joins its rooms, one after the other.
    ///
    /// # Errors
    /// If somebody is refused, or it takes too long.
    pub fn enter<'a>(
        &mut self,
        address: SocketAddr,
        many: usize,
        rooms: impl Fn(usize) -> Vec<&'a str>,
    ) -> Result<()> {
        let added = self.len()..self.len() + many;
        self.usher(added, rooms, Some(address))
    }

    /// Everybody joins some more rooms.
    ///
    /// # Errors
    /// As for [`Self::enter`].
    pub fn join<'a>(&mut self, rooms: impl Fn(usize) -> Vec<&'a str>) -> Result<()> {
        self.usher(0..self.len(), rooms, None)
    }

    /// Brings these people to their rooms; with an address they have to connect first.
    fn usher<'a>(
        &mut self,
        people: Range<usize>,
        rooms: impl Fn(usize) -> Vec<&'a str>,
        address: Option<SocketAddr>,
    ) -> Result<()> {
        let (first, many) = (people.start, people.len());
        let mut to_join: Vec<Vec<&str>> = people.map(rooms).collect();
        to_join.iter_mut().for_each(|rooms| rooms.reverse());
        let (mut begun, mut entered) = (0, 0);
        let mut deadline = Instant::now() + PATIENCE;
        while entered < many {
            while begun < many && begun - entered < AT_ONCE {
                match (address, to_join[begun].pop()) {
                    (Some(address), room) => {
                        to_join[begun].extend(room);
                        self.connect(address)?;
                    }
                    (None, Some(room)) => self.say_join(first + begun, room)?,
                    (None, None) => entered += 1,
                }
                begun += 1;
            }
            let mut answers = Vec::new();
            self.turn(Duration::from_millis(100), |who, said| {
                // A handshake's head, `welcome` and `joined` each let one go a step further.
                if said.starts_with(b"HTTP/1.1 101") {
                    answers.push((who, Step::Greeted));
                } else if memmem::find(said, br#"{"type":"error""#).is_some() {
                    bail!("refused: {}", String::from_utf8_lossy(said));
                } else if memmem::find(said, br#"{"type":"welcome""#).is_some()
                    || memmem::find(said, br#"{"type":"joined""#).is_some()
                {
                    answers.push((who, Step::Entered));
                }
                Ok(())
            })?;
            for (who, step) in answers {
                deadline = Instant::now() + PATIENCE;
                if matches!(step, Step::Greeted) {
                    let login = Identity::Nickname(format!("p{who}")).login();
                    self.say(who, &login.encode())?;
                } else if let Some(room) = to_join[who - first].pop() {
                    self.say_join(who, room)?;
                } else {
                    entered += 1;
                }
            }
            if Instant::now() > deadline {
                bail!("only {entered} of {many} people came in");
            }
        }
        Ok(())
    }

    fn connect(&mut self, address: SocketAddr) -> Result<()> {
        if !address.ip().is_loopback() {
            bail!("load goes to this machine only");
        }
        let stream = TcpStream::connect(address).context("no connection")?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = mio::net::TcpStream::from_std(stream);
        let both = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        registry.register(&mut stream, Token(self.people.len()), both)?;
        let mut line = Line::new(stream);
        line.send(
            b"GET /ws HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
              Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )?;
        self.people.push(line);
        Ok(())
    }

    fn say_join(&mut self, who: usize, room: &str) -> Result<()> {
        let join = ClientFrame::Join {
            room: room.to_owned(),
            after: None,
        };
        self.say(who, &join.encode())
    }

    /// Sends one frame of one user.
    ///
    /// # Errors
    /// If the line is broken.
    pub fn say(&mut self, who: usize, text: &str) -> Result<()> {
        self.frame.clear();
        frames::put_masked(&mut self.frame, frames::TEXT, text.as_bytes());
        self.people[who].send(&self.frame)
    }

    /// Waits for something to come, no longer than `patience`, and hands over each text with who
    /// has received it. What is no frame yet, the handshake's answer, is handed over whole.
    ///
    /// # Errors
    /// `hear`'s own, or that a line is broken or closed.
    pub fn turn(
        &mut self,
        patience: Duration,
        mut hear: impl FnMut(usize, &[u8]) -> Result<()>,
    ) -> Result<()> {
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => {
                return Err(error.into());
            }
            _ => {}
        }
        for event in &self.events {
            let who = event.token().0;
            let user = &mut self.people[who];
            if event.is_writable() {
                user.flush()?;
            }
            if event.is_readable() {
                user.read(&mut self.buffer, |line, bytes| {
                    take(line, bytes, |said| hear(who, said))
                })
                .with_context(|| format!("user {who}"))?;
            }
        }
        Ok(())
    }
}

enum Step {
    Greeted,
    Entered,
}

/// Walks through the frames; returns where the last whole one ends.
fn take(line: &mut Line, bytes: &[u8], mut hear: impl FnMut(&[u8]) -> Result<()>) -> Result<usize> {
    let mut at = 0;
    if bytes.starts_with(b"HTTP/") {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
            return Ok(0);
        };
        at = end + 4;
        hear(&bytes[..at])?;
    }
    while let Some(frame) = frames::first(&bytes[at..]) {
        let rest = &bytes[at..];
        match frame.opcode {
            frames::TEXT => hear(&rest[frame.payload.clone()])?,
            frames::CLOSE => bail!(
                "closed: {}",
                String::from_utf8_lossy(&rest[frame.payload.clone()])
            ),
            frames::PING => {
                let mut pong = Vec::new();
                let payload = &rest[frame.payload.clone()];
                frames::put_masked(&mut pong, frames::PONG, payload);
                line.send(&pong)?;
            }
            _ => {}
        }
        at += frame.payload.end;
    }
    Ok(at)
}
