//! Accepts connections and serves HTTP on them. `axum::serve` does the same, but has no timeouts:
//! it waits forever for a request that never comes or never ends, so that idle connections could
//! use up all file descriptors.

use std::{io, pin::pin, time::Duration};

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

use crate::{limits, peer::Peer};

/// How long to wait before accepting again when no file descriptor is free (accept(2), EMFILE).
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Serves until `stopping` is canceled, and then until the pending responses are sent.
pub async fn accept(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_client_error(&error) => continue,
            Err(error) => {
                tracing::error!(%error, "failed to accept a connection");
                tokio::time::sleep(RETRY_DELAY).await;
                continue;
            }
        };
        // Send small frames at once. The send queue already batches what is worth batching.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "failed to set TCP_NODELAY");
        }
        connections.spawn(serve(
            stream,
            Peer::from(address),
            router.clone(),
            stopping.clone(),
        ));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Serves one connection until it ends or is upgraded to a WebSocket. Once `stopping` is canceled,
/// the connection closes after the pending response.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    stopping: CancellationToken,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
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
mod tests {
    use std::net::SocketAddr;

    use axum::routing::post;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// Sends these bytes, and returns what is received until the connection closes.
    async fn response(request: &str) -> String {
        let (mut near, far) = duplex(1024);
        let router = Router::new().route("/", post(|body: String| async move { body }));
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        tokio::spawn(serve(
            far,
            Peer::from(address),
            router,
            CancellationToken::new(),
        ));
        near.write_all(request.as_bytes()).await.expect("writes");
        let mut response = String::new();
        near.read_to_string(&mut response).await.expect("reads");
        response
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_times_out() {
        let head = "POST / HTTP/1.1\r\nHost: parlor\r\nContent-Length: 5\r\n\r\n";
        let complete = response(&[head, "hello"].concat()).await;
        assert!(complete.ends_with("\r\n\r\nhello"), "{complete}");
        assert_eq!(response(&[head, "hel"].concat()).await, "");
    }
}
