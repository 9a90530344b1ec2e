//! A program that talks to the server over its socket.

use std::{collections::VecDeque, time::Duration};

use futures_util::{SinkExt, StreamExt};
use protocol::{Code, Message, ServerFrame, frame};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message as Wire, Utf8Bytes, client::IntoClientRequest, http::HeaderValue},
};

use crate::server::Server;

/// Nothing in a story takes so long unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// One open socket.
pub struct Client {
    socket: WebSocketStream<TcpStream>,
    waiting: VecDeque<ServerFrame>,
    /// Of the last `welcome`.
    pub token: String,
    pub user: i64,
}

impl Client {
    /// Opens a socket and says nothing yet.
    pub async fn connect(server: &Server) -> Self {
        Self::connect_as(server, "/ws", &[])
            .await
            .expect("the server takes the socket")
    }

    /// Opens a socket with headers of its own.
    pub async fn connect_as(
        server: &Server,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, tungstenite::Error> {
        let stream = TcpStream::connect(server.address).await?;
        Self::connect_over(stream, path, headers).await
    }

    /// Opens a socket for which the kernel keeps next to nothing, so that the server soon notices
    /// when nobody reads.
    pub async fn connect_narrowly(server: &Server) -> Self {
        let narrow = TcpSocket::new_v4().expect("a socket");
        narrow.set_recv_buffer_size(4_096).expect("a small buffer");
        let stream = narrow.connect(server.address).await.expect("a connection");
        Self::connect_over(stream, "/ws", &[])
            .await
            .expect("the server takes the socket")
    }

    async fn connect_over(
        stream: TcpStream,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, tungstenite::Error> {
        let url = format!("ws://{}{path}", stream.peer_addr()?);
        let mut request = url.into_client_request()?;
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).expect("a header value");
            request.headers_mut().insert(*name, value);
        }
        stream.set_nodelay(true)?;
        let (socket, _) = client_async(request, stream).await?;
        Ok(Self {
            socket,
            waiting: VecDeque::new(),
            token: String::new(),
            user: 0,
        })
    }

    /// Opens a socket and signs in as somebody new.
    pub async fn sign_in(server: &Server, nickname: &str) -> Self {
        Self::connect(server).await.signed_in(nickname).await
    }

    /// Signs in as somebody new.
    pub async fn signed_in(mut self, nickname: &str) -> Self {
        self.say(json!({"type": "login", "nickname": nickname}))
            .await;
        self.welcome().await;
        self
    }

    /// Opens a socket, signs in as somebody new and joins a room.
    pub async fn in_room(server: &Server, nickname: &str, room: &str) -> Self {
        let mut client = Self::sign_in(server, nickname).await;
        client.join(room).await;
        client
    }

    /// Opens a socket and signs in as the same again.
    pub async fn come_back(server: &Server, token: &str) -> Self {
        let mut client = Self::connect(server).await;
        client.say(json!({"type": "login", "token": token})).await;
        client.welcome().await;
        client
    }

    /// Sends one frame.
    pub async fn say(&mut self, frame: Value) {
        self.send(&frame.to_string()).await;
    }

    /// Sends text, whatever it is.
    pub async fn send(&mut self, text: &str) {
        self.send_wire(Wire::text(text)).await;
    }

    pub async fn send_wire(&mut self, wire: Wire) {
        self.socket.send(wire).await.expect("an open socket");
    }

    /// The next frame.
    pub async fn next(&mut self) -> ServerFrame {
        self.next_or_close()
            .await
            .unwrap_or_else(|code| panic!("closed with {code:?}"))
    }

