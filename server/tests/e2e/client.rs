//! A client that talks to the server over one WebSocket.

use std::{collections::VecDeque, time::Duration};

use futures_util::{SinkExt, StreamExt};
use protocol::{Code, Message, ServerFrame, frame};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpSocket, TcpStream},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        self, Message as WsMessage, Utf8Bytes, client::IntoClientRequest, http::HeaderValue,
    },
};

use crate::server::Server;

/// Nothing in a test takes so long unless it is broken.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// Whatever a WebSocket is spoken over: TCP, TLS or a Unix socket.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// One open socket.
pub struct Client {
    socket: WebSocketStream<Box<dyn ByteStream>>,
    /// Frames that arrived in one message with an earlier one.
    buffered: VecDeque<ServerFrame>,
    /// From the last `welcome`.
    pub token: String,
    pub user: i64,
}

impl Client {
    /// Opens a socket and sends nothing yet.
    pub async fn connect(server: &Server) -> Self {
        Self::connect_with(server, "/ws", &[])
            .await
            .expect("the server accepts the socket")
    }

    /// Opens a socket at this path, with these headers.
    pub async fn connect_with(
        server: &Server,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, tungstenite::Error> {
        let stream = TcpStream::connect(server.address).await?;
        stream.set_nodelay(true)?;
        let url = format!("ws://{}{path}", server.address);
        Self::connect_over(stream, &url, headers).await
    }

    /// Opens a socket with a tiny receive buffer, so that the server soon notices when the client
    /// stops reading.
    pub async fn connect_with_small_buffer(server: &Server) -> Self {
        let narrow = TcpSocket::new_v4().expect("a socket");
        narrow.set_recv_buffer_size(4_096).expect("a small buffer");
        let stream = narrow.connect(server.address).await.expect("a connection");
        stream.set_nodelay(true).expect("a TCP connection");
        Self::connect_over(stream, &format!("ws://{}/ws", server.address), &[])
            .await
            .expect("the server accepts the socket")
    }

    /// Opens a socket over this connection, with these headers.
    pub async fn connect_over(
        stream: impl ByteStream + 'static,
        url: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, tungstenite::Error> {
        let mut request = url.into_client_request()?;
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).expect("a header value");
            request.headers_mut().insert(*name, value);
        }
        let stream: Box<dyn ByteStream> = Box::new(stream);
        let (socket, _) = client_async(request, stream).await?;
        Ok(Self {
            socket,
            buffered: VecDeque::new(),
            token: String::new(),
            user: 0,
        })
    }

    /// Opens a socket and signs in as a new user.
    pub async fn sign_in(server: &Server, nickname: &str) -> Self {
        Self::connect(server).await.sign_in_as(nickname).await
    }

    /// Signs in as a new user.
    pub async fn sign_in_as(mut self, nickname: &str) -> Self {
        self.send(json!({"type": "login", "nickname": nickname}))
            .await;
        self.until_welcome().await;
        self
    }

    /// Opens a socket, signs in as a new user and joins a room.
    pub async fn in_room(server: &Server, nickname: &str, room: &str) -> Self {
        let mut client = Self::sign_in(server, nickname).await;
        client.join(room).await;
        client
    }

    /// Opens a socket and signs in as the user of this token.
    pub async fn sign_in_with_token(server: &Server, token: &str) -> Self {
        let mut client = Self::connect(server).await;
        client.send(json!({"type": "login", "token": token})).await;
        client.until_welcome().await;
        client
    }

    /// Sends one frame.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Sends a text message, whether it is valid or not.
    pub async fn send_text(&mut self, text: &str) {
        self.send_ws_message(WsMessage::text(text)).await;
    }

    pub async fn send_ws_message(&mut self, message: WsMessage) {
        self.socket.send(message).await.expect("an open socket");
    }

    /// The next frame.
    pub async fn next(&mut self) -> ServerFrame {
        self.next_or_close()
            .await
            .unwrap_or_else(|code| panic!("closed with {code:?}"))
    }

