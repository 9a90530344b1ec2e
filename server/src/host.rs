//! The host that a request names: a DNS name or an IP address, without the port.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use reqwest::Url;

/// A host in its normal form: lower case, internationalized names in Punycode (RFC 5890), and no
/// final dot, because `chat.example.org.` is the same name in DNS.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Host(String);

impl Host {
    /// Parses the value of a `Host` header: `uri-host [ ":" port ]` (RFC 9110, section 7.2). The
    /// port is dropped, because a name leads to the same machine on every port.
    pub fn parse(text: &str) -> Option<Self> {
        // What could end the host in a URL is not part of one.
        let is_bare = text.bytes().all(|byte| byte.is_ascii_graphic())
            && !text.contains(['@', '/', '\\', '?', '#']);
        let url = Url::parse(&format!("http://{text}")).ok();
        Self::of_url(&url.filter(|_| is_bare)?)
    }

    /// The host of a URL.
    pub fn of_url(url: &Url) -> Option<Self> {
        let host = url.host_str()?;
        let host = host.strip_suffix('.').unwrap_or(host);
        (!host.is_empty()).then(|| Self(host.to_owned()))
    }

    /// The text of the host.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no DNS server decides where this host is: an IP address, `localhost`, or a name
    /// below it (RFC 6761, section 6.3).
    pub fn is_local(&self) -> bool {
        let Self(host) = self;
        let ipv6 = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        ipv6.is_some_and(|it| it.parse::<Ipv6Addr>().is_ok())
            || host.parse::<Ipv4Addr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_host_has_the_same_normal_form() {
        for (text, normal) in [
            ("chat.example.org", "chat.example.org"),
            ("Chat.Example.ORG", "chat.example.org"),
            ("chat.example.org:8443", "chat.example.org"),
            ("chat.example.org:", "chat.example.org"),
            ("chat.example.org.", "chat.example.org"),
            ("chat.example.org.:443", "chat.example.org"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("127.0.0.1:3000", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("[::1]:3000", "[::1]"),
            ("[0:0::1]", "[::1]"),
        ] {
            let host = Host::parse(text).map(|host| host.to_string());
            assert_eq!(host.as_deref(), Some(normal), "{text}");
        }
        for invalid in [
            "",
            ".",
            ":80",
            "a b",
            "evil@chat.example.org",
            "chat.example.org/",
            "chat.example.org\\",
            "chat.example.org?",
            "chat.example.org#",
            "chat.example.org:port",
            "chat.example.org:99999",
            "bücher.example",
            "::1",
            "[::1",
            "[fe80::1%25eth0]",
        ] {
            assert_eq!(Host::parse(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn only_what_no_dns_server_decides_is_local() {
        let is_local = |text| Host::parse(text).is_some_and(|host| host.is_local());
        for local in [
            "127.0.0.1",
            "192.0.2.1:80",
            "[2001:db8::1]",
            "localhost",
            "LOCALHOST.:3000",
            "chat.localhost",
        ] {
            assert!(is_local(local), "{local}");
        }
        for name in [
            "evil.example",
            "localhost.evil.example",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "nas",
            "nas.local",
        ] {
            assert!(!is_local(name), "{name}");
        }
    }
}
