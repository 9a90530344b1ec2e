//! `/echo`, to try a connection with.

use futures_util::{SinkExt, StreamExt};
use protocol::limits;
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message as Wire};

use crate::house::House;

async fn open(house: &House) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(house.address)
        .await
        .expect("a connection");
    let url = format!("ws://{}/echo", house.address);
    client_async(url, stream).await.expect("a socket").0
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Wire {
    let next = tokio::time::timeout(crate::client::PATIENCE, socket.next()).await;
    next.expect("in time").expect("something").expect("a frame")
}

#[tokio::test]
async fn it_says_welcome_and_what_it_hears() {
    let house = House::open();
    let mut socket = open(&house).await;
    assert_eq!(next(&mut socket).await, Wire::text("Welcome"));
    for text in ["hello", "", "čaj 🫖"] {
        socket.send(Wire::text(text)).await.expect("open");
        let said = format!("You said: {text}");
        assert_eq!(next(&mut socket).await, Wire::text(said));
    }
    let bytes = Wire::binary(vec![0, 255, 7]);
    socket.send(bytes.clone()).await.expect("open");
    assert_eq!(next(&mut socket).await, bytes);
    socket.close(None).await.expect("open");
    assert!(matches!(next(&mut socket).await, Wire::Close(_)));
}

#[tokio::test]
async fn what_is_too_large_ends_it_and_so_does_the_house() {
    let mut house = House::open();
    let mut socket = open(&house).await;
    next(&mut socket).await;
    let large = Wire::binary(vec![0; limits::FRAME_BYTES + 1]);
    socket.send(large).await.expect("open");
    match next(&mut socket).await {
        Wire::Close(Some(close)) => assert_eq!(u16::from(close.code), 1009),
        other => panic!("{other:?}"),
    }
    let mut socket = open(&house).await;
    next(&mut socket).await;
    let (status, _) = house.stop("TERM");
    assert!(status.success());
    match next(&mut socket).await {
        Wire::Close(Some(close)) => assert_eq!(u16::from(close.code), 1012),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_page_of_another_site_opens_none() {
    let house = House::open();
    let headers = [("origin", "https://evil.example")];
    let opened = crate::client::Client::connect_as(&house, "/echo", &headers).await;
    assert!(opened.is_err());
}