    /// The next frame, or the close code if the server closes; `None` if the line just broke.
    pub async fn next_or_close(&mut self) -> Result<ServerFrame, Option<u16>> {
        // One deadline for all: the server's heartbeat must not keep a story waiting for ever.
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Ok(frame);
            }
            let next = tokio::time::timeout_at(deadline, self.socket.next()).await;
            match next.expect("the server says something in time") {
                Some(Ok(Wire::Text(text))) => self.waiting.extend(text.split('\n').map(|line| {
                    serde_json::from_str::<ServerFrame>(line)
                        .unwrap_or_else(|e| panic!("{e}: {line}"))
                })),
                Some(Ok(Wire::Close(close))) => return Err(close.map(|c| c.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// The next piece of text as it is, for who has no time to look at everything.
    pub async fn text(&mut self) -> Utf8Bytes {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            match next.expect("the server says something in time") {
                Some(Ok(Wire::Text(text))) => return text,
                Some(Ok(Wire::Close(_)) | Err(_)) | None => panic!("closed"),
                Some(Ok(_)) => {}
            }
        }
    }

    /// Reads until the server closes; returns the close code.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next_or_close().await {
                return code;
            }
        }
    }

    /// Reads on until a frame is what `wanted` looks for.
    pub async fn until<T>(&mut self, mut wanted: impl FnMut(&ServerFrame) -> Option<T>) -> T {
        loop {
            let frame = self.next().await;
            if let Some(found) = wanted(&frame) {
                return found;
            }
        }
    }

    /// Reads on to `welcome`, and remembers token and user.
    pub async fn welcome(&mut self) -> String {
        let (nickname, user, token) = self
            .until(|frame| match frame {
                ServerFrame::Welcome(frame::Welcome {
                    nickname,
                    user,
                    token,
                    ..
                }) => Some((nickname.clone(), *user, token.clone())),
                ServerFrame::Error(frame::Error { message, .. }) => panic!("refused: {message}"),
                _ => None,
            })
            .await;
        self.user = user.0;
        self.token = token.unwrap_or_default();
        nickname
    }

    /// Joins a room; returns what it holds.
    pub async fn join(&mut self, room: &str) -> Joined {
        self.say(json!({"type": "join", "room": room})).await;
        self.joined().await
    }

    /// Reads on to `joined`.
    pub async fn joined(&mut self) -> Joined {
        self.until(|frame| match frame {
            ServerFrame::Joined(frame::Joined {
                room,
                asked,
                seq,
                members,
                online,
                messages,
                gap,
                missing,
                read,
                ..
            }) => Some(Joined {
                room: room.clone(),
                asked: asked.clone(),
                seq: *seq,
                members: members.clone(),
                online: *online,
                messages: messages.clone(),
                gap: *gap,
                missing: *missing,
                read: *read,
            }),
            ServerFrame::Error(frame::Error { message, .. }) => panic!("refused: {message}"),
            _ => None,
        })
        .await
    }

    /// Joins a room again, with the number of the last message that is known; returns all that came
    /// since, up to the number `end`.
    pub async fn catch_up(&mut self, room: &str, after: u64, end: u64) -> Vec<Message> {
        self.say(json!({"type": "join", "room": room, "after": after}))
            .await;
        let mut messages = self.joined().await.messages;
        while let Some(first) = messages.first().map(|it| it.seq)
            && first > after + 1
        {
            self.say(json!({"type": "history", "room": room, "before": first, "limit": 200}))
                .await;
            let page = self.until(|frame| match frame {
                ServerFrame::History(page) => Some(page.messages.clone()),
                _ => None,
            });
            messages.splice(..0, page.await);
        }
        while messages.last().map_or(after, |last| last.seq) < end {
            messages.push(self.message().await);
        }
        messages
    }

    /// Says something in a room and waits for its echo.
    pub async fn post(&mut self, room: &str, id: &str, text: &str) -> Message {
        self.say(json!({"type": "room", "to": room, "id": id, "text": text}))
            .await;
        self.echo(id).await
    }

    /// Says something in private and waits for its echo.
    pub async fn whisper(&mut self, to: &str, id: &str, text: &str) -> Message {
        self.say(json!({"type": "private", "to": to, "id": id, "text": text}))
            .await;
        self.echo(id).await
    }

    /// Reads on to one's own message with this id.
    pub async fn echo(&mut self, id: &str) -> Message {
        let user = self.user;
        self.until(|frame| match frame {
            ServerFrame::Message(m) if m.id == id && m.author.0 == user => Some(m.clone()),
            ServerFrame::Error(frame::Error {
                id: Some(refused),
                message,
                ..
            }) if refused == id => {
                panic!("refused: {message}")
            }
            _ => None,
        })
        .await
    }

    /// Reads on to the next message of anybody.
    pub async fn message(&mut self) -> Message {
        self.until(|frame| match frame {
            ServerFrame::Message(message) => Some(message.clone()),
            _ => None,
        })
        .await
    }

    /// Reads on to a message that says exactly this.
    pub async fn until_text(&mut self, text: &str) -> Message {
        self.until(|frame| match frame {
            ServerFrame::Message(message) if message.text == text => Some(message.clone()),
            _ => None,
        })
        .await
    }

    /// Reads on to a message of somebody with this nickname.
    pub async fn until_author(&mut self, nickname: &str) -> Message {
        self.until(|frame| match frame {
            ServerFrame::Message(message) if message.from == nickname => Some(message.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until somebody is in a room, in which one is.
    pub async fn until_here(&mut self, nickname: &str, room: &str) {
        let joined = self.join(room).await;
        if joined.members.iter().any(|name| name == nickname) {
            return;
        }
        self.until(|frame| match frame {
            ServerFrame::Presence(presence) => presence
                .joined
                .iter()
                .any(|name| name == nickname)
                .then_some(()),
            _ => None,
        })
        .await;
    }

    /// Sends a frame that should be refused; returns the code and the id.
    pub async fn refused(&mut self, frame: Value) -> (Code, Option<String>) {
        self.say(frame).await;
        self.refusal().await
    }

    /// Reads on to the next refusal.
    pub async fn refusal(&mut self) -> (Code, Option<String>) {
        self.until(|frame| match frame {
            ServerFrame::Error(frame::Error {
                code, id, message, ..
            }) => {
                assert!(message.ends_with(['.', '}']), "a sentence: {message}");
                Some((*code, id.clone()))
            }
            _ => None,
        })
        .await
    }

    /// Everything that the server has to say up to now: sends `ping` and reads to its `pong`.
    pub async fn so_far(&mut self) -> Vec<ServerFrame> {
        self.say(json!({"type": "ping"})).await;
        let mut frames = Vec::new();
        loop {
            match self.next().await {
                ServerFrame::Pong => return frames,
                frame => frames.push(frame),
            }
        }
    }
}

/// What `joined` told.
#[derive(Debug)]
pub struct Joined {
    pub room: String,
    pub asked: Option<String>,
    pub seq: u64,
    pub members: Vec<String>,
    pub online: usize,
    pub messages: Vec<Message>,
    pub gap: bool,
    pub missing: Option<[u64; 2]>,
    pub read: Option<u64>,
}

/// The texts of messages, for comparing.
pub fn texts(messages: &[Message]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.text.as_str())
        .collect()
}
