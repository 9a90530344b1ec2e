//! A broadcaster with the least possible work, with which the server is compared.
//!
//! It encodes each message of a room as one frame and writes it to each member with one system
//! call. It checks nothing, knows no nicknames and stores nothing. It has one thread and one epoll,
//! so that it is fast. It implements the part of the protocol that [`crate::clients`] uses.

use std::collections::HashMap;
use std::io::ErrorKind;

use anyhow::{Context, Result, bail};
use memchr::memmem;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

use crate::frames;
use crate::socket::Socket;

const LISTENER: Token = Token(usize::MAX);
const BUFFER: usize = 64 * 1024;
/// The response to the one key that the clients send (RFC 6455, section 1.3).
const UPGRADED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
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
            let client = event.token().0;
            if event.is_writable()
                && let Some(socket) = &mut server.sockets[client]
                && socket.flush().is_err()
            {
                server.sockets[client] = None;
            }
            if event.is_readable() {
                server.receive(client, &mut buffer);
            }
        }
    }
}

#[derive(Default)]
struct Server {
    /// `None`: closed.
    sockets: Vec<Option<Socket>>,
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
                .register(&mut stream, Token(self.sockets.len()), both)?;
            self.sockets.push(Some(Socket::new(stream)));
        }
    }

    fn receive(&mut self, client: usize, buffer: &mut [u8]) {
        // The socket is put back before its frames are dispatched, which may write to any socket.
        let Some(mut socket) = self.sockets[client].take() else {
            return;
        };
        let mut texts = Vec::new();
        let read = socket.read(buffer, |socket, bytes| take(socket, bytes, &mut texts));
        if read.is_err() {
            return;
        }
        self.sockets[client] = Some(socket);
        for text in texts {
            // A frame that the clients never send closes the socket.
            if self.dispatch(client, &text).is_err() {
                self.sockets[client] = None;
            }
        }
    }

    fn dispatch(&mut self, client: usize, text: &str) -> Result<()> {
        let mut frame = Vec::with_capacity(256);
        if text.starts_with(r#"{"type":"room""#) {
            let (name, content) = (field(text, "to")?, field(text, "text")?);
            let id = field(text, "id")?;
            let room = self.rooms.get_mut(name).context("a room that was joined")?;
            room.last_seq += 1;
            let seq = room.last_seq;
            // The frame is as long as Parlor's.
            let json = format!(
                r#"{{"type":"message","room":"{name}","seq":{seq},"from":"p{client}","author":{},"id":"{id}","text":"{content}","at":1790000000000}}"#,
                client + 100_000_000_000_000,
            );
            frames::put(&mut frame, frames::TEXT, json.as_bytes());
            for &member in &room.members {
                if let Some(socket) = &mut self.sockets[member]
                    && socket.send(&frame).is_err()
                {
                    self.sockets[member] = None;
                }
            }
            return Ok(());
        }
        let answer = if text.starts_with(r#"{"type":"login""#) {
            r#"{"type":"welcome"}"#
        } else if text.starts_with(r#"{"type":"join""#) {
            let room = self.rooms.entry(field(text, "room")?.to_owned());
            room.or_default().members.push(client);
            r#"{"type":"joined"}"#
        } else {
            bail!("an unknown frame: {text}");
        };
        frames::put(&mut frame, frames::TEXT, answer.as_bytes());
        self.sockets[client]
            .as_mut()
            .context("a socket")?
            .send(&frame)
    }
}

/// The value of a field, in which nothing is escaped.
fn field<'a>(text: &'a str, name: &str) -> Result<&'a str> {
    let key = format!("\"{name}\":\"");
    let at = memmem::find(text.as_bytes(), key.as_bytes()).context("a field is missing")?;
    let rest = &text[at + key.len()..];
    Ok(rest.split('"').next().unwrap_or(rest))
}

/// Decodes all whole frames into `texts` and returns the position after the last of them.
fn take(socket: &mut Socket, bytes: &mut [u8], texts: &mut Vec<String>) -> Result<usize> {
    let mut at = 0;
    if bytes.starts_with(b"GET ") {
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
            return Ok(0);
        };
        at = end + 4;
        socket.send(UPGRADED)?;
    }
    while let Some(frame) = frames::first(&bytes[at..]) {
        let rest = &mut bytes[at..];
        let end = frame.payload.end;
        let payload = &mut rest[frame.payload];
        frames::unmask(payload, frame.mask.context("a client masks its frames")?);
        if frame.opcode == frames::TEXT {
            texts.push(std::str::from_utf8(payload)?.to_owned());
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
