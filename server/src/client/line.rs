//! One socket to a server.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use protocol::{Close, ServerFrame, limits};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_tls,
    tungstenite::{
        self, Message as Wire,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use super::Address;

/// What a line that just broke is called (RFC 6455, section 7.1.5).
pub const BROKEN: u16 = 1006;
/// For the server's own close, after ours.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// An open socket.
pub struct Line(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// What came over it.
#[derive(Debug)]
pub enum Heard {
    /// Frames that came together, perhaps none: a Ping is a sign of life as well.
    Frames(Vec<ServerFrame>),
    /// It is over, with this code and what the server says of it.
    Closed { code: u16, reason: String },
}

impl Line {
    /// Connects, and says nothing yet.
    ///
    /// # Errors
    /// Whatever hindered the connection or the handshake.
    pub async fn open(address: &Address) -> Result<Self, tungstenite::Error> {
        let stream = TcpStream::connect(address.authority()).await?;
        // A move is a few bytes that somebody waits for.
        stream.set_nodelay(true)?;
        let (socket, _) = client_async_tls(address.socket(), stream).await?;
        Ok(Self(socket))
    }

    /// Sends encoded frames, in order. An error says that the line is broken; [`Line::hear`] tells why.
    pub async fn say(&mut self, frames: Vec<String>) -> Result<(), Broken> {
        let said = async {
            for frame in frames {
                self.0.feed(Wire::text(frame)).await?;
            }
            self.0.flush().await
        };
        match timeout(limits::WRITE_TIME, said).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Broken),
        }
    }

    /// What comes next. May be dropped before it is done.
    pub async fn hear(&mut self) -> Heard {
        match self.0.next().await {
            // What one does not know one ignores: that is how the protocol grows.
            Some(Ok(Wire::Text(text))) => Heard::Frames(
                text.split('\n')
                    .filter_map(|line| serde_json::from_str::<ServerFrame>(line).ok())
                    .collect(),
            ),
            Some(Ok(Wire::Close(close))) => {
                // The answer to a close is written with the next flush; that there is nobody left to
                // read it is nothing to worry about.
                let _ = timeout(CLOSE_TIME, self.0.flush()).await;
                let broken = || (BROKEN, String::new());
                let (code, reason) =
                    close.map_or_else(broken, |it| (it.code.into(), it.reason.to_string()));
                Heard::Closed { code, reason }
            }
            Some(Ok(_)) => Heard::Frames(Vec::new()),
            Some(Err(error)) => Heard::Closed {
                code: BROKEN,
                reason: error.to_string(),
            },
            None => Heard::Closed {
                code: BROKEN,
                reason: String::new(),
            },
        }
    }

    /// Of a line on which nothing can be sent any more: the frames that had come, and why it is over.
    pub async fn last_words(&mut self) -> (Vec<ServerFrame>, u16, String) {
        let mut last = Vec::new();
        let over = async {
            loop {
                match self.hear().await {
                    Heard::Frames(frames) => last.extend(frames),
                    Heard::Closed { code, reason } => return (code, reason),
                }
            }
        };
        let silent = |_| (BROKEN, "sending timed out".to_owned());
        let (code, reason) = timeout(CLOSE_TIME, over).await.unwrap_or_else(silent);
        (last, code, reason)
    }

    /// Says goodbye and waits for the answer.
    pub async fn close(mut self) {
        let goodbye = CloseFrame {
            code: CloseCode::Normal,
            reason: Close::Normal.reason().into(),
        };
        let closed = async {
            // A line that is broken is closed already.
            if self.0.close(Some(goodbye)).await.is_ok() {
                while let Some(Ok(_)) = self.0.next().await {}
            }
        };
        let _ = timeout(CLOSE_TIME, closed).await;
    }
}

/// The line is broken.
#[derive(Debug)]
pub struct Broken;
