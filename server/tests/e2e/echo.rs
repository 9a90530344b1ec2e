//! `/echo`, the socket for trying out a connection.

use futures_util::{SinkExt, StreamExt};
use protocol::limits;
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message as WsMessage};

use crate::server::Server;

async fn open(server: &Server) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(server.address)
        .await
        .expect("a connection");
    let url = format!("ws://{}/echo", server.address);
    client_async(url, stream).await.expect("a socket").0
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> WsMessage {
    let next = tokio::time::timeout(crate::client::TIMEOUT, socket.next()).await;
    next.expect("in time").expect("something").expect("a frame")
}

#[tokio::test]
async fn echo_greets_and_returns_every_message() {
    let server = Server::start();
    let mut socket = open(&server).await;
    assert_eq!(next(&mut socket).await, WsMessage::text("Welcome"));
    for text in ["hello", "", "čaj 🫖"] {
        socket.send(WsMessage::text(text)).await.expect("open");
        let expected = format!("You said: {text}");
        assert_eq!(next(&mut socket).await, WsMessage::text(expected));
    }
    let bytes = WsMessage::binary(vec![0, 255, 7]);
    socket.send(bytes.clone()).await.expect("open");
    assert_eq!(next(&mut socket).await, bytes);
    socket.close(None).await.expect("open");
    assert!(matches!(next(&mut socket).await, WsMessage::Close(_)));
}

#[tokio::test]
async fn a_message_that_is_too_large_and_a_server_stop_close_the_socket() {
    let mut server = Server::start();
    let mut socket = open(&server).await;
    next(&mut socket).await;
    let large = WsMessage::binary(vec![0; limits::FRAME_BYTES + 1]);
    socket.send(large).await.expect("open");
    match next(&mut socket).await {
        WsMessage::Close(Some(close)) => assert_eq!(u16::from(close.code), 1009),
        other => panic!("{other:?}"),
    }
    let mut socket = open(&server).await;
    next(&mut socket).await;
    let (status, _) = server.stop("TERM");
    assert!(status.success());
    match next(&mut socket).await {
        WsMessage::Close(Some(close)) => assert_eq!(u16::from(close.code), 1012),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_page_of_another_site_cannot_open_a_socket() {
    let server = Server::start();
    let headers = [("origin", "https://evil.example")];
    let opened = crate::client::Client::connect_with(&server, "/echo", &headers).await;
    assert!(opened.is_err());
}
