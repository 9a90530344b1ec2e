//! TLS: the cryptography of all connections, and what the server needs to accept them.

mod acceptor;
mod acme;
mod certificate_files;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

pub use self::{
    acceptor::{TlsAcceptor, TlsHandshakeError},
    acme::{Acme, AcmeRequest},
    certificate_files::CertificateFiles,
};

/// Makes `ring` the cryptography of every TLS connection of the process.
pub fn install_crypto_provider() {
    // Fails only if a provider is installed already.
    let _ = ring::default_provider().install_default();
}

fn crypto_provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
