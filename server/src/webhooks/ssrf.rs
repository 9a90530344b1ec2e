//! Protection against server-side request forgery (SSRF): an outgoing webhook may not reach the
//! server's private network, unless the operator has allowed it.
//!
//! The IP address that the client connects to is what counts, not the name that resolves to it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// Resolves names, and removes addresses that may not be reached.
pub struct Resolver {
    /// Whether private addresses are allowed.
    pub allow_private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let resolved = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let is_allowed = |address: &SocketAddr| allow_private || is_public(address.ip());
            let allowed: Vec<_> = resolved.filter(is_allowed).collect();
            if allowed.is_empty() {
                return Err(refusal().into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}

/// Checks a URL whose host is an IP address. Names are left to the [`Resolver`].
///
/// # Errors
/// Says that the address is private, if `allow_private` is not set.
pub fn check(url: &Url, allow_private: bool) -> Result<(), String> {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) if !allow_private && !is_public(address) => Err(refusal()),
        _ => Ok(()),
    }
}

fn refusal() -> String {
    "it is in a private network; use --allow-private to allow that".to_owned()
}

/// Whether this is an address on the public internet (the registries of RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_for_protocols = a == 192 && b == 0 && c == 0;
    let is_for_benchmarks = a == 198 && (b == 18 || b == 19);
    let is_reserved = a == 0 || a >= 240;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || is_shared
        || is_for_protocols
        || is_for_benchmarks
        || is_reserved)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, .., a, b] = address.segments();
    let embedded_v4 = |a: u16, b: u16| {
        let ([a, b], [c, d]) = (a.to_be_bytes(), b.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (first, second) {
        // These contain an IPv4 address in the last part: mapped, compatible, and translated
        // (RFC 6052). Compatible ones are deprecated and never public.
        (0, 0) => address.to_ipv4_mapped().is_some_and(is_public_v4),
        (0x64, 0xff9b) => address.segments()[2..6] == [0; 4] && embedded_v4(a, b),
        // 6to4 has an IPv4 address after its prefix. Teredo, benchmarks and documentation follow.
        (0x2002, _) => embedded_v4(address.segments()[1], address.segments()[2]),
        (0x2001, 0 | 2 | 0xdb8) => false,
        (0x3ff0..=0x3fff, _) => false,
        // All global addresses that are assigned so far begin with the bits 001.
        _ => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_a_private_address_is_public() {
        let is_public = |text: &str| is_public(text.parse().expect("an address"));
        for address in [
            "93.184.216.34",
            "8.8.8.8",
            "2606:2800:220:1:248:1893:25c8:1946",
        ] {
            assert!(is_public(address), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::7f00:1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "64:ff9b:1:7f00:0:100:808:808",
            "3fff::1",
        ] {
            assert!(!is_public(address), "{address}");
        }
        assert!(is_public("::ffff:8.8.8.8") && is_public("64:ff9b::808:808"));
    }

    #[test]
    fn a_url_with_an_ip_address_is_checked_without_a_resolver() {
        let check =
            |url: &str, allow_private| check(&Url::parse(url).expect("an address"), allow_private);
        assert!(check("http://127.0.0.1:9/", false).is_err());
        assert!(
            check("http://2130706433/", false).is_err(),
            "127.0.0.1 as one number"
        );
        assert!(check("http://[::1]/", false).is_err());
        assert!(check("http://127.0.0.1:9/", true).is_ok());
        assert!(check("http://example.org/", false).is_ok());
    }
}
