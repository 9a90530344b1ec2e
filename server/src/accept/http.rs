//! HTTP on one connection. Every wait of the server for the client has an end.

use std::pin::pin;

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{error::Elapsed, timeout},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    limits,
    peer::Peer,
    stream::{AcceptedStream, MayEncrypt},
};

/// Serves one connection until it ends or is upgraded to a WebSocket. Once `stopping` is canceled,
/// the connection closes after the pending response.
pub async fn serve<T>(
    stream: AcceptedStream<T>,
    peer: Peer,
    router: Router,
    stopping: CancellationToken,
) where
    T: AsyncRead + AsyncWrite + MayEncrypt + Unpin + Send + 'static,
{
    let backpressure = stream.backpressure();
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, backpressure) = (router.clone(), backpressure.clone());
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            // hyper parses pipelined requests as long as the last response is buffered, whether or
            // not the client reads it.
            backpressure.unblocked().await;
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
        .max_buf_size(limits::REQUEST_HEAD_BYTES)
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

#[cfg(test)]
mod tests;
