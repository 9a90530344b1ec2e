//! A certificate authority for tests, whose certificate only the tests' clients trust.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{client::Client, server::Server};

/// The authority, and the files of the certificate that it has issued last.
pub struct TestCa {
    folder: TempDir,
    certificate: Certificate,
    key: KeyPair,
}

impl TestCa {
    /// Creates the authority and issues a first certificate.
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = params(&[], "Parlor's tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            certificate: params.self_signed(&key).expect("a certificate"),
            key,
        };
        std::fs::write(ca.root(), ca.certificate.pem()).expect("writable");
        ca.issue();
        ca
    }

    /// Issues a certificate for this machine, with a new key, and replaces the last one.
    pub fn issue(&self) {
        let key = KeyPair::generate().expect("a key");
        let mut params = params(&["localhost", "127.0.0.1", "chat.example.org"], "localhost");
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let issued = params.signed_by(&key, &self.certificate, &self.key);
        std::fs::write(self.key_file(), key.serialize_pem()).expect("writable");
        let issued = issued.expect("a certificate").pem();
        std::fs::write(self.certificate_file(), issued).expect("writable");
    }

    /// The file of the authority's own certificate.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    pub fn certificate_file(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// The last certificate as it is sent.
    pub fn issued(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.certificate_file()).expect("a certificate")
    }

    /// The options of a server with the issued certificate.
    pub fn options(&self) -> [String; 4] {
        let text = |path: PathBuf| path.to_str().expect("UTF-8").to_owned();
        [
            "--tls-cert".to_owned(),
            text(self.certificate_file()),
            "--tls-key".to_owned(),
            text(self.key_file()),
        ]
    }

    /// Starts a server with the issued certificate and these options.
    pub fn start_server(&self, options: &[&str]) -> Server {
        let own = self.options();
        let own = own.iter().map(|it| &**it);
        Server::with(&own.chain(options.iter().copied()).collect::<Vec<_>>())
    }

    /// Performs a handshake with this server over the connection.
    pub async fn handshake(&self, stream: TcpStream, name: &str) -> TlsStream<TcpStream> {
        connect(&self.root(), stream, name).await.expect("trusted")
    }

    /// Opens a WebSocket on this server.
    pub async fn open_socket(&self, server: &Server) -> Client {
        let stream = TcpStream::connect(server.address).await;
        let stream = stream.expect("a connection");
        let stream = self.handshake(stream, "localhost").await;
        let url = format!("wss://localhost:{}/ws", server.address.port());
        let opened = Client::connect_over(stream, &url, &[]).await;
        opened.expect("the server accepts the socket")
    }
}

/// Performs a handshake with a server whose certificate the authority in this file has issued.
pub async fn connect(
    root: &Path,
    stream: TcpStream,
    name: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_file(root).expect("a certificate");
    roots.add(root).expect("an authority");
    parlor::tls::install_crypto_provider();
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await
}

fn params(names: &[&str], common_name: &str) -> CertificateParams {
    let names = names.iter().map(|&name| name.to_owned());
    let params = CertificateParams::new(names.collect::<Vec<_>>());
    let mut params = params.expect("valid names");
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, common_name);
    params
}
