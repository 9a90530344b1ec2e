//! Connections beyond the limits: they get a short answer, as long as few of them wait for it.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};

use crate::{
    connection_limit::ConnectionRefusal, limits::ANSWERED_REFUSALS, log::OncePerMinute, peer::Peer,
    stream::Transport,
};

/// How long a refused client has to read the answer.
const ANSWER_TIME: Duration = Duration::from_secs(1);

/// Answers refused connections: [`ANSWERED_REFUSALS`] at a time. Further ones are just closed, so
/// that refusing costs next to nothing however many clients come.
#[derive(Clone)]
pub struct Refusals {
    answered: Arc<Semaphore>,
    log: Arc<Mutex<OncePerMinute>>,
}

impl Default for Refusals {
    fn default() -> Self {
        Self {
            answered: Arc::new(Semaphore::new(ANSWERED_REFUSALS)),
            log: Arc::default(),
        }
    }
}

impl Refusals {
    /// Refuses a connection.
    pub fn refuse(&self, transport: Transport, peer: Peer, refusal: ConnectionRefusal) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unlogged) = log.is_due(Instant::now()) {
            tracing::warn!(?peer, ?refusal, unlogged, "refused a connection");
        }
        drop(log);
        // An answer over TLS would need a handshake, which costs more than a response.
        if peer.is_tls {
            return;
        }
        if let Ok(permit) = Arc::clone(&self.answered).try_acquire_owned() {
            tokio::spawn(async move {
                answer(transport, &response(refusal)).await;
                drop(permit);
            });
        }
    }
}

/// Tells a client that it has to use HTTPS.
pub async fn answer_plain_http(stream: TcpStream) {
    let response = plain_response(
        "400 Bad Request",
        "",
        "This port speaks HTTPS. Use an address that begins with https:// or wss://.\n",
    );
    answer(Transport::Tcp(stream), &response).await;
}

/// Sends the whole response and drops the request, within [`ANSWER_TIME`]. If bytes were left
/// unread, the kernel would send a reset, and the response might never arrive (RFC 9112, section
/// 9.6).
async fn answer(mut transport: Transport, response: &str) {
    let answer = async {
        transport.write_all(response.as_bytes()).await?;
        transport.shutdown().await?;
        let mut unread = [0; 1024];
        while transport.read(&mut unread).await? > 0 {}
        io::Result::Ok(())
    };
    // The connection is closed in any case.
    let _ = timeout(ANSWER_TIME, answer).await;
}

fn response(refusal: ConnectionRefusal) -> String {
    let (status, sentence) = match refusal {
        ConnectionRefusal::ServerFull => (
            "503 Service Unavailable",
            "This server has as many connections as it can have. Try again in a few seconds.\n",
        ),
        ConnectionRefusal::AddressFull => (
            "429 Too Many Requests",
            "Your address has too many connections to this server. Close some of them.\n",
        ),
    };
    plain_response(status, "retry-after: 5\r\n", sentence)
}

/// A whole HTTP response, after which the connection closes.
fn plain_response(status: &str, header: &str, sentence: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n\
         content-type: text/plain; charset=utf-8\r\n\
         content-length: {}\r\n\
         cache-control: no-store\r\n\
         connection: close\r\n\
         {header}\r\n{sentence}",
        sentence.len()
    )
}
