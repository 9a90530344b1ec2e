use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::routing::{get, post};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::{Instant, sleep},
};

use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;
use crate::{connection_limit::ConnectionLimit, stream::Counted, tls::install_crypto_provider};

impl MayEncrypt for DuplexStream {
    fn encrypted(&self) -> Option<u64> {
        None
    }
}

/// Bytes that fit into the connection while nobody reads.
const KERNEL_BYTES: usize = 1024;

/// Opens a connection to a server with these routes.
fn connect(router: Router) -> DuplexStream {
    let (near, far) = duplex(KERNEL_BYTES);
    accept(far, router);
    near
}

/// Serves these routes on a connection.
fn accept<T>(stream: T, router: Router)
where
    T: AsyncRead + AsyncWrite + MayEncrypt + Unpin + Send + 'static,
{
    let peer = Peer::from(SocketAddr::from(([127, 0, 0, 1], 1)));
    let limit = ConnectionLimit::new(1, 1, Arc::default(), Arc::new(|_| true));
    let permit = limit.admit(&peer).expect("a permit");
    let stream = AcceptedStream::new(stream, permit);
    tokio::spawn(serve(stream, peer, router, CancellationToken::new()));
}

fn echo() -> Router {
    Router::new().route("/", post(|body: String| async move { body }))
}

/// A response of this many bytes.
fn download(bytes: usize) -> Router {
    let body = move || async move { vec![b'x'; bytes] };
    Router::new().route("/", get(body))
}

