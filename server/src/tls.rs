//! TLS for outgoing connections.

/// Makes `ring` the cryptography of every TLS connection of the process.
pub fn install_crypto_provider() {
    // Fails only if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
