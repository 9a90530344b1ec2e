//! The client of a request: its IP address, the server's origins as it sees them, and whether it
//! uses HTTPS.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

use crate::{origin::Origin, peer::Peer, state::AppState};

/// What a request and the headers of trusted proxies say about the client.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    /// The address that rate limits count. None for a direct connection from the same machine,
    /// which is exempt.
    pub address: Option<IpAddr>,
    /// The origins under which the client may know this server, such as
    /// `https://chat.example.org`. There are several if the headers leave the port or the scheme
    /// open. A page of another site cannot make a browser send any of these headers. Empty if the
    /// request has no host.
    pub origins: Vec<Origin>,
    /// Whether the client uses HTTPS, to this server or to a proxy.
    pub is_https: bool,
}

impl ClientInfo {
    /// Reads the connection's address and, if `trust_proxy` is set, the headers that proxies add.
    pub fn of(parts: &Parts, trust_proxy: bool) -> Self {
        let headers = &parts.headers;
        let peer = parts.extensions.get::<ConnectInfo<Peer>>().map(|it| it.0);
        let ip = peer.and_then(|peer| peer.ip());
        let direct = ip.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        let forwarded = |name| {
            let entries = list_entries(headers, name).filter(|_| trust_proxy);
            entries.collect::<Vec<_>>()
        };
        // The nearest proxy wrote the last entry. The client may have forged those before it.
        let address = match forwarded("x-forwarded-for").last() {
            // An invalid entry counts as the proxy's own address, without an exemption.
            Some(text) => Some(parse_address(text).unwrap_or(direct)),
            None => Some(direct).filter(|_| peer.is_none_or(|peer| !peer.is_local())),
        };
        let first = |name| forwarded(name).first().copied();
        let host = first("x-forwarded-host").or_else(|| list_entries(headers, "host").next());
        let port = first("x-forwarded-port");
        // The proxy that the client is connected to wrote the first entry.
        let schemes = SCHEMES.iter().flat_map(|name| forwarded(name));
        let is_https = schemes.filter_map(is_https_scheme).next();
        Self {
            address,
            origins: host.map_or_else(Vec::new, |host| origins(is_https, host, port)),
            is_https: is_https.unwrap_or(false),
        }
    }
}

/// The headers in which proxies pass on the scheme. Nearly all proxies use the first.
const SCHEMES: [&str; 3] = ["x-forwarded-proto", "x-forwarded-scheme", "x-forwarded-ssl"];

/// Whether a proxy's word for the scheme means HTTPS. Some proxies send a WebSocket's scheme, and
/// some use capitals. None for an unknown word.
fn is_https_scheme(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "https" | "wss" | "on" => Some(true),
        "http" | "ws" | "off" => Some(false),
        _ => None,
    }
}

/// The origins at this host. Some proxies send the port in a header of its own, so the host counts
/// both without and with that port.
fn origins(is_https: Option<bool>, host: &str, port: Option<&str>) -> Vec<Origin> {
    // Without a scheme, the port of HTTPS leaves it open.
    let is_open = host.ends_with(":443") || port == Some("443");
    let schemes: &[_] = match is_https {
        Some(true) => &["https"],
        None if is_open => &["http", "https"],
        Some(false) | None => &["http"],
    };
    let at = |host: &str| {
        let of = |scheme| Origin::parse(&format!("{scheme}://{host}"));
        schemes.iter().filter_map(of).collect::<Vec<_>>()
    };
    let with_port = port.map(|port| at(&format!("{host}:{port}")));
    [at(host), with_port.unwrap_or_default()].concat()
}

impl FromRequestParts<Arc<AppState>> for ClientInfo {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, state.config.trust_proxy))
    }
}

/// The entries of a list header (RFC 9110, section 5.6.1), from all of its lines.
fn list_entries<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter();
    let entries = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    let entries = entries.map(|entry| entry.trim().trim_matches('"'));
    entries.filter(|entry| !entry.is_empty())
}