    /// The next frame, or the close code if the server closes. `None` if the connection just ended.
    pub async fn next_or_close(&mut self) -> Result<ServerFrame, Option<u16>> {
        // One deadline for all of it, because the server's heartbeat would extend a deadline for
        // each message forever.
        let deadline = tokio::time::Instant::now() + TIMEOUT;
        loop {
            if let Some(frame) = self.buffered.pop_front() {
                return Ok(frame);
            }
            let next = tokio::time::timeout_at(deadline, self.socket.next()).await;
            match next.expect("the server sends something in time") {
                Some(Ok(WsMessage::Text(text))) => {
                    self.buffered.extend(text.split('\n').map(|line| {
                        serde_json::from_str::<ServerFrame>(line)
                            .unwrap_or_else(|e| panic!("{e}: {line}"))
                    }))
                }
                Some(Ok(WsMessage::Close(close))) => return Err(close.map(|c| c.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// The next text message, not decoded, for tests that have no time to decode every frame.
    pub async fn next_text(&mut self) -> Utf8Bytes {
        loop {
            let next = tokio::time::timeout(TIMEOUT, self.socket.next()).await;
            match next.expect("the server sends something in time") {
                Some(Ok(WsMessage::Text(text))) => return text,
                Some(Ok(WsMessage::Close(_)) | Err(_)) | None => panic!("closed"),
                Some(Ok(_)) => {}
            }
        }
    }

    /// Reads until the server closes. Returns the close code.
    pub async fn until_closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next_or_close().await {
                return code;
            }
        }
    }

    /// Reads until `wanted` returns a value for a frame.
    pub async fn until<T>(&mut self, mut wanted: impl FnMut(&ServerFrame) -> Option<T>) -> T {
        loop {
            let frame = self.next().await;
            if let Some(found) = wanted(&frame) {
                return found;
            }
        }
    }

    /// Reads until `welcome`, and stores the token and the user. Returns the nickname.
    pub async fn until_welcome(&mut self) -> String {
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

    /// Joins a room. Returns the answer.
    pub async fn join(&mut self, room: &str) -> Joined {
        self.send(json!({"type": "join", "room": room})).await;
        self.until_joined().await
    }

    /// Reads until `joined`.
    pub async fn until_joined(&mut self) -> Joined {
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

    /// Joins a room again after the number of the last known message. Returns all later messages up
    /// to the number `end`.
    pub async fn catch_up(&mut self, room: &str, after: u64, end: u64) -> Vec<Message> {
        self.send(json!({"type": "join", "room": room, "after": after}))
            .await;
        let mut messages = self.until_joined().await.messages;
        while let Some(first) = messages.first().map(|it| it.seq)
            && first > after + 1
        {
            self.send(json!({"type": "history", "room": room, "before": first, "limit": 200}))
                .await;
            let page = self.until(|frame| match frame {
                ServerFrame::History(page) => Some(page.messages.clone()),
                _ => None,
            });
            messages.splice(..0, page.await);
        }
        while messages.last().map_or(after, |last| last.seq) < end {
            messages.push(self.next_message().await);
        }
        messages
    }

    /// Sends a message to a room and waits for its echo.
    pub async fn post(&mut self, room: &str, id: &str, text: &str) -> Message {
        self.send(json!({"type": "room", "to": room, "id": id, "text": text}))
            .await;
        self.until_echo(id).await
    }

    /// Sends a private message and waits for its echo.
    pub async fn send_direct(&mut self, to: &str, id: &str, text: &str) -> Message {
        self.send(json!({"type": "private", "to": to, "id": id, "text": text}))
            .await;
        self.until_echo(id).await
    }

    /// Reads until this user's own message with this id.
    pub async fn until_echo(&mut self, id: &str) -> Message {
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

    /// Reads until the next message of any user.
    pub async fn next_message(&mut self) -> Message {
        self.until(|frame| match frame {
            ServerFrame::Message(message) => Some(message.clone()),
            _ => None,
        })
        .await
    }

    /// Reads until a message with exactly this text.
    pub async fn until_text(&mut self, text: &str) -> Message {
        self.until(|frame| match frame {
            ServerFrame::Message(message) if message.text() == text => Some(message.clone()),
            _ => None,
        })
        .await
    }

    /// Reads until a message of the user with this nickname.
    pub async fn until_author(&mut self, nickname: &str) -> Message {
        self.until(|frame| match frame {
            ServerFrame::Message(message) if message.from == nickname => Some(message.clone()),
            _ => None,
        })
        .await
    }

    /// Joins a room and waits until the user with this nickname is online in it.
    pub async fn until_online(&mut self, nickname: &str, room: &str) {
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

    /// Sends a frame that the server must refuse. Returns the code and the id.
    pub async fn expect_refusal(&mut self, frame: Value) -> (Code, Option<String>) {
        self.send(frame).await;
        self.next_refusal().await
    }

    /// Reads until the next refusal. Returns the code and the id.
    pub async fn next_refusal(&mut self) -> (Code, Option<String>) {
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

    /// Everything that the server has sent so far: sends `ping` and reads until its `pong`.
    pub async fn frames_so_far(&mut self) -> Vec<ServerFrame> {
        self.send(json!({"type": "ping"})).await;
        let mut frames = Vec::new();
        loop {
            match self.next().await {
                ServerFrame::Pong => return frames,
                frame => frames.push(frame),
            }
        }
    }
}

/// What `joined` contained.
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
    messages.iter().map(|message| message.text()).collect()
}
