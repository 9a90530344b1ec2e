//! Where an outgoing webhook may lead: not into the private network that the server stands in, unless
//! whoever runs it has allowed that (server-side request forgery). What counts is the address that is
//! connected to, not the name that led there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// Resolves names to addresses that may be reached.
pub struct Resolver {
    pub is_private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let is_private = self.is_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let may = |address: &SocketAddr| is_private || is_public(address.ip());
            let found: Vec<_> = found.filter(may).collect();
            if found.is_empty() {
                return Err(refusal().into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// May this be reached, if its host is an address already?
///
/// # Errors
/// Why not, as words.
pub fn check(url: &Url, is_private: bool) -> Result<(), String> {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) if !is_private && !is_public(address) => Err(refusal()),
        _ => Ok(()),
    }
}

fn refusal() -> String {
    "it is in a private network; use --allow-private to allow that".to_owned()
}

/// Is this an address of the public internet (the registries of RFC 6890)?
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
    let within = |a: u16, b: u16| {
        let ([a, b], [c, d]) = (a.to_be_bytes(), b.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match (first, second) {
        // Of these an IPv4 address is the last part: mapped, compatible, and translated (RFC 6052).
        (0, 0) => address.to_ipv4_mapped().is_some_and(is_public_v4),
        (0x64, 0xff9b) => address.segments()[2..6] == [0; 4] && within(a, b),
        // 6to4 carries one behind its prefix. What follows are Teredo, benchmarks and documentation.
        (0x2002, _) => within(address.segments()[1], address.segments()[2]),
        (0x2001, 0 | 2 | 0xdb8) => false,
        (0x3ff0..=0x3fff, _) => false,
        // All that is global so far begins with 001.
        _ => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_private_is_public_however_it_is_written() {
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
    fn an_address_in_an_address_is_checked_where_no_name_is_resolved() {
        let check =
            |url: &str, is_private| check(&Url::parse(url).expect("an address"), is_private);
        assert!(check("http://127.0.0.1:9/", false).is_err());
        assert!(
            check("http://2130706433/", false).is_err(),
            "the same as one number"
        );
        assert!(check("http://[::1]/", false).is_err());
        assert!(check("http://127.0.0.1:9/", true).is_ok());
        assert!(check("http://example.org/", false).is_ok());
    }
}
