//! Where a request comes from.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};

use crate::{house::House, origin::Origin};

/// The client's address, and the origins that it may know this server by.
#[derive(Clone, Debug)]
pub struct Client {
    /// With which the doorkeeper counts; none for a direct connection from the machine itself.
    pub address: Option<IpAddr>,
    /// Like `https://chat.example.org`. Several where proxies hand on several hosts or schemes; no page
    /// can make a browser send any of these headers. None if the request names no host.
    pub origins: Vec<Origin>,
    /// Does the client speak HTTPS, if only to a proxy?
    pub is_https: bool,
}

impl Client {
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
        let schemes = forwarded("x-forwarded-proto").into_iter();
        let schemes: Vec<_> = schemes.filter_map(scheme).collect();
        let hosts = listed(headers, header::HOST.as_str());
        let hosts: Vec<_> = hosts.chain(forwarded("x-forwarded-host")).collect();
        let ports = forwarded("x-forwarded-port");
        Self {
            address,
            origins: origins(&schemes, &hosts, &ports),
            // The first proxy is the one that the client speaks to.
            is_https: schemes.first() == Some(&"https"),
        }
    }
}

/// Each scheme with each host; where no proxy tells the scheme, the port that the host names does.
fn origins(schemes: &[&str], hosts: &[&str], ports: &[&str]) -> Vec<Origin> {
    let mut origins = Vec::new();
    for host in hosts {
        let usual = if host.ends_with(":443") {
            "https"
        } else {
            "http"
        };
        let schemes = if schemes.is_empty() {
            &[usual]
        } else {
            schemes
        };
        for scheme in schemes {
            origins.extend(Origin::parse(&format!("{scheme}://{host}")));
            // Some proxies hand on the host without its port, and the port by itself.
            let with_port = |port| Origin::parse(&format!("{scheme}://{host}:{port}"));
            origins.extend(ports.iter().filter_map(with_port));
        }
    }
    origins.dedup();
    origins
}

/// What proxies call the two schemes: some name that of the socket, or write it in capitals.
fn scheme(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "https" | "wss" => Some("https"),
        "http" | "ws" => Some("http"),
        _ => None,
    }
}

impl FromRequestParts<Arc<House>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        house: &Arc<House>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, house.config.trust_proxy))
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

    fn client(headers: &[(&str, &str)], trust_proxy: bool) -> Client {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        Client::of(&parts, trust_proxy)
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
        for (proto, is_https) in [
            ("https", true),
            ("HTTPS", true),
            ("wss", true),
            ("https,http", true),
            ("https, https", true),
            ("\"https\"", true),
            ("http", false),
            ("ws", false),
            ("http, https", false),
            ("", false),
            ("gopher", false),
        ] {
            let headers = [
                ("host", "chat.example.org:443"),
                ("x-forwarded-proto", proto),
            ];
            let client = client(&headers, true);
            assert_eq!(client.is_https, is_https, "{proto}");
            let ours = Origin::parse("https://chat.example.org");
            // Without a scheme the port tells it.
            let is_ours = is_https || !["http", "ws"].contains(&proto);
            assert_eq!(
                ours.is_some_and(|it| client.origins.contains(&it)),
                is_ours,
                "{proto}"
            );
        }
        let direct = [("host", "chat.example.org:443")];
        assert_eq!(origins(&direct, false), ["https://chat.example.org"]);
    }

    #[test]
    fn a_proxys_host_and_port_count_only_where_it_is_trusted() {
        let headers = [
            ("host", "127.0.0.1:3000"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "chat.example.org, inner.example"),
            ("x-forwarded-port", "8443"),
        ];
        let trusted = origins(&headers, true);
        for ours in ["https://chat.example.org", "https://chat.example.org:8443"] {
            assert!(trusted.iter().any(|it| it == ours), "{ours}: {trusted:?}");
        }
        assert_eq!(origins(&headers, false), ["http://127.0.0.1:3000"]);
    }
}
