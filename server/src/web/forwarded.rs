//! The headers in which proxies pass on what they know of the client: `X-Forwarded-…`, which nearly
//! all proxies use, and `Forwarded` (RFC 7239).

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

/// Headers besides `X-Forwarded-…` that only proxies add.
const OTHERS: [&str; 3] = ["forwarded", "via", "x-real-ip"];

/// The headers in which proxies pass on the scheme. Nearly all proxies use the first.
const SCHEMES: [&str; 3] = ["x-forwarded-proto", "x-forwarded-scheme", "x-forwarded-ssl"];

/// What the headers of proxies say, whether it is true or not.
#[derive(Debug, Default)]
pub struct Forwarded {
    /// The addresses of `X-Forwarded-For`, from the client's on. None for an entry without a valid
    /// address.
    x_for: Vec<Option<IpAddr>>,
    /// The same of `Forwarded`.
    standard_for: Vec<Option<IpAddr>>,
    /// Whether the client uses HTTPS, as the proxy says to which the client is connected.
    pub is_https: Option<bool>,
    /// The host that the client asked for.
    pub host: Option<String>,
    /// The port that the client is connected to, if it is in a header of its own.
    pub port: Option<String>,
}

/// The client, by the headers of proxies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ForwardedClient {
    /// No header has an address.
    Missing,
    /// The nearest address that is not a trusted proxy's.
    At(IpAddr),
    /// The two kinds of headers differ, so the client has forged one of them. This is the client by
    /// `X-Forwarded-For`, to which nearly all proxies append.
    Contradictory(IpAddr),
}

impl Forwarded {
    /// Whether a proxy has passed the request on.
    pub fn is_in(headers: &HeaderMap) -> bool {
        let mut names = headers.keys().map(|name| name.as_str());
        names.any(|name| name.starts_with("x-forwarded-") || OTHERS.contains(&name))
    }

    /// Reads the headers of a trusted proxy.
    ///
    /// If a proxy uses one kind of headers and lets those of the other kind pass, the client may
    /// have written the latter. So [`Self::client`] compares the addresses.
    pub fn of(headers: &HeaderMap) -> Self {
        let first = |name| list_entries(headers, name).into_iter().next();
        let schemes = SCHEMES.iter().flat_map(|name| list_entries(headers, name));
        let elements = elements(headers);
        // The proxy that the client is connected to wrote the first entry.
        let standard = |name: &str| {
            let mut pairs = elements.iter().flatten();
            pairs.find(|pair| pair.0 == name).map(|pair| pair.1.clone())
        };
        let addresses = |entries: Vec<String>| {
            let parsed = entries.iter().map(|entry| parse_address(entry));
            parsed.collect::<Vec<_>>()
        };
        let fors = elements.iter().map(|pairs| {
            let found = pairs.iter().find(|pair| pair.0 == "for");
            parse_address(&found?.1)
        });
        Self {
            x_for: addresses(list_entries(headers, "x-forwarded-for")),
            standard_for: fors.collect(),
            is_https: schemes
                .chain(standard("proto"))
                .filter_map(|scheme| is_https_scheme(&scheme))
                .next(),
            host: first("x-forwarded-host").or_else(|| standard("host")),
            port: first("x-forwarded-port"),
        }
    }

    /// The client of a request that came from this trusted proxy.
    ///
    /// Each proxy appends the address that it was connected from, so only those that trusted
    /// proxies wrote are true: the last one, the one before it if the last one is a trusted proxy,
    /// and so on.
    pub fn client(&self, proxy: IpAddr, is_trusted: impl Fn(IpAddr) -> bool) -> ForwardedClient {
        let nearest = |addresses: &[Option<IpAddr>]| {
            let mut nearest = proxy;
            for address in addresses.iter().rev() {
                // Without an address, all that is known is which proxy has the client.
                let Some(address) = *address else { break };
                nearest = address;
                if !is_trusted(address) {
                    break;
                }
            }
            (!addresses.is_empty()).then_some(nearest)
        };
        match (nearest(&self.x_for), nearest(&self.standard_for)) {
            (None, None) => ForwardedClient::Missing,
            (Some(one), Some(other)) if one != other => ForwardedClient::Contradictory(one),
            (Some(address), _) | (None, Some(address)) => ForwardedClient::At(address),
        }
    }
}

