//! Where the certificate of the server comes from.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

use crate::tls::AcmeRequest;

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

    /// Serve HTTPS on all TCP addresses, with a certificate for this domain from a certificate
    /// authority, which has to reach this server at port 443; may be repeated. Without
    /// --public-url, https:// and the domain is one. By using it you accept the authority's terms
    /// of service
    #[arg(
        long,
        env = "PARLOR_ACME",
        value_name = "DOMAIN",
        value_delimiter = ','
    )]
    pub acme: Vec<String>,

    /// Where the certificate authority may write to, like admin@example.org
    #[arg(
        long,
        env = "PARLOR_ACME_CONTACT",
        value_name = "EMAIL",
        value_delimiter = ','
    )]
    pub acme_contact: Vec<String>,

    /// The certificate authority's ACME directory
    #[arg(
        long,
        env = "PARLOR_ACME_DIRECTORY",
        value_name = "URL",
        default_value = "https://acme-v02.api.letsencrypt.org/directory"
    )]
    pub acme_directory: String,

    /// A PEM file with the root certificate of a private certificate authority's own HTTPS
    #[arg(long, env = "PARLOR_ACME_CA", value_name = "FILE")]
    pub acme_ca: Option<PathBuf>,

    /// Another address to listen on, where plain HTTP is redirected to HTTPS, like 0.0.0.0:80
    #[arg(long, env = "PARLOR_REDIRECT_HTTP", value_name = "ADDRESS:PORT")]
    pub redirect_http: Option<SocketAddr>,
}

/// Where the certificate comes from.
#[derive(Debug, Eq, PartialEq)]
pub enum CertificateSource {
    Files { certificate: PathBuf, key: PathBuf },
    Acme(AcmeRequest),
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
        let source = match (source, self.acme_request()) {
            (Some(_), Some(_)) => return Err("--tls-cert and --acme exclude each other"),
            (files, acme) => files.or(acme.map(CertificateSource::Acme)),
        };
        if source.is_none() && self.redirect_http.is_some() {
            return Err("--redirect-http needs --acme, or --tls-cert and --tls-key");
        }
        Ok(source)
    }

    fn acme_request(&self) -> Option<AcmeRequest> {
        let contacts = self.acme_contact.iter();
        (!self.acme.is_empty()).then(|| AcmeRequest {
            domains: self.acme.clone(),
            contacts: contacts.map(|email| format!("mailto:{email}")).collect(),
            directory: self.acme_directory.clone(),
            root: self.acme_ca.clone(),
        })
    }
}