/// Sends these bytes, and returns what is received until the connection closes.
async fn response(router: Router, request: &[u8]) -> String {
    let (mut read, mut write) = tokio::io::split(connect(router));
    let send = async {
        // The server may close the connection before it has received everything.
        let _ = write.write_all(request).await;
        std::future::pending::<()>().await
    };
    let mut response = String::new();
    tokio::select! {
        received = read.read_to_string(&mut response) => received.expect("UTF-8"),
        () = send => unreachable!("it never ends"),
    };
    response
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_ends_times_out() {
    let head = "POST / HTTP/1.1\r\nHost: parlor\r\nContent-Length: 5\r\n\r\n";
    let complete = response(echo(), [head, "hello"].concat().as_bytes()).await;
    assert!(complete.ends_with("\r\n\r\nhello"), "{complete}");
    assert_eq!(
        response(echo(), [head, "hel"].concat().as_bytes()).await,
        ""
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_a_byte_now_and_then_is_closed_in_time() {
    let head = "POST / HTTP/1.1\r\nHost: parlor\r\n";
    let endless_body = "Content-Length: 1000\r\n\r\n";
    for (begun, longest) in [
        (String::new(), limits::REQUEST_TIME),
        (head.to_owned(), limits::REQUEST_TIME),
        ([head, endless_body].concat(), limits::RESPONSE_TIME),
    ] {
        let opened = Instant::now();
        let mut connection = connect(echo());
        connection.write_all(begun.as_bytes()).await.expect("open");
        while connection.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
        let limit = longest + Duration::from_secs(2);
        assert!(
            opened.elapsed() <= limit,
            "{:?} {begun:?}",
            opened.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_head_of_more_than_32_kib_is_answered_431() {
    let request = |bytes: usize| {
        let padding = "x".repeat(bytes);
        format!("GET / HTTP/1.1\r\nHost: parlor\r\nX-Long: {padding}\r\nConnection: close\r\n\r\n")
    };
    let longest = request(limits::REQUEST_HEAD_BYTES - 500);
    let accepted = response(download(1), longest.as_bytes()).await;
    assert!(accepted.starts_with("HTTP/1.1 200 "), "{accepted}");
    let refused = response(
        download(1),
        request(2 * limits::REQUEST_HEAD_BYTES).as_bytes(),
    )
    .await;
    assert!(refused.starts_with("HTTP/1.1 431 "), "{refused}");
}

/// Requests a download.
async fn begin_download(size: usize) -> DuplexStream {
    let mut connection = connect(download(size));
    let request = b"GET / HTTP/1.1\r\nHost: parlor\r\n\r\n";
    connection.write_all(request).await.expect("open");
    connection
}

/// Requests a download over TLS. Returns the connection below, with the encrypted response.
async fn begin_encrypted_download(size: usize) -> DuplexStream {
    install_crypto_provider();
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
    let issued = issued.expect("a certificate");
    let certificate = issued.cert.der().clone();
    let key = issued.key_pair.serialize_der().try_into().expect("a key");
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("they belong together");
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a certificate");
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (near, far) = duplex(KERNEL_BYTES);
    let name = "localhost".try_into().expect("a name");
    let (connection, accepted) = tokio::join!(
        TlsConnector::from(Arc::new(client)).connect(name, near),
        TlsAcceptor::from(Arc::new(server)).accept(Counted::new(far)),
    );
    accept(accepted.expect("a handshake"), download(size));
    let mut connection = connection.expect("a handshake");
    let request = b"GET / HTTP/1.1\r\nHost: parlor\r\n\r\n";
    connection.write_all(request).await.expect("open");
    connection.flush().await.expect("open");
    connection.into_inner().0
}

/// Reads this many bytes a second until the connection ends or `enough` have arrived. Returns how
/// many arrived.
async fn read_slowly(connection: &mut DuplexStream, per_second: usize, enough: usize) -> usize {
    let mut bytes = vec![0; per_second];
    let mut received = 0;
    while received < enough {
        sleep(Duration::from_secs(1)).await;
        match connection.read_exact(&mut bytes).await {
            Ok(read) => received += read,
            Err(_) => break,
        }
    }
    received
}

#[tokio::test(start_paused = true)]
async fn a_response_that_nobody_reads_is_closed_after_thirty_seconds() {
    let mut connection = begin_download(1_000_000).await;
    sleep(limits::WRITE_PROGRESS_TIME + Duration::from_secs(1)).await;
    // What was in the buffers, and then the end.
    let mut received = Vec::new();
    let ended = connection.read_to_end(&mut received).await;
    assert_eq!(ended.ok(), Some(KERNEL_BYTES));
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_read_a_few_bytes_now_and_then_is_closed() {
    let mut connection = begin_download(1_000_000).await;
    let received = read_slowly(&mut connection, 10, 1_000_000).await;
    assert!(received < 2 * KERNEL_BYTES, "{received}");
}

#[tokio::test(start_paused = true)]
async fn a_response_arrives_whole_over_a_slow_line_and_after_a_pause() {
    let mut slow = begin_download(1_000_000).await;
    let received = read_slowly(&mut slow, 1_250, 1_000_000).await;
    assert!(received >= 1_000_000, "{received}");
    let mut paused = begin_download(1_000_000).await;
    sleep(limits::WRITE_PROGRESS_TIME - Duration::from_secs(1)).await;
    let mut received = vec![0; 1_000_000];
    paused.read_exact(&mut received).await.expect("all of it");
}

/// TLS keeps the last bytes of a response, when nothing more is written.
#[tokio::test(start_paused = true)]
async fn an_encrypted_response_arrives_whole_over_a_slow_line_and_is_closed_if_nobody_reads() {
    for size in [60_000, 1_000_000] {
        let mut slow = begin_encrypted_download(size).await;
        let received = read_slowly(&mut slow, 1_250, size).await;
        assert!(received >= size, "{received} of {size}");
        let mut unread = begin_encrypted_download(size).await;
        sleep(limits::WRITE_PROGRESS_TIME + Duration::from_secs(1)).await;
        let mut received = Vec::new();
        // What was in the buffers, and then the end.
        let ended = unread.read_to_end(&mut received).await;
        assert!(ended.is_ok_and(|bytes| bytes <= 2 * KERNEL_BYTES));
        let mut slow = begin_encrypted_download(size).await;
        let received = read_slowly(&mut slow, 10, size).await;
        assert!(received < 2 * KERNEL_BYTES, "{received} of {size}");
    }
}

#[tokio::test(start_paused = true)]
async fn requests_whose_responses_nobody_reads_are_not_handled() {
    let handled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&handled);
    // A response without a body: hyper would queue any number of those.
    let router = Router::new().route(
        "/",
        get(async move || {
            count.fetch_add(1, Ordering::Relaxed);
        }),
    );
    let mut connection = connect(router);
    let requests = b"GET / HTTP/1.1\r\nHost: parlor\r\n\r\n".repeat(10_000);
    let sent = timeout(
        limits::WRITE_PROGRESS_TIME * 2,
        connection.write_all(&requests),
    )
    .await;
    assert!(
        matches!(sent, Ok(Err(_))),
        "the connection is closed: {sent:?}"
    );
    let handled = handled.load(Ordering::Relaxed);
    assert!(handled < 100, "{handled}");
}