/// Whether a proxy's word for the scheme means HTTPS. Some proxies send a WebSocket's scheme, and
/// some use capitals. None for an unknown word.
fn is_https_scheme(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "https" | "wss" | "on" => Some(true),
        "http" | "ws" | "off" => Some(false),
        _ => None,
    }
}

/// The entries of a list header (RFC 9110, section 5.6.1), from all of its lines.
pub fn list_entries(headers: &HeaderMap, name: &str) -> Vec<String> {
    let mut entries = Vec::new();
    for line in headers.get_all(name) {
        // A proxy appends to what the client sent, so bytes that are not text spoil no other entry.
        let line = String::from_utf8_lossy(line.as_bytes());
        let parts = line.split(',').map(|entry| entry.trim().trim_matches('"'));
        let parts = parts.filter(|entry| !entry.is_empty());
        entries.extend(parts.map(str::to_owned));
    }
    entries
}

/// The elements of `Forwarded` (RFC 7239, section 4): their pairs of a name in lower case and a
/// value without quotes. Bytes that are not text spoil only their own element.
fn elements(headers: &HeaderMap) -> Vec<Vec<(String, String)>> {
    let lines = headers.get_all("forwarded").into_iter();
    let elements = lines.flat_map(|line| split(&String::from_utf8_lossy(line.as_bytes()), ','));
    let parsed = elements.map(|element| {
        let pairs = split(&element, ';');
        let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
        let unquoted =
            pairs.map(|(name, value)| (name.trim().to_ascii_lowercase(), unquote(value)));
        unquoted.collect()
    });
    parsed.collect()
}

/// The parts between separators outside of quotes. Empty parts do not count. Without a closing
/// quote there are no quotes: the client has left them open, or they would hide what a proxy
/// appends.
fn split(text: &str, separator: char) -> Vec<String> {
    split_quoted(text, separator).unwrap_or_else(|| {
        let parts = text.split(separator).map(str::to_owned);
        parts.filter(|part| !part.trim().is_empty()).collect()
    })
}

