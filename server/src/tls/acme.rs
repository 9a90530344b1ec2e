//! Certificates from a certificate authority by ACME (RFC 8555). The authority connects to the
//! server's own port for HTTPS and finds its challenge there (TLS-ALPN-01, RFC 8737), so nothing
//! else has to be reachable.

mod cache;

use std::{path::Path, sync::Arc};

use anyhow::Context;
use futures_util::StreamExt;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
    server::ResolvesServerCert,
};
use rustls_acme::{AcmeConfig, AcmeState, EventOk};

use self::cache::AcmeCache;
use super::crypto_provider;

/// What a certificate is requested for, and from whom.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AcmeRequest {
    /// The names in the certificate.
    pub domains: Vec<String>,
    /// Where the authority writes to, as a URL like `mailto:admin@example.org`.
    pub contacts: Vec<String>,
    /// The URL of the authority's directory.
    pub directory: String,
    /// A PEM file with the root certificate of the authority's own HTTPS, if the system does not
    /// trust it.
    pub root: Option<std::path::PathBuf>,
}

/// Requests a certificate and renews it.
pub struct Acme {
    state: AcmeState<std::io::Error>,
}

impl Acme {
    /// Prepares the requests. The account's key and the certificate are stored in `folder`.
    ///
    /// # Errors
    /// The root certificate cannot be read, or the cryptography lacks what TLS needs.
    pub fn new(request: AcmeRequest, folder: &Path) -> anyhow::Result<Self> {
        let client = Arc::new(client(request.root.as_deref())?);
        let config = AcmeConfig::new_with_client_config(request.domains, client)
            .contact(request.contacts)
            .directory(request.directory)
            .cache(AcmeCache::in_folder(folder));
        Ok(Self {
            state: config.state(),
        })
    }

    /// Has the certificate, and the challenges of the authority.
    pub fn resolver(&self) -> Arc<dyn ResolvesServerCert> {
        self.state.resolver()
    }

    /// Requests a certificate unless a stored one is valid, and renews it before it expires, for as
    /// long as the server runs. After a failure it tries again, later each time.
    pub async fn run(mut self) {
        while let Some(event) = self.state.next().await {
            match event {
                Ok(EventOk::DeployedCachedCert) => tracing::info!("using the stored certificate"),
                Ok(EventOk::DeployedNewCert) => tracing::info!("received a new certificate"),
                Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore) => {}
                Err(error) => tracing::error!(%error, "failed to get a certificate by ACME"),
            }
        }
    }
}

/// The client that talks to the authority. It trusts what the system trusts, and `root`.
fn client(root: Option<&Path>) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    let (_, ignored) = roots.add_parsable_certificates(system.certs);
    if ignored > 0 {
        tracing::debug!(
            ignored,
            "some root certificates of the system cannot be read"
        );
    }
    if let Some(path) = root {
        let read = || format!("{} cannot be read as PEM; check --acme-ca", path.display());
        let root = CertificateDer::from_pem_file(path).with_context(read)?;
        roots.add(root).with_context(read)?;
    }
    let config = ClientConfig::builder_with_provider(crypto_provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
