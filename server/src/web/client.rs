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

use crate::house::House;

/// The client's address, and the origin that it knows this server by.
#[derive(Clone, Debug)]
pub struct Client {
    /// With which the doorkeeper counts; none for a direct connection from the machine itself.
    pub address: Option<IpAddr>,
    /// Like `https://chat.example.org`; none if the request names no host.
    pub origin: Option<String>,
    /// Does the client speak HTTPS, if only to a proxy?
    pub is_https: bool,
}

impl Client {
    /// Reads the connection and, behind a trusted proxy, what the proxy added last.
    pub fn of(parts: &Parts, trust_proxy: bool) -> Self {
        let connected = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let direct = connected.map_or(Ipv4Addr::UNSPECIFIED.into(), |info| info.0.ip());
        let forwarded = |name| last_of(&parts.headers, name).filter(|_| trust_proxy);
        let address = match forwarded("x-forwarded-for") {
            // What cannot be read is counted with the proxy itself, and is not exempt.
            Some(text) => Some(address_in(text).unwrap_or(direct)),
            None => Some(direct).filter(|direct| !direct.to_canonical().is_loopback()),
        };
        let is_https = forwarded("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
        let scheme = if is_https { "https" } else { "http" };
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        Self {
            address,
            origin: host.map(|host| format!("{scheme}://{}", host.to_ascii_lowercase())),
            is_https,
        }
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

/// The last entry of a list header: the one that the nearest proxy wrote. What stands before it
/// came from the client and proves nothing.
fn last_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let last = headers.get_all(name).into_iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next().map(str::trim)
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

    #[test]
    fn the_own_origin_follows_the_host_and_the_proxys_scheme() {
        let headers = [("host", "Chat.Example.org"), ("x-forwarded-proto", "https")];
        let origin = |trust| client(&headers, trust).origin;
        assert_eq!(origin(true).as_deref(), Some("https://chat.example.org"));
        assert_eq!(origin(false).as_deref(), Some("http://chat.example.org"));
    }
}