/// The parts between separators outside of quotes. None without a closing quote.
fn split_quoted(text: &str, separator: char) -> Option<Vec<String>> {
    let (mut parts, mut is_quoted, mut is_escaped) = (vec![String::new()], false, false);
    for character in text.chars() {
        if character == separator && !is_quoted {
            parts.push(String::new());
            continue;
        }
        is_quoted ^= character == '"' && !is_escaped;
        is_escaped = is_quoted && character == '\\' && !is_escaped;
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    (!is_quoted).then_some(parts)
}

/// A token, or the text of a quoted string (RFC 9110, section 5.6.4).
fn unquote(value: &str) -> String {
    let value = value.trim();
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner else {
        return value.to_owned();
    };
    let mut is_escaped = false;
    let mut text = String::new();
    for character in inner.chars() {
        if character == '\\' && !is_escaped {
            is_escaped = true;
        } else {
            is_escaped = false;
            text.push(character);
        }
    }
    text
}

/// Parses an IP address. Some proxies add a port, which is ignored, and `Forwarded` has IPv6
/// addresses in brackets (RFC 7239, section 6).
fn parse_address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().ok().map(|both: SocketAddr| both.ip());
    let bracketed = || {
        let inner = text.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse().ok()
    };
    let parsed = text.parse().ok().or_else(with_port).or_else(bracketed);
    parsed.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let lines = lines.iter().map(|(name, value)| {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
            (HeaderName::from_static(name), value)
        });
        let mut headers = HeaderMap::new();
        lines.for_each(|(name, value)| {
            headers.append(name, value);
        });
        headers
    }

    /// The client behind the proxy 10.0.0.1, if the network 10.0.0.0/8 is trusted.
    fn client(lines: &[(&'static str, &str)]) -> String {
        let forwarded = Forwarded::of(&headers(lines));
        let is_trusted = |ip: IpAddr| matches!(ip, IpAddr::V4(ip) if ip.octets()[0] == 10);
        match forwarded.client(IpAddr::from([10, 0, 0, 1]), is_trusted) {
            ForwardedClient::At(address) => address.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_client_is_the_nearest_address_that_is_not_a_trusted_proxys() {
        for (list, expected) in [
            ("203.0.113.7", "203.0.113.7"),
            ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
            ("203.0.113.7, 10.0.0.3, 10.0.0.2", "203.0.113.7"),
            ("198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("10.0.0.4, 10.0.0.3", "10.0.0.4"),
            ("203.0.113.7:5555", "203.0.113.7"),
            ("[2001:db8::1]:5555", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("127.0.0.1", "127.0.0.1"),
            ("somebody", "10.0.0.1"),
            ("203.0.113.7, unknown, 10.0.0.2", "10.0.0.2"),
            (" , ", "Missing"),
        ] {
            assert_eq!(client(&[("x-forwarded-for", list)]), expected, "{list}");
        }
        let lines = [
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-for", "10.0.0.2"),
        ];
        assert_eq!(client(&lines), "203.0.113.7", "several lines are one list");
    }

    #[test]
    fn the_standard_header_means_the_same() {
        for (list, expected) in [
            ("for=203.0.113.7", "203.0.113.7"),
            ("For=\"203.0.113.7:5555\";proto=https", "203.0.113.7"),
            ("for=\"[2001:db8::1]:5555\"", "2001:db8::1"),
            (
                "for=198.51.100.1, for=203.0.113.7;by=10.0.0.2, for=10.0.0.2",
                "203.0.113.7",
            ),
            (
                "for=\"x, for=198.51.100.1\", for=203.0.113.7",
                "203.0.113.7",
            ),
            (
                "for=203.0.113.7, for=\"x\\\", for=198.51.100.1\"",
                "10.0.0.1",
            ),
            ("for=unknown", "10.0.0.1"),
            ("for=_hidden, for=10.0.0.2", "10.0.0.2"),
            ("proto=https", "10.0.0.1"),
        ] {
            assert_eq!(client(&[("forwarded", list)]), expected, "{list}");
        }
    }

    #[test]
    fn headers_of_both_kinds_must_agree_on_the_client() {
        let both = |x, standard| client(&[("x-forwarded-for", x), ("forwarded", standard)]);
        let agreed = both("203.0.113.7, 10.0.0.2", "for=203.0.113.7");
        assert_eq!(agreed, "203.0.113.7");
        for (x, standard, ours) in [
            ("203.0.113.7", "for=198.51.100.1", "203.0.113.7"),
            ("203.0.113.7", "proto=https", "203.0.113.7"),
            ("somebody", "for=203.0.113.7", "10.0.0.1"),
        ] {
            let expected = format!("Contradictory({ours})");
            assert_eq!(both(x, standard), expected, "{x} {standard}");
        }
    }

    #[test]
    fn nothing_that_a_client_sends_hides_what_the_proxy_appends() {
        for sent in [
            b"\xff".as_slice(),
            b"\"",
            b"for=\"x;\\",
            b"\xc3\xa9, 198.51.100.1",
            b",,\t",
        ] {
            let appended = |name: &'static str, own: &[u8]| {
                let value = HeaderValue::from_bytes(&[sent, b", ", own].concat());
                let value = value.expect("a header value");
                let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value)]);
                Forwarded::of(&headers).client(IpAddr::from([10, 0, 0, 1]), |_| false)
            };
            let client = ForwardedClient::At(IpAddr::from([203, 0, 113, 7]));
            assert_eq!(
                appended("x-forwarded-for", b"203.0.113.7"),
                client,
                "{sent:?}"
            );
            assert_eq!(
                appended("forwarded", b"for=203.0.113.7"),
                client,
                "{sent:?}"
            );
        }
    }

    #[test]
    fn the_scheme_and_the_host_come_from_either_kind() {
        let standard = Forwarded::of(&headers(&[(
            "forwarded",
            "for=203.0.113.7;proto=https;host=\"chat.example.org:8443\", for=10.0.0.2;proto=http",
        )]));
        assert_eq!(standard.is_https, Some(true));
        assert_eq!(standard.host.as_deref(), Some("chat.example.org:8443"));
        let both = Forwarded::of(&headers(&[
            ("forwarded", "proto=https;host=a.example"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-host", "b.example, c.example"),
            ("x-forwarded-port", "8443"),
        ]));
        assert_eq!(both.is_https, Some(false));
        assert_eq!(both.host.as_deref(), Some("b.example"));
        assert_eq!(both.port.as_deref(), Some("8443"));
    }

    #[test]
    fn every_header_of_a_proxy_shows_that_there_is_one() {
        assert!(!Forwarded::is_in(&headers(&[
            ("host", "a.example"),
            ("cookie", "via=1")
        ])));
        for name in [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-server",
            "x-real-ip",
            "via",
        ] {
            assert!(Forwarded::is_in(&headers(&[(name, "?")])), "{name}");
        }
    }
}
