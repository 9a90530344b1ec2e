//! Where connections come from.

use std::{
    fmt, fs, io,
    net::SocketAddr,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    str::FromStr,
};

use tokio::net::{TcpListener, UnixListener, UnixStream};

use crate::{peer::Peer, stream::Transport, tls::TlsAcceptor};

/// What people write before the path of a Unix socket.
const UNIX_PREFIX: &str = "unix:";
/// The server's own user and group may connect: a proxy's user is added to that group.
const SOCKET_MODE: u32 = 0o660;

/// An address to listen on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ListenAddress {
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix(UNIX_PREFIX) {
            Some("") => Err("a path has to follow “unix:”, like unix:/run/parlor/http.sock".into()),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text.parse().map(Self::Tcp).map_err(|_| {
                "an address looks like 127.0.0.1:3000, [::1]:3000, or unix:/run/parlor/http.sock"
                    .into()
            }),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "{UNIX_PREFIX}{}", path.display()),
        }
    }
}

/// A socket that accepts connections.
pub struct Listener {
    socket: ListenerSocket,
    /// With the port that the kernel has chosen if the requested one was 0.
    pub address: ListenAddress,
    /// How to encrypt the connections, which are plain without it.
    pub tls: Option<TlsAcceptor>,
}

enum ListenerSocket {
    Tcp(TcpListener),
    Unix(
        UnixListener,
        #[expect(dead_code, reason = "it is dropped")] SocketFile,
    ),
}

impl Listener {
    /// Listens on this address. The file of a Unix socket is replaced if no process listens on it.
    ///
    /// # Errors
    /// bind(2)'s and listen(2)'s.
    pub async fn bind(address: &ListenAddress) -> io::Result<Self> {
        match address {
            ListenAddress::Tcp(address) => {
                let listener = TcpListener::bind(address).await?;
                Ok(Self {
                    address: ListenAddress::Tcp(listener.local_addr()?),
                    socket: ListenerSocket::Tcp(listener),
                    tls: None,
                })
            }
            ListenAddress::Unix(path) => {
                if is_abandoned(path).await {
                    fs::remove_file(path)?;
                }
                let listener = UnixListener::bind(path)?;
                let file = SocketFile::at(path)?;
                Ok(Self {
                    address: address.clone(),
                    socket: ListenerSocket::Unix(listener, file),
                    tls: None,
                })
            }
        }
    }

    /// Waits for the next connection. Its handshake, if it needs one, is not yet done.
    ///
    /// # Errors
    /// accept(2)'s.
    pub async fn accept(&self) -> io::Result<(Transport, Peer)> {
        match &self.socket {
            ListenerSocket::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                let peer = Peer {
                    is_tls: self.tls.is_some(),
                    ..Peer::from(address)
                };
                Ok((Transport::Tcp(stream), peer))
            }
            ListenerSocket::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Transport::Unix(stream), Peer::UNIX))
            }
        }
    }
}

/// Whether this is a socket on which no process listens: its process was killed.
async fn is_abandoned(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    is_socket
        && UnixStream::connect(path)
            .await
            .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// The file of a Unix socket. It is removed when the listener is dropped.
struct SocketFile {
    path: PathBuf,
    inode: (u64, u64),
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<Self> {
        fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))?;
        Ok(Self {
            path: path.to_owned(),
            inode: inode(path)?,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have put another file in its place.
        if inode(&self.path).is_ok_and(|inode| inode == self.inode)
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "failed to remove the socket");
        }
    }
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    let file = fs::symlink_metadata(path)?;
    Ok((file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_ip_address_with_a_port_or_a_path() {
        for text in [
            "127.0.0.1:3000",
            "[::1]:0",
            "unix:/run/parlor/http.sock",
            "unix:a b",
        ] {
            let address = text.parse::<ListenAddress>();
            assert_eq!(address.map(|it| it.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "",
            "localhost:3000",
            "3000",
            "unix:",
            "/run/parlor/http.sock",
        ] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text}");
        }
    }
}
