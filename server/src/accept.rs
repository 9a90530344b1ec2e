//! Accepts connections and serves HTTP on them. `axum::serve` does the same, but has no timeouts
//! and no limits: it waits forever for a request that never comes or never ends, and for a client
//! that never reads, so that a few clients could use up all file descriptors and memory.

mod http;
mod listener;
mod refusal;

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::Router;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::listener::{ListenAddress, Listener};
use self::refusal::Refusals;
use crate::{
    connection_limit::ConnectionLimit,
    log::OncePerMinute,
    stream::{AcceptedStream, Transport},
    tls::{TlsAcceptor, TlsHandshakeError},
};

/// How long to wait before accepting again when no file descriptor is free (accept(2), EMFILE).
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// What all listeners of the server share.
#[derive(Clone)]
pub struct Acceptor {
    router: Router,
    limit: ConnectionLimit,
    refusals: Refusals,
    failures: Arc<Mutex<OncePerMinute>>,
    stopping: CancellationToken,
    connections: TaskTracker,
}

impl Acceptor {
    pub fn new(router: Router, limit: ConnectionLimit, stopping: CancellationToken) -> Self {
        Self {
            router,
            limit,
            refusals: Refusals::default(),
            failures: Arc::default(),
            stopping,
            connections: TaskTracker::new(),
        }
    }

    /// The same with another router. The connections count together.
    pub fn with_router(&self, router: Router) -> Self {
        Self {
            router,
            ..self.clone()
        }
    }

    /// Serves until the server begins to stop, and then until the pending responses are sent.
    pub async fn run(&self, listener: Listener) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stopping.cancelled() => break,
            };
            let (transport, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_client_error(&error) => continue,
                Err(error) => {
                    self.log_failure(&error);
                    tokio::select! {
                        () = tokio::time::sleep(RETRY_DELAY) => continue,
                        () = self.stopping.cancelled() => break,
                    }
                }
            };
            let permit = match self.limit.admit(&peer) {
                Ok(permit) => permit,
                Err(refusal) => {
                    self.refusals.refuse(transport, peer, refusal);
                    continue;
                }
            };
            transport.set_options();
            let (router, stopping) = (self.router.clone(), self.stopping.clone());
            let tls = listener.tls.clone();
            self.connections.spawn(async move {
                let secured = tokio::select! {
                    secured = secure(transport, tls.as_ref()) => secured,
                    () = stopping.cancelled() => return,
                };
                match secured {
                    Ok(transport) => {
                        let stream = AcceptedStream::new(transport, permit);
                        http::serve(stream, peer, router, stopping).await;
                    }
                    Err(TlsHandshakeError::PlainHttp(stream)) => {
                        refusal::answer_plain_http(stream).await;
                    }
                    Err(error) => tracing::debug!(%error, ?peer, "a handshake failed"),
                }
            });
        }
        drop(listener);
        self.connections.close();
        self.connections.wait().await;
    }

    /// The connections that wait to be accepted are served when descriptors are free again.
    fn log_failure(&self, error: &io::Error) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unlogged) = failures.is_due(Instant::now()) {
            tracing::error!(
                %error,
                unlogged,
                "failed to accept a connection; trying again every second"
            );
        }
    }
}

/// Performs the handshake of a connection that has to be encrypted.
async fn secure(
    transport: Transport,
    tls: Option<&TlsAcceptor>,
) -> Result<Transport, TlsHandshakeError> {
    match (transport, tls) {
        (Transport::Tcp(stream), Some(tls)) => {
            Ok(Transport::Tls(Box::new(tls.accept(stream).await?)))
        }
        (transport, _) => Ok(transport),
    }
}

/// Returns whether the client has closed the connection before it was accepted.
fn is_client_error(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
impl Acceptor {
    /// Serves this router on a free port, until `stopping` is canceled.
    pub async fn spawn(
        router: Router,
        stopping: CancellationToken,
    ) -> (std::net::SocketAddr, tokio::task::JoinHandle<()>) {
        Self::spawn_limited(router, stopping, 0).await
    }

    /// The same, with a limit for each address, from which none is exempt.
    async fn spawn_limited(
        router: Router,
        stopping: CancellationToken,
        per_address: u32,
    ) -> (std::net::SocketAddr, tokio::task::JoinHandle<()>) {
        let anywhere = "127.0.0.1:0".parse().expect("an address");
        let listener = Listener::bind(&anywhere).await.expect("a free port");
        let ListenAddress::Tcp(address) = listener.address else {
            unreachable!("it listens on TCP");
        };
        let limit =
            ConnectionLimit::new(u64::MAX, per_address, Arc::default(), Arc::new(|_| false));
        let acceptor = Self::new(router, limit, stopping);
        (
            address,
            tokio::spawn(async move { acceptor.run(listener).await }),
        )
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;

    #[tokio::test]
    async fn an_address_with_too_many_connections_is_answered_429_and_then_just_closed() {
        let stopping = CancellationToken::new();
        let (address, _accepting) = Acceptor::spawn_limited(Router::new(), stopping, 1).await;
        let _open = TcpStream::connect(address).await.expect("a connection");
        let mut refused = Vec::new();
        for _ in 0..2 * crate::limits::ANSWERED_REFUSALS {
            refused.push(TcpStream::connect(address).await.expect("a connection"));
        }
        let mut answered = 0;
        for mut stream in refused {
            // It is closed already if nobody answers.
            let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
            let mut answer = String::new();
            match stream.read_to_string(&mut answer).await {
                Ok(_) if answer.starts_with("HTTP/1.1 429 ") => answered += 1,
                Ok(_) => assert_eq!(answer, ""),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
            }
        }
        assert!(answered > 0);
    }
}
