//! The listeners of a server, as its options describe them.

use std::{path::Path, sync::Arc};

use anyhow::{Context, anyhow};
use axum::Router;
use futures_util::future::join_all;
use tokio::task::JoinSet;

use crate::{
    accept::{Acceptor, ListenAddress, Listener},
    config::{CertificateSource, Config},
    router::with_middleware,
    state::AppState,
    store::ACME_FOLDER,
    tls::{Acme, CertificateFiles, TlsAcceptor},
    web::https_redirect,
};

/// Open listeners, on which nothing is accepted yet.
pub struct Listening {
    listeners: Vec<Listener>,
    /// A listener that redirects to HTTPS, and how.
    redirect: Option<(Listener, Router<Arc<AppState>>)>,
    /// Renews the certificate. Its tasks end with it.
    _renewal: JoinSet<()>,
}

impl Listening {
    /// Opens all listeners, and reads the certificate if there is one.
    ///
    /// # Errors
    /// What cannot be opened or read, as a sentence.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let options = &config.listening;
        let source = options
            .tls
            .certificate_source()
            .map_err(|why| anyhow!(why))?;
        let mut renewal = JoinSet::new();
        let tls = match source {
            Some(source) => Some(acceptor(
                source,
                &config.data.join(ACME_FOLDER),
                &mut renewal,
            )?),
            None => None,
        };
        let mut listeners = Vec::new();
        for address in &options.listen {
            let mut listener = bind(address, "--listen").await?;
            // A proxy on the same machine needs no encryption.
            if matches!(address, ListenAddress::Tcp(_)) {
                listener.tls = tls.clone();
            }
            listeners.push(listener);
        }
        let redirect = match options.tls.redirect_http {
            Some(address) => {
                let port =
                    first_port(&listeners).context("--redirect-http needs a TCP --listen")?;
                let router = https_redirect::router(config.proxies.public_url.clone(), port);
                let address = ListenAddress::Tcp(address);
                Some((bind(&address, "--redirect-http").await?, router))
            }
            None => None,
        };
        Ok(Self {
            listeners,
            redirect,
            _renewal: renewal,
        })
    }

    /// Prints where the server listens.
    pub fn print(&self) {
        for Listener { address, tls, .. } in &self.listeners {
            let scheme = match (address, tls) {
                (ListenAddress::Tcp(_), Some(_)) => "https://",
                (ListenAddress::Tcp(_), None) => "http://",
                (ListenAddress::Unix(_), _) => "",
            };
            print_address("listening on", scheme, address);
        }
        if let Some((Listener { address, .. }, _)) = &self.redirect {
            print_address("redirecting to HTTPS from", "http://", address);
        }
    }

    /// Serves until the server begins to stop, and then until the pending responses are sent.
    pub async fn serve(self, acceptor: &Acceptor, state: &Arc<AppState>) {
        let served = join_all(self.listeners.into_iter().map(|it| acceptor.run(it)));
        let redirected = async {
            if let Some((listener, router)) = self.redirect {
                let router = with_middleware(router, state);
                acceptor.with_router(router).run(listener).await;
            }
        };
        tokio::join!(served, redirected);
    }
}

fn print_address(what: &str, scheme: &str, address: &ListenAddress) {
    if let Err(error) = console::print(format_args!("{what} {scheme}{address}")) {
        tracing::warn!(%error, %address, "standard output is closed");
    }
}

async fn bind(address: &ListenAddress, option: &str) -> anyhow::Result<Listener> {
    let bound = Listener::bind(address).await;
    bound.with_context(|| {
        format!("cannot listen on {address}; choose another address with {option}")
    })
}

fn first_port(listeners: &[Listener]) -> Option<u16> {
    listeners.iter().find_map(|it| match it.address {
        ListenAddress::Tcp(address) => Some(address.port()),
        ListenAddress::Unix(_) => None,
    })
}

/// Reads the certificate, or begins to request one.
fn acceptor(
    source: CertificateSource,
    acme_folder: &Path,
    renewal: &mut JoinSet<()>,
) -> anyhow::Result<TlsAcceptor> {
    match source {
        CertificateSource::Files { certificate, key } => {
            let files = Arc::new(CertificateFiles::open(&certificate, &key)?);
            let acceptor = TlsAcceptor::new(Arc::clone(&files) as _)?;
            renewal.spawn(async move { files.run_reload().await });
            Ok(acceptor)
        }
        CertificateSource::Acme(request) => {
            let acme = Acme::new(request, acme_folder)?;
            let acceptor = TlsAcceptor::new(acme.resolver())?;
            renewal.spawn(acme.run());
            Ok(acceptor)
        }
    }
}
