//! Takes in connections and speaks HTTP on them. axum's own loop does the same, but waits for ever
//! for a request that never comes, or never ends: a handful of idle lines would use up all that
//! there are.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    time::{error::Elapsed, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::limits;

/// How long to wait when the kernel has no more connections to give (accept(2), EMFILE).
const BREATH: Duration = Duration::from_secs(1);

/// Serves until it is told to stop, and then until the answers that are on their way are given.
pub async fn accept(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_the_clients(&error) => continue,
            Err(error) => {
                tracing::error!(%error, "failed to accept a connection");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        // Small frames go out at once: what is worth gathering is gathered before the socket.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "failed to set TCP_NODELAY");
        }
        connections.spawn(serve(stream, address, router.clone(), stopping.clone()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// One connection, until it ends or becomes a socket; once told to stop, until its answer.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    address: SocketAddr,
    router: Router,
    stopping: CancellationToken,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            match timeout(limits::RESPONSE_TIME, router.oneshot(request)).await {
                Ok(answered) => Ok(answered.unwrap_or_else(|never| match never {})),
                // hyper closes the connection.
                Err(elapsed) => Err::<_, Elapsed>(elapsed),
            }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::REQUEST_TIME)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The client was gone before it was taken in.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// What comes back for these bytes until the line is closed.
    async fn answer(to: &str) -> String {
        let (mut near, far) = duplex(1024);
        let router = Router::new().route("/", post(|body: String| async move { body }));
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        tokio::spawn(serve(far, address, router, CancellationToken::new()));
        near.write_all(to.as_bytes()).await.expect("writable");
        let mut answer = String::new();
        near.read_to_string(&mut answer).await.expect("readable");
        answer
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_is_not_waited_for() {
        let head = "POST / HTTP/1.1\r\nHost: parlor\r\nContent-Length: 5\r\n\r\n";
        let whole = answer(&[head, "hello"].concat()).await;
        assert!(whole.ends_with("\r\n\r\nhello"), "{whole}");
        assert_eq!(answer(&[head, "hel"].concat()).await, "");
    }
}
