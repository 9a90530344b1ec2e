//! Where the certificate of the server comes from.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

/// The options of HTTPS.
#[derive(Args, Clone, Debug)]
pub struct TlsOptions {
    /// Serve HTTPS on all TCP addresses, with the certificate chain in this PEM file; it is read
    /// again when it changes
    #[arg(long, env = "PARLOR_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// The PEM file with the private key of `--tls-cert`
    #[arg(long, env = "PARLOR_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Another address to listen on, where plain HTTP is redirected to HTTPS, like 0.0.0.0:80
    #[arg(long, env = "PARLOR_REDIRECT_HTTP", value_name = "ADDRESS:PORT")]
    pub redirect_http: Option<SocketAddr>,
}

/// Where the certificate comes from.
#[derive(Debug, Eq, PartialEq)]
pub enum CertificateSource {
    Files { certificate: PathBuf, key: PathBuf },
}

impl TlsOptions {
    /// Where the certificate comes from. `None` if the server does not serve HTTPS.
    ///
    /// # Errors
    /// A sentence that says which options do not fit together.
    pub fn certificate_source(&self) -> Result<Option<CertificateSource>, &'static str> {
        let source = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(CertificateSource::Files {
                certificate: certificate.clone(),
                key: key.clone(),
            }),
            (None, None) => None,
            (Some(_), None) => return Err("--tls-cert needs --tls-key"),
            (None, Some(_)) => return Err("--tls-key needs --tls-cert"),
        };
        if source.is_none() && self.redirect_http.is_some() {
            return Err("--redirect-http needs --tls-cert and --tls-key");
        }
        Ok(source)
    }
}
