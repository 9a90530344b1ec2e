//! The least that can be done: whatever is said in a room is made into one frame, and written to
//! each member with one write. Nothing is checked, nobody is named, nothing is kept. Written as one
//! would by hand, with one thread and one epoll, so that it is quick.
//!
//! It speaks as much of the protocol as [`crate::crowd`] does.

use std::collections::HashMap;
use std::io::ErrorKind;

use anyhow::{Context, Result, bail};
use memchr::memmem;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

use crate::frames;
use crate::line::Line;

const LISTENER: Token = Token(usize::MAX);
const BUFFER: usize = 64 * 1024;
/// The answer to the one key that the crowd has (RFC 6455, section 1.3).
const GREETING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Serves on a free port of this machine until it is killed.
///
/// # Errors
/// If there is no port or no epoll.
pub fn serve() -> Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut listener = TcpListener::bind("127.0.0.1:0".parse()?)?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("listening on http://{}", listener.local_addr()?);
    let mut server = Server::default();
    let mut buffer = vec![0; BUFFER];
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
        for event in &events {
            if event.token() == LISTENER {
                server.accept(&listener, &poll)?;
                continue;
            }
            let who = event.token().0;
            if event.is_writable()
                && let Some(line) = &mut server.lines[who]
                && line.flush().is_err()
            {
                server.lines[who] = None;
            }
            if event.is_readable() {
                server.listen_to(who, &mut buffer);
            }
        }
    }
}

#[derive(Default)]
struct Server {
    /// None: gone.
    lines: Vec<Option<Line>>,
    rooms: HashMap<String, Room>,
}

#[derive(Default)]
struct Room {
    members: Vec<usize>,
    last_seq: u64,
}

impl Server {
    fn accept(&mut self, listener: &TcpListener, poll: &Poll) -> Result<()> {
        loop {
            let mut stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            stream.set_nodelay(true)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            poll.registry()
                .register(&mut stream, Token(self.lines.len()), both)?;
            self.lines.push(Some(Line::new(stream)));
        }
    }

    fn listen_to(&mut self, who: usize, buffer: &mut [u8]) {
        // Taken out, so that what is heard can be told to everybody else meanwhile.
        let Some(mut line) = self.lines[who].take() else {
            return;
        };
        let mut said = Vec::new();
        let read = line.read(buffer, |line, bytes| take(line, bytes, &mut said));
        if read.is_err() {
            return;
        }
        self.lines[who] = Some(line);
        for text in said {
            // A frame that the crowd would not send ends its line.
            if self.obey(who, &text).is_err() {
                self.lines[who] = None;
            }
        }
    }

    fn obey(&mut self, who: usize, text: &str) -> Result<()> {
        let mut frame = Vec::with_capacity(256);
        if text.starts_with(r#"{"type":"room""#) {
            let (name, said) = (field(text, "to")?, field(text, "text")?);
            let id = field(text, "id")?;
            let room = self.rooms.get_mut(name).context("a room that was joined")?;
            room.last_seq += 1;
            let seq = room.last_seq;
            // As long as Parlor's own.
            let json = format!(
                r#"{{"type":"message","room":"{name}","seq":{seq},"from":"p{who}","author":{},"id":"{id}","text":"{said}","at":1790000000000}}"#,
                who + 100_000_000_000_000,
            );
            frames::put(&mut frame, frames::TEXT, json.as_bytes());
            for &member in &room.members {
                if let Some(line) = &mut self.lines[member]
                    && line.send(&frame).is_err()
                {
                    self.lines[member] = None;
                }
            }
            return Ok(());
        }
        let answer = if text.starts_with(r#"{"type":"login""#) {
            r#"{"type":"welcome"}"#
        } else if text.starts_with(r#"{"type":"join""#) {
            let room = self.rooms.entry(field(text, "room")?.to_owned());
            room.or_default().members.push(who);
            r#"{"type":"joined"}"#
        } else {
            bail!("not spoken here: {text}");
        };
        frames::put(&mut frame, frames::TEXT, answer.as_bytes());
        self.lines[who].as_mut().context("a line")?.send(&frame)
    }
}

/// The field's text, in which nothing is escaped.
fn field<'a>(text: &'a str, name: &str) -> Result<&'a str> {
    let key = format!("\"{name}\":\"");
    let at = memmem::find(text.as_bytes(), key.as_bytes()).context("a field is missing")?;
    let rest = &text[at + key.len()..];
    Ok(rest.split('"').next().unwrap_or(rest))
}

fn take(line: &mut Line, bytes: &mut [u8], said: &mut Vec<String>) -> Result<usize> {
    let mut at = 0;
    if bytes.starts_with(b"GET ") {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
            return Ok(0);
        };
        at = end + 4;
        line.send(GREETING)?;
    }
    while let Some(frame) = frames::first(&bytes[at..]) {
        let rest = &mut bytes[at..];
        let end = frame.payload.end;
        let payload = &mut rest[frame.payload];
        frames::unmask(payload, frame.mask.context("a client masks its frames")?);
        if frame.opcode == frames::TEXT {
            said.push(std::str::from_utf8(payload)?.to_owned());
        }
        at += end;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_name() {
        let text = r#"{"type":"room","to":"tea","id":"1","text":"~1 2 3"}"#;
        assert_eq!(field(text, "to").ok(), Some("tea"));
        assert_eq!(field(text, "text").ok(), Some("~1 2 3"));
        assert!(field(text, "room").is_err());
    }
}
