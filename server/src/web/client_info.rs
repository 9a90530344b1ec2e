//! Where a request comes from.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

use crate::{origin::Origin, state::AppState};

/// The client's address, and the origins that it may know this server by.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    /// With which the ip_limiter counts; none for a direct connection from the machine itself.
    pub address: Option<IpAddr>,
    /// Like `https://chat.example.org`. Several where the headers leave the port or the scheme open; no
    /// page can make a browser send any of these headers. None if the request names no host.
    pub origins: Vec<Origin>,
    /// Does the client speak HTTPS, if only to a proxy?
    pub is_https: bool,
}

impl ClientInfo {
    /// Reads the connection and, behind a trusted proxy, what proxies added.
    pub fn of(parts: &Parts, trust_proxy: bool) -> Self {
        let headers = &parts.headers;
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let direct = connected.map_or(Ipv4Addr::UNSPECIFIED.into(), |info| info.0.ip());
        let forwarded = |name| {
            let listed = listed(headers, name).filter(|_| trust_proxy);
            listed.collect::<Vec<_>>()
        };
        // The last entry is the one that the nearest proxy wrote. What stands before it came from the
        // client and proves nothing.
        let address = match forwarded("x-forwarded-for").last() {
            // What cannot be read is counted with the proxy itself, and is not exempt.
            Some(text) => Some(address_in(text).unwrap_or(direct)),
            None => Some(direct).filter(|direct| !direct.to_canonical().is_loopback()),
        };
        let first = |name| forwarded(name).first().copied();
        let host = first("x-forwarded-host").or_else(|| listed(headers, "host").next());
        let port = first("x-forwarded-port");
        // The first entry is that of the proxy that the client speaks to.
        let schemes = SCHEMES.iter().flat_map(|name| forwarded(name));
        let is_https = schemes.filter_map(scheme).next();
        Self {
            address,
            origins: host.map_or_else(Vec::new, |host| origins(is_https, host, port)),
            is_https: is_https.unwrap_or(false),
        }
    }
}

/// Where proxies tell the scheme: nearly all in the first, some in one of the others.
const SCHEMES: [&str; 3] = ["x-forwarded-proto", "x-forwarded-scheme", "x-forwarded-ssl"];

/// Does a proxy call this HTTPS? Some name the scheme of the socket, some write it in capitals. None
/// for what says nothing.
fn scheme(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "https" | "wss" | "on" => Some(true),
        "http" | "ws" | "off" => Some(false),
        _ => None,
    }
}

/// The origins at this host. A host without a port may be meant with the port that a proxy tells apart.
fn origins(is_https: Option<bool>, host: &str, port: Option<&str>) -> Vec<Origin> {
    // Where nobody tells the scheme and the port is that of https, it is either.
    let may_be_either = host.ends_with(":443") || port == Some("443");
    let schemes: &[_] = match is_https {
        Some(true) => &["https"],
        None if may_be_either => &["http", "https"],
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

/// The entries of a list header (RFC 9110, section 5.6.1), over all of its lines.
fn listed<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter();
    let entries = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    let entries = entries.map(|entry| entry.trim().trim_matches('"'));
    entries.filter(|entry| !entry.is_empty())
}

/// An address, with a port or without: some proxies add one.
fn address_in(text: &str) -> Option<IpAddr> {
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
        let believed = |headers| client(headers, true).address.map(|a| a.to_string());
        assert_eq!(believed(&headers).as_deref(), Some("203.0.113.7"));
        let with_port = [("x-forwarded-for", "203.0.113.7:5555")];
        assert_eq!(believed(&with_port).as_deref(), Some("203.0.113.7"));
        let local = [("x-forwarded-for", "127.0.0.1")];
        assert_eq!(
            believed(&local).as_deref(),
            Some("127.0.0.1"),
            "counted, not exempt"
        );
        assert!(believed(&[("x-forwarded-for", "somebody")]).is_some());
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
    fn the_own_origin_follows_the_host_and_the_proxys_scheme() {
        let headers = [("host", "Chat.Example.org"), ("x-forwarded-proto", "https")];
        assert_eq!(origins(&headers, true), ["https://chat.example.org"]);
        assert_eq!(origins(&headers, false), ["http://chat.example.org"]);
        assert!(client(&headers, true).is_https && !client(&headers, false).is_https);
        assert!(origins(&[], true).is_empty());
        assert!(origins(&[("host", "evil@chat.example.org")], true).is_empty());
    }

    #[test]
    fn whatever_proxies_call_https_it_is_https() {
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
    fn without_a_word_of_the_scheme_the_port_of_https_leaves_it_open() {
        let host = ("host", "chat.example.org:443");
        let either = ["http://chat.example.org:443", "https://chat.example.org"];
        assert_eq!(origins(&[host], false), either);
        assert!(!client(&[host], false).is_https, "no cookie gets lost");
        let port = [("host", "chat.example.org"), ("x-forwarded-port", "443")];
        assert!(origins(&port, true).contains(&"https://chat.example.org".to_owned()));
        let told = [host, ("x-forwarded-proto", "http")];
        assert_eq!(origins(&told, true), either[..1]);
        assert_eq!(
            origins(&[("host", "chat.example.org")], false),
            ["http://chat.example.org"]
        );
    }

    #[test]
    fn a_trusted_proxys_host_and_port_count_and_nobody_elses() {
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
