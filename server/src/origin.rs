//! Web origins (RFC 6454): the scheme, host and port of a page, in normal form.

use std::fmt;

use reqwest::Url;

use crate::host::Host;

/// An origin in its normal form (RFC 6454, section 6.2): lower case, without the default port of
/// its scheme, and without a final dot of the host, which DNS ignores. Two origins are the same if
/// their texts are equal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    text: String,
    host: Host,
}

impl Origin {
    /// Parses an origin from a browser or from an operator, who may add a trailing slash. None for
    /// `null`, and for everything else that is not the origin of an HTTP page.
    pub fn parse(text: &str) -> Option<Self> {
        let mut url = Url::parse(text.trim()).ok()?;
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_bare || !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = Host::of_url(&url)?;
        url.set_host(Some(&host.to_string())).ok()?;
        Some(Self {
            text: url.origin().ascii_serialization(),
            host,
        })
    }

    /// The origin of the page at this URL.
    pub fn of_page(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        Self::parse(&url.origin().ascii_serialization())
    }

    /// The host of the origin.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Whether pages of this origin are sent over TLS.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_origin_has_the_same_normal_form() {
        let normalize = |text| Origin::parse(text).map(|origin| origin.to_string());
        for (text, normal) in [
            ("https://chat.example.org", "https://chat.example.org"),
            ("HTTPS://Chat.Example.org:443/", "https://chat.example.org"),
            ("http://chat.example.org:80", "http://chat.example.org"),
            ("http://chat.example.org:443", "http://chat.example.org:443"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://[0:0::1]:80", "http://[::1]"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            (
                "https://chat.example.org.:8443",
                "https://chat.example.org:8443",
            ),
        ] {
            assert_eq!(normalize(text).as_deref(), Some(normal), "{text}");
        }
        for invalid in [
            "",
            "null",
            "chat.example.org",
            "ftp://a.example",
            "https://",
            "https://.",
            "https://a.example/b",
            "https://a.example?b",
            "https://b@a.example",
            "https://a.example, https://b.example",
        ] {
            assert_eq!(normalize(invalid), None, "{invalid}");
        }
    }
}
