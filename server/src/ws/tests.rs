//! A peer that is gone without closing its connection.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use protocol::{Close, Code, ServerFrame, limits};
use tokio::{io::AsyncReadExt, net::TcpStream, time::Instant};
use tokio_tungstenite::{WebSocketStream, client_async};
use tungstenite::Message as WsMessage;

use super::socket;
use crate::{accept::Acceptor, config::Config, router, state::AppState};

type Client = WebSocketStream<TcpStream>;

/// Opens a socket and sends `login` with these fields. Returns the first frame of the server.
async fn sign_in(address: SocketAddr, fields: &str) -> (Client, ServerFrame) {
    let stream = TcpStream::connect(address).await.expect("a connection");
    let opened = client_async(format!("ws://{address}/ws"), stream).await;
    let (mut client, _) = opened.expect("a socket");
    let login = format!("{{\"type\":\"login\",{fields}}}");
    let sent = client.send(WsMessage::text(login)).await;
    sent.expect("an open connection");
    match client.next().await {
        Some(Ok(WsMessage::Text(text))) => (client, serde_json::from_str(&text).expect("a frame")),
        other => panic!("{other:?}"),
    }
}

/// Reads until the server closes the connection, and replies to nothing.
async fn read_to_end(mut client: Client) -> Vec<u8> {
    let mut bytes = Vec::new();
    let stream = client.get_mut();
    let read = stream.read_to_end(&mut bytes).await;
    read.expect("an orderly close");
    bytes
}

#[tokio::test]
async fn a_client_that_is_silent_for_a_minute_is_closed_and_no_longer_counts() {
    let data = tempfile::tempdir().expect("a temporary directory");
    let (state, _writer) = AppState::open(Config::on(data.path())).expect("opens the server");
    let state = Arc::new(state);
    let router = router::router(&state);
    for flusher in state.flushers.iter().map(Arc::clone) {
        tokio::spawn(async move { flusher.run().await });
    }
    let (address, _accepting) = Acceptor::spawn(router, state.stopping.clone()).await;

    let (first, welcome) = sign_in(address, "\"nickname\":\"Anna\"").await;
    let ServerFrame::Welcome(welcome) = welcome else {
        panic!("{welcome:?}");
    };
    let token = format!("\"token\":\"{}\"", welcome.token.expect("a bot's token"));
    let mut silent = vec![first];
    while silent.len() < limits::SOCKETS_PER_USER {
        silent.push(sign_in(address, &token).await.0);
    }
    let (_, refused) = sign_in(address, &token).await;
    assert!(matches!(refused, ServerFrame::Error(error) if error.code == Code::TooManySockets));

    // From here on the clients neither read nor reply, and the paused clock advances to the next
    // timer.
    tokio::time::pause();
    let started = Instant::now();
    state.sessions.close();
    state.sessions.wait().await;
    let took = started.elapsed();
    assert!(took + Duration::from_secs(1) > limits::SILENCE, "{took:?}");
    assert!(
        took < limits::SILENCE + 2 * socket::CLOSE_TIMEOUT,
        "{took:?}"
    );
    tokio::time::resume();

    for client in silent {
        let reason = Close::Silent.reason().as_bytes();
        assert!(read_to_end(client).await.ends_with(reason));
    }
    let (_, answer) = sign_in(address, &token).await;
    assert!(matches!(answer, ServerFrame::Welcome(_)), "{answer:?}");
}