/// Parses an IP address. Some proxies add a port, which is ignored.
fn parse_address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().ok().map(|both: SocketAddr| both.ip());
    text.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn client(headers: &[(&str, &str)], trust_proxy: bool) -> ClientInfo {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        ClientInfo::of(&parts, trust_proxy)
    }

    #[test]
    fn forwarded_addresses_count_only_behind_a_trusted_proxy() {
        let headers = [("x-forwarded-for", "198.51.100.1, 203.0.113.7")];
        let trusted = |headers| client(headers, true).address.map(|a| a.to_string());
        assert_eq!(trusted(&headers).as_deref(), Some("203.0.113.7"));
        let with_port = [("x-forwarded-for", "203.0.113.7:5555")];
        assert_eq!(trusted(&with_port).as_deref(), Some("203.0.113.7"));
        let local = [("x-forwarded-for", "127.0.0.1")];
        assert_eq!(
            trusted(&local).as_deref(),
            Some("127.0.0.1"),
            "counted, not exempt"
        );
        assert!(trusted(&[("x-forwarded-for", "somebody")]).is_some());
        assert_ne!(
            client(&headers, false).address,
            client(&headers, true).address
        );
    }

    fn origins(headers: &[(&str, &str)], trust_proxy: bool) -> Vec<String> {
        let origins = client(headers, trust_proxy).origins.into_iter();
        origins.map(|origin| origin.to_string()).collect()
    }

    #[test]
    fn the_own_origin_has_the_host_and_the_proxys_scheme() {
        let headers = [("host", "Chat.Example.org"), ("x-forwarded-proto", "https")];
        assert_eq!(origins(&headers, true), ["https://chat.example.org"]);
        assert_eq!(origins(&headers, false), ["http://chat.example.org"]);
        assert!(client(&headers, true).is_https && !client(&headers, false).is_https);
        assert!(origins(&[], true).is_empty());
        assert!(origins(&[("host", "evil@chat.example.org")], true).is_empty());
    }

    #[test]
    fn every_spelling_of_https_by_proxies_is_https() {
        for (name, proto, is_https) in [
            ("x-forwarded-proto", "https", true),
            ("x-forwarded-proto", "HTTPS", true),
            ("x-forwarded-proto", "wss", true),
            ("x-forwarded-proto", "https,http", true),
            ("x-forwarded-proto", "https, https", true),
            ("x-forwarded-proto", "\"https\"", true),
            ("x-forwarded-proto", ", https", true),
            ("x-forwarded-scheme", "https", true),
            ("x-forwarded-ssl", "on", true),
            ("x-forwarded-proto", "http", false),
            ("x-forwarded-proto", "ws", false),
            ("x-forwarded-proto", "http, https", false),
            ("x-forwarded-proto", "gopher", false),
            ("x-forwarded-ssl", "off", false),
        ] {
            let client = client(&[("host", "chat.example.org"), (name, proto)], true);
            let scheme = if is_https { "https" } else { "http" };
            let ours = Origin::parse(&format!("{scheme}://chat.example.org"));
            assert_eq!(client.is_https, is_https, "{name}: {proto}");
            assert_eq!(client.origins, Vec::from_iter(ours), "{name}: {proto}");
        }
    }

    #[test]
    fn without_a_scheme_the_port_of_https_leaves_it_open() {
        let host = ("host", "chat.example.org:443");
        let either = ["http://chat.example.org:443", "https://chat.example.org"];
        assert_eq!(origins(&[host], false), either);
        assert!(
            !client(&[host], false).is_https,
            "a Secure cookie could get lost"
        );
        let port = [("host", "chat.example.org"), ("x-forwarded-port", "443")];
        assert!(origins(&port, true).contains(&"https://chat.example.org".to_owned()));
        let with_scheme = [host, ("x-forwarded-proto", "http")];
        assert_eq!(origins(&with_scheme, true), either[..1]);
        assert_eq!(
            origins(&[("host", "chat.example.org")], false),
            ["http://chat.example.org"]
        );
    }

    #[test]
    fn the_forwarded_host_and_port_count_only_behind_a_trusted_proxy() {
        let headers = [
            ("host", "127.0.0.1:3000"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "chat.example.org, inner.example"),
            ("x-forwarded-port", "8443"),
        ];
        let ours = ["https://chat.example.org", "https://chat.example.org:8443"];
        assert_eq!(origins(&headers, true), ours);
        assert_eq!(origins(&headers, false), ["http://127.0.0.1:3000"]);
    }
}
