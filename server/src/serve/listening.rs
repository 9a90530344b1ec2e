//! The listeners of a server, as its options describe them.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, anyhow};
use futures_util::future::join_all;
use tokio::task::JoinSet;

use crate::{
    accept::{Acceptor, ListenAddress, Listener},
    config::{CertificateSource, Config},
    tls::{CertificateFiles, TlsAcceptor},
    web::https_redirect,
};

/// Open listeners, on which nothing is accepted yet.
pub struct Listening {
    listeners: Vec<Listener>,
    /// The listener that redirects to HTTPS, and the port where HTTPS is served.
    redirect: Option<(Listener, u16)>,
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
            Some(source) => Some(acceptor(source, &mut renewal)?),
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
            Some(address) => Some(redirect(address, &listeners).await?),
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
            if let Err(error) = console::print(format_args!("listening on {scheme}{address}")) {
                tracing::warn!(%error, %address, "standard output is closed");
            }
        }
        if let Some((Listener { address, .. }, _)) = &self.redirect {
            tracing::info!(%address, "redirecting plain HTTP to HTTPS");
        }
    }

    /// Serves until the server begins to stop, and then until the pending responses are sent.
    pub async fn serve(self, acceptor: &Acceptor) {
        let served = join_all(self.listeners.into_iter().map(|it| acceptor.run(it)));
        let redirected = async {
            if let Some((listener, port)) = self.redirect {
                let acceptor = acceptor.with_router(https_redirect::router(port));
                acceptor.run(listener).await;
            }
        };
        tokio::join!(served, redirected);
    }
}

async fn bind(address: &ListenAddress, option: &str) -> anyhow::Result<Listener> {
    let bound = Listener::bind(address).await;
    bound.with_context(|| {
        format!("cannot listen on {address}; choose another address with {option}")
    })
}

async fn redirect(address: SocketAddr, all: &[Listener]) -> anyhow::Result<(Listener, u16)> {
    let ports = all.iter().filter_map(|it| match it.address {
        ListenAddress::Tcp(address) => Some(address.port()),
        ListenAddress::Unix(_) => None,
    });
    let port = ports
        .min()
        .context("--redirect-http needs a --listen with a port")?;
    let listener = bind(&ListenAddress::Tcp(address), "--redirect-http").await?;
    Ok((listener, port))
}

fn acceptor(source: CertificateSource, renewal: &mut JoinSet<()>) -> anyhow::Result<TlsAcceptor> {
    match source {
        CertificateSource::Files { certificate, key } => {
            let files = Arc::new(CertificateFiles::open(&certificate, &key)?);
            let acceptor = TlsAcceptor::new(Arc::clone(&files) as _)?;
            renewal.spawn(async move { files.run_reload().await });
            Ok(acceptor)
        }
    }
}
