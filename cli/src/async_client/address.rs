//! The URL of a server.

use std::fmt;

use tokio_tungstenite::tungstenite::http::Uri;

use super::ClientError;

/// The host and port on which a Parlor listens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    host: String,
    port: u16,
    /// The connection uses TLS.
    is_encrypted: bool,
}

impl Address {
    /// Parses a URL as users write it: `http://host:port` or `https://host:port`, or with `ws` and
    /// `wss`. The default port is 80 or 443.
    ///
    /// # Errors
    /// [`ClientError::BadAddress`].
    pub fn parse(url: &str) -> Result<Self, ClientError> {
        let bad = || ClientError::BadAddress(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| bad())?;
        let (is_encrypted, usual_port) = match uri.scheme_str() {
            Some("http" | "ws") => (false, 80),
            Some("https" | "wss") => (true, 443),
            _ => return Err(bad()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(bad)?;
        let port = match uri.authority().map(|it| it.as_str()) {
            Some(authority) if authority == host => usual_port,
            _ => uri.port_u16().ok_or_else(bad)?,
        };
        if !matches!(uri.path(), "" | "/" | "/ws") || uri.query().is_some() {
            return Err(bad());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            is_encrypted,
        })
    }

    /// The host and port to connect to.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The URL of the WebSocket.
    pub fn socket(&self) -> String {
        let scheme = if self.is_encrypted { "wss" } else { "ws" };
        format!("{scheme}://{}/ws", self.authority())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_encrypted { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_scheme_a_host_and_an_optional_port() {
        for (url, socket) in [
            ("http://localhost:3000", "ws://localhost:3000/ws"),
            ("http://localhost:3000/", "ws://localhost:3000/ws"),
            ("ws://127.0.0.1:4000/ws", "ws://127.0.0.1:4000/ws"),
            ("http://[::1]:3000", "ws://[::1]:3000/ws"),
            ("http://parlor.lan", "ws://parlor.lan:80/ws"),
            ("https://chat.example.org", "wss://chat.example.org:443/ws"),
            ("wss://a:3000/ws", "wss://a:3000/ws"),
        ] {
            let address = Address::parse(url).expect(url);
            assert_eq!(address.socket(), socket);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for url in [
            "",
            "localhost:3000",
            "ftp://localhost",
            "http://",
            "http://:3000",
            "http://a:99999",
            "http://a:b",
            "http://toto@a",
            "http://a/chat",
            "http://a/?b",
            "http://a b",
        ] {
            let refused = Address::parse(url);
            assert!(matches!(refused, Err(ClientError::BadAddress(_))), "{url}");
        }
    }
}
