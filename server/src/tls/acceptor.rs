//! The handshake of an accepted connection.

use std::{io, sync::Arc, time::Duration};

use rustls::{ServerConfig, server::ResolvesServerCert};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::server::TlsStream;

use super::crypto_provider;

/// How long a client has for the handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// The only protocol that is spoken over TLS (RFC 7301, section 6).
const HTTP: &[u8] = b"http/1.1";

/// Accepts TLS connections.
#[derive(Clone)]
pub struct TlsAcceptor(tokio_rustls::TlsAcceptor);

/// Why there is no TLS connection.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The client sends plain HTTP. The connection is returned for an answer.
    #[error("plain HTTP on a port for HTTPS")]
    PlainHttp(TcpStream),
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
        config.alpn_protocols = vec![HTTP.to_vec()];
        Ok(Self(tokio_rustls::TlsAcceptor::from(Arc::new(config))))
    }

    /// Performs the handshake, within [`HANDSHAKE_TIME`].
    ///
    /// # Errors
    /// [`HandshakeError`]: the client is too slow, breaks the protocol, or sends plain HTTP.
    pub async fn accept(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, HandshakeError> {
        let handshake = async {
            if begins_with_http(&stream).await? {
                return Err(HandshakeError::PlainHttp(stream));
            }
            Ok(self.0.accept(stream).await?)
        };
        let accepted = timeout(HANDSHAKE_TIME, handshake).await;
        accepted.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

/// Whether the first byte is that of an HTTP method. A TLS record begins with another one (RFC 8446,
/// section 5.1).
async fn begins_with_http(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    let length = stream.peek(&mut first).await?;
    Ok(length == 1 && first[0].is_ascii_uppercase())
}
