//! TLS for the connections that this program opens.

/// Selects the cryptography of all TLS connections. Called once, at the start of the program.
pub fn install_crypto_provider() {
    // Err: a provider is already selected.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
