//! TLS, for what this program connects to.

/// Chooses what it is made of, once for the whole program.
pub fn use_ring() {
    // Refused only where it is chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
