//! The handshake of an accepted connection.

use std::{io, sync::Arc, time::Duration};

use rustls::{ServerConfig, server::ResolvesServerCert};
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use tokio_rustls::server::TlsStream;

use super::crypto_provider;
use crate::stream::Counted;

/// How long a client has for the handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// The protocols of connections (RFC 7301, section 6): HTTP for clients …
const HTTP: &[u8] = b"http/1.1";
/// … and the challenge of a certificate authority (RFC 8737, section 3).
const ACME_CHALLENGE: &[u8] = b"acme-tls/1";

/// Accepts TLS connections.
#[derive(Clone)]
pub struct TlsAcceptor(tokio_rustls::TlsAcceptor);

/// Why there is no TLS connection.
#[derive(Debug, thiserror::Error)]
pub enum TlsHandshakeError {
    /// The client sends plain HTTP. The connection is returned for an answer.
    #[error("plain HTTP on a port for HTTPS")]
    PlainHttp(TcpStream),
    /// A certificate authority has seen in the handshake what it asked for.
    #[error("answered the challenge of a certificate authority")]
    Challenge,
    #[error(transparent)]
    Failed(#[from] io::Error),
}

impl TlsAcceptor {
    /// Creates an acceptor that asks `certificates` for the certificate of each connection.
    ///
    /// # Errors
    /// The cryptography lacks what TLS 1.2 and 1.3 need.
    pub fn new(certificates: Arc<dyn ResolvesServerCert>) -> Result<Self, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(crypto_provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(certificates);
        // `certificates` answers challenges. Without a challenge it has no certificate for them.
        config.alpn_protocols = vec![HTTP.to_vec(), ACME_CHALLENGE.to_vec()];
        Ok(Self(tokio_rustls::TlsAcceptor::from(Arc::new(config))))
    }

    /// Performs the handshake, within [`HANDSHAKE_TIME`].
    ///
    /// # Errors
    /// [`TlsHandshakeError`]: the client is too slow, breaks the protocol, or sends plain HTTP.
    pub async fn accept(
        &self,
        stream: TcpStream,
    ) -> Result<TlsStream<Counted<TcpStream>>, TlsHandshakeError> {
        let handshake = async {
            if begins_with_http(&stream).await? {
                return Err(TlsHandshakeError::PlainHttp(stream));
            }
            let mut stream = self.0.accept(Counted::new(stream)).await?;
            if stream.get_ref().1.alpn_protocol() == Some(ACME_CHALLENGE) {
                stream.shutdown().await?;
                return Err(TlsHandshakeError::Challenge);
            }
            Ok(stream)
        };
        let accepted = timeout(HANDSHAKE_TIME, handshake).await;
        accepted.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

/// Whether the first byte is that of an HTTP method. A TLS record begins with another one (RFC
/// 8446, section 5.1).
async fn begins_with_http(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    let length = stream.peek(&mut first).await?;
    Ok(length == 1 && first[0].is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use rustls::{server::ClientHello, sign::CertifiedKey};
    use tokio::{net::TcpListener, time::Instant};

    use super::*;

    #[derive(Debug)]
    struct NoCertificate;

    impl ResolvesServerCert for NoCertificate {
        fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            None
        }
    }

    #[tokio::test]
    async fn a_handshake_that_never_ends_times_out() {
        let acceptor = TlsAcceptor::new(Arc::new(NoCertificate)).expect("an acceptor");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        // Nothing, and the beginning of a handshake record.
        for beginning in [&b""[..], b"\x16\x03\x01\x01\x00\x01"] {
            let mut client = TcpStream::connect(address).await.expect("a connection");
            let (server, _) = listener.accept().await.expect("a connection");
            client.write_all(beginning).await.expect("open");
            tokio::time::pause();
            let begun = Instant::now();
            let failed = acceptor.accept(server).await.err();
            assert!(
                matches!(&failed, Some(TlsHandshakeError::Failed(error))
                    if error.kind() == io::ErrorKind::TimedOut),
                "{failed:?}"
            );
            assert!(begun.elapsed() < 2 * HANDSHAKE_TIME);
            tokio::time::resume();
        }
    }
}
