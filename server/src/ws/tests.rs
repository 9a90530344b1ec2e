//! A line that is dead at its other end only, where nobody closes it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use protocol::{Close, Code, ServerFrame, limits};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    time::Instant,
};
use tokio_tungstenite::{WebSocketStream, client_async};
use tungstenite::Message as Wire;

use super::socket;
use crate::{accept, config::Config, router, state::AppState};

type ClientInfo = WebSocketStream<TcpStream>;

/// Opens a socket and signs in with these fields; returns the first answer.
async fn sign_in(address: SocketAddr, fields: &str) -> (ClientInfo, ServerFrame) {
    let stream = TcpStream::connect(address).await.expect("a connection");
    let opened = client_async(format!("ws://{address}/ws"), stream).await;
    let (mut client, _) = opened.expect("a socket");
    let login = format!("{{\"type\":\"login\",{fields}}}");
    client.send(Wire::text(login)).await.expect("an open line");
    match client.next().await {
        Some(Ok(Wire::Text(text))) => (client, serde_json::from_str(&text).expect("a frame")),
        other => panic!("{other:?}"),
    }
}

/// All that comes until the server closes, with no answer to any of it.
async fn read_to_end(mut client: ClientInfo) -> Vec<u8> {
    let mut bytes = Vec::new();
    let line = client.get_mut();
    line.read_to_end(&mut bytes).await.expect("a whole end");
    bytes
}

#[tokio::test]
async fn who_is_silent_for_a_minute_is_closed_and_frees_the_place() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (state, _writer) = AppState::open(Config::on(folder.path())).expect("a state");
    let state = Arc::new(state);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = router::router(&state);
    for flusher in state.flushers.iter().map(Arc::clone) {
        tokio::spawn(async move { flusher.run().await });
    }
    tokio::spawn(accept::accept(listener, router, state.stopping.clone()));

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

    // From here on nobody reads or answers, and the clock runs ahead to whatever is waited for.
    tokio::time::pause();
    let begun = Instant::now();
    state.sessions.close();
    state.sessions.wait().await;
    let took = begun.elapsed();
    assert!(took + Duration::from_secs(1) > limits::SILENCE, "{took:?}");
    assert!(
        took < limits::SILENCE + 2 * socket::CLOSE_TIMEOUT,
        "{took:?}"
    );
    tokio::time::resume();

    for client in silent {
        let why = Close::Silent.reason().as_bytes();
        assert!(read_to_end(client).await.ends_with(why));
    }
    let (_, answer) = sign_in(address, &token).await;
    assert!(matches!(answer, ServerFrame::Welcome(_)), "{answer:?}");
}
