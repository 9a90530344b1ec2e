//! The host that a request asks for, and whether it is this server's.

use axum::http::{Version, header, request::Parts};

use super::forwarded::Forwarded;
use crate::{config::ProxyOptions, host::Host};

/// The host that a request asked for.
///
/// A page of any site reaches this server under its own name if the name's DNS server says so, also
/// at a private address (DNS rebinding). The browser then takes the two for one site. So a name
/// must be known, while nobody can rebind a local host. Browsers let no page choose `Host`; the
/// headers of proxies can be chosen, so that they can only narrow what is accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RequestHost {
    /// Every host of the request is local, or that of a public URL.
    Own(Host),
    /// An HTTP/1.0 request without a host, as health checks send it and browsers do not.
    Absent,
    /// One that this server does not know.
    Foreign(Host),
    /// A missing host, several, or none in its syntax (RFC 9112, section 3.2).
    Invalid,
}

/// The hosts that a request names.
pub struct RequestHosts {
    /// The host that the client asked for, with its port.
    pub asked: Option<String>,
    /// All of them, or none if one is not valid.
    all: Option<Vec<Host>>,
}

impl RequestHosts {
    /// Reads `Host`, the request's target and what a trusted proxy forwarded.
    pub fn of(parts: &Parts, forwarded: &Forwarded) -> Self {
        let lines = parts.headers.get_all(header::HOST).iter();
        let lines: Vec<_> = lines.map(|line| line.to_str().unwrap_or("")).collect();
        // In absolute form (RFC 9112, section 3.2.2), the target has a host of its own.
        let target = parts.uri.authority().map(|authority| authority.as_str());
        let forwarded = forwarded.host.as_deref();
        let named = || lines.iter().copied().chain(target).chain(forwarded);
        let all = named().map(Host::parse).collect::<Option<Vec<_>>>();
        Self {
            asked: named().next_back().map(str::to_owned),
            all: all.filter(|_| lines.len() <= 1),
        }
    }

    /// Checks all of them.
    pub fn check(&self, version: Version, options: &ProxyOptions) -> RequestHost {
        let Some(all) = &self.all else {
            return RequestHost::Invalid;
        };
        let is_own = |host: &Host| host.is_local() || options.public_urls_at(host).next().is_some();
        match (all.iter().find(|host| !is_own(host)), all.last()) {
            (Some(foreign), _) => RequestHost::Foreign(foreign.clone()),
            (None, Some(asked)) => RequestHost::Own(asked.clone()),
            (None, None) if version == Version::HTTP_10 => RequestHost::Absent,
            (None, None) => RequestHost::Invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    /// The host of a request, behind a trusted proxy or not, to the server of `chat.example.org`.
    fn check(
        version: Version,
        target: &str,
        headers: &[(&str, &str)],
        is_trusted: bool,
    ) -> RequestHost {
        let mut request = Request::builder().version(version).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        let command = <ProxyOptions as clap::Args>::augment_args(clap::Command::new("serve"));
        let words = ["serve", "--public-url", "https://chat.example.org"];
        let matches = command.get_matches_from(words);
        let options = clap::FromArgMatches::from_arg_matches(&matches).expect("valid options");
        let forwarded = match is_trusted {
            true => Forwarded::of(&parts.headers),
            false => Forwarded::default(),
        };
        RequestHosts::of(&parts, &forwarded).check(version, &options)
    }

    fn own(host: &str) -> RequestHost {
        RequestHost::Own(Host::parse(host).expect("a host"))
    }

    fn foreign(host: &str) -> RequestHost {
        RequestHost::Foreign(Host::parse(host).expect("a host"))
    }

    #[test]
    fn every_form_of_a_host_is_decided() {
        let (old, new) = (Version::HTTP_10, Version::HTTP_11);
        let ours = ("host", "chat.example.org");
        let evil = ("host", "evil.example");
        for (version, target, headers, expected) in [
            (new, "/", &[ours][..], own("chat.example.org")),
            (
                new,
                "/",
                &[("host", "CHAT.example.org.:8443")],
                own("chat.example.org"),
            ),
            (new, "/", &[("host", "localhost:3000")], own("localhost")),
            (new, "/", &[("host", "[::1]:3000")], own("[::1]")),
            (new, "/", &[evil], foreign("evil.example")),
            (new, "/", &[], RequestHost::Invalid),
            (old, "/", &[], RequestHost::Absent),
            (old, "/", &[evil], foreign("evil.example")),
            (new, "/", &[ours, ours], RequestHost::Invalid),
            (new, "/", &[ours, evil], RequestHost::Invalid),
            (new, "/", &[("host", "")], RequestHost::Invalid),
            (
                new,
                "/",
                &[("host", "x@chat.example.org")],
                RequestHost::Invalid,
            ),
            (
                new,
                "http://chat.example.org/",
                &[ours],
                own("chat.example.org"),
            ),
            (
                new,
                "http://chat.example.org/",
                &[],
                own("chat.example.org"),
            ),
            (
                new,
                "http://evil.example/",
                &[ours],
                foreign("evil.example"),
            ),
            (
                new,
                "http://chat.example.org/",
                &[evil],
                foreign("evil.example"),
            ),
        ] {
            let found = check(version, target, headers, false);
            assert_eq!(found, expected, "{version:?} {target} {headers:?}");
        }
    }

    #[test]
    fn a_forwarded_host_only_narrows_what_is_accepted() {
        let evil = ("host", "evil.example");
        let local = ("host", "127.0.0.1:3000");
        let claims = |host| ("x-forwarded-host", host);
        for (headers, is_trusted, expected) in [
            // What a page could send that made its own name lead here.
            ([evil, claims("127.0.0.1")], true, foreign("evil.example")),
            ([evil, claims("127.0.0.1")], false, foreign("evil.example")),
            (
                [local, claims("evil.example")],
                true,
                foreign("evil.example"),
            ),
            ([local, claims("evil.example")], false, own("127.0.0.1")),
            (
                [local, claims("chat.example.org")],
                true,
                own("chat.example.org"),
            ),
        ] {
            let found = check(Version::HTTP_11, "/", &headers, is_trusted);
            assert_eq!(found, expected, "{headers:?} {is_trusted}");
        }
    }
}
