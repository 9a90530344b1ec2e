//! A certificate and its key in files, which another program renews.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::time::{MissedTickBehavior, interval};

use super::crypto_provider;

/// How often the files are checked for a change.
const CHECK_EVERY: Duration = Duration::from_secs(2);

/// The certificate that two PEM files hold at the moment.
#[derive(Debug)]
pub struct CertificateFiles {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    /// The versions of the files when they were read first.
    opened: [Result<FileVersion, io::ErrorKind>; 2],
}

/// Why a certificate cannot be used. The message is a sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error(
        "{0} cannot be read as PEM ({1}); check --tls-cert, --tls-key and the file's permissions"
    )]
    Unreadable(PathBuf, pem::Error),
    #[error("{0} has no certificate; --tls-cert needs a PEM file with the whole chain")]
    NoCertificate(PathBuf),
    #[error(
        "the key in {key} and the certificate in {certificate} cannot be used ({why}); they have to belong together"
    )]
    Unusable {
        certificate: PathBuf,
        key: PathBuf,
        why: rustls::Error,
    },
}

/// What changes when a file is replaced or written: device, inode, and time of the last change.
type FileVersion = (u64, u64, i64, i64);

impl CertificateFiles {
    /// Reads both files.
    ///
    /// # Errors
    /// A [`CertificateError`].
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, CertificateError> {
        // Before the files are read, so that a change meanwhile is found later.
        let opened = [certificate, key].map(version);
        Ok(Self {
            current: RwLock::new(Arc::new(read(certificate, key)?)),
            opened,
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        })
    }

    /// Reads the files again when they change, for as long as the server runs. New connections get
    /// the new certificate, and open ones stay. If the new files cannot be used, the last
    /// certificate stays: perhaps only one of the two has been replaced so far.
    pub async fn run_reload(&self) {
        let mut versions = self.opened;
        let mut checks = interval(CHECK_EVERY);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            checks.tick().await;
            let found = [&*self.certificate, &*self.key].map(version);
            if found == versions {
                continue;
            }
            versions = found;
            match read(&self.certificate, &self.key) {
                Ok(new) => {
                    let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                    *current = Arc::new(new);
                    drop(current);
                    tracing::info!(path = %self.certificate.display(), "loaded a new certificate");
                }
                Err(error) => {
                    tracing::error!(%error, "failed to load a new certificate; the last one stays");
                }
            }
        }
    }
}

/// The version of a file. An error is a version as well: it changes when the file is back.
fn version(path: &Path) -> Result<FileVersion, io::ErrorKind> {
    let file = fs::metadata(path).map_err(|error| error.kind())?;
    Ok((file.dev(), file.ino(), file.ctime(), file.ctime_nsec()))
}

impl ResolvesServerCert for CertificateFiles {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, CertificateError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        |error| CertificateError::Unreadable(path, error)
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(certificate))?;
    if chain.is_empty() {
        return Err(CertificateError::NoCertificate(certificate.to_owned()));
    }
    let private_key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    CertifiedKey::from_der(chain, private_key, &crypto_provider()).map_err(|why| {
        CertificateError::Unusable {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            why,
        }
    })
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    /// Writes a new certificate and its key. Returns the certificate.
    fn issue(certificate: &Path, key: &Path) -> CertificateDer<'static> {
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let issued = issued.expect("a certificate");
        fs::write(certificate, issued.cert.pem()).expect("writable");
        fs::write(key, issued.key_pair.serialize_pem()).expect("writable");
        issued.cert.der().clone()
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_before_the_files_are_watched_is_found() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        issue(&certificate, &key);
        let files = CertificateFiles::open(&certificate, &key).expect("valid files");
        let renewed = issue(&certificate, &key);
        tokio::select! {
            () = files.run_reload() => {}
            () = sleep(2 * CHECK_EVERY) => {}
        }
        let current = files.current.read().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(current.cert, [renewed]);
    }
}
