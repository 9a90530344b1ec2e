//! Send queues of TLS connections, in which encrypted bytes can wait as well as frames.

use std::{sync::Arc, time::Duration};

use rustls::{ClientConfig, RootCertStore};
use socket2::SockRef;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::*;
use crate::{
    connection_limit::ConnectionLimit,
    peer::Peer,
    stream::{AcceptedStream, Transport},
    tls::{CertificateFiles, TlsAcceptor, install_crypto_provider},
};

/// A client's connection to a server that has accepted it over TLS.
async fn connect() -> (TlsStream<TcpStream>, AcceptedStream) {
    install_crypto_provider();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
    let issued = issued.expect("a certificate");
    std::fs::write(&certificate, issued.cert.pem()).expect("writable");
    std::fs::write(&key, issued.key_pair.serialize_pem()).expect("writable");
    let files = CertificateFiles::open(&certificate, &key).expect("valid files");
    let acceptor = TlsAcceptor::new(Arc::new(files)).expect("an acceptor");
    let mut roots = RootCertStore::empty();
    roots.add(issued.cert.der().clone()).expect("a certificate");
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let client = TcpStream::connect(listener.local_addr().expect("an address"));
    let (client, accepted) = tokio::join!(client, listener.accept());
    let (client, (server, address)) = (client.expect("open"), accepted.expect("open"));
    SockRef::from(&client)
        .set_recv_buffer_size(4_096)
        .expect("a small buffer");
    SockRef::from(&server)
        .set_send_buffer_size(4_096)
        .expect("a small buffer");
    let connector = TlsConnector::from(Arc::new(config));
    let name = "localhost".try_into().expect("a name");
    let (client, server) = tokio::join!(connector.connect(name, client), acceptor.accept(server));
    let limit = ConnectionLimit::new(1, 1, Arc::default(), Arc::new(|_| true));
    let permit = limit.admit(&Peer::from(address)).expect("a permit");
    let server = Transport::Tls(Box::new(server.expect("a handshake")));
    (
        client.expect("a handshake"),
        AcceptedStream::new(server, permit),
    )
}

#[tokio::test]
async fn encrypted_bytes_that_wait_are_written_when_the_client_reads_also_without_another_frame() {
    let (mut client, server) = connect().await;
    let (_read, write, permit) = server.into_halves();
    let flushers = FlusherPool::new();
    for flusher in flushers.iter().map(Arc::clone) {
        tokio::spawn(async move { flusher.run().await });
    }
    let queue = SendQueue::new(write, permit, &flushers);
    let session = Arc::clone(&queue);
    tokio::spawn(async move { session.write_blocked().await });

    let frame = Frame::text(&"x".repeat(16 * 1024));
    let mut expected = Vec::new();
    while !queue.is_blocked() {
        expected.extend_from_slice(frame.as_bytes());
        queue.push(frame.clone());
        // Until the flusher has written as much as the kernel takes.
        while !matches!(
            queue.queue().owner,
            FlushOwner::Nobody | FlushOwner::Session
        ) {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(queue.queue().frames(), 0, "only encrypted bytes wait");
    assert_eq!(queue.queue().bytes, 0);
    queue.stop_data(Close::Restart);
    assert!(
        queue.queue().closed().is_none(),
        "not everything is written"
    );
    let mut received = vec![0; expected.len()];
    let read = timeout(Duration::from_secs(60), client.read_exact(&mut received));
    read.await.expect("in time").expect("all bytes");
    assert!(received == expected);
    assert_eq!(queue.closed().await, Some(Close::Restart));
}
