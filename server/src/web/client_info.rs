//! The client of a request: its IP address, the host that it asked for, the server's origins as it
//! sees them, and whether it uses HTTPS.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

use super::{
    forwarded::{Forwarded, ForwardedClient},
    request_host::{RequestHost, RequestHosts},
};
use crate::{config::ProxyOptions, origin::Origin, peer::Peer, state::AppState};

/// What a request and the headers of trusted proxies say about the client.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    /// The address that rate limits count. None for a direct connection from the same machine,
    /// which is exempt unless it is a trusted proxy's.
    pub address: Option<IpAddr>,
    /// Whether the request asked for this server.
    pub host: RequestHost,
    /// The origins of this server at a local host, such as `http://127.0.0.1:3000`. There are
    /// several if the headers leave the port or the scheme open. A page of another site cannot make
    /// a browser send any of these headers. Empty at any other host, whose origins are the public
    /// URLs.
    pub origins: Vec<Origin>,
    /// Whether the client uses HTTPS, to this server or to a proxy.
    pub is_https: bool,
    /// What is wrong with the headers of proxies.
    pub proxy_fault: Option<ProxyFault>,
}

/// What is wrong with the headers of proxies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProxyFault {
    /// They come from an address that is not a trusted proxy's.
    Untrusted,
    /// A trusted proxy did not send the client's address.
    Missing,
    /// `Forwarded` and `X-Forwarded-For` have different clients.
    Contradictory,
}

impl ClientInfo {
    /// Reads the connection's peer and, if it is a trusted proxy, the headers that proxies add.
    pub fn of(parts: &Parts, options: &ProxyOptions) -> Self {
        let headers = &parts.headers;
        let peer = parts.extensions.get::<ConnectInfo<Peer>>().map(|it| it.0);
        let (address, proxy_fault) = address(headers, peer, options);
        let is_trusted = peer.is_some_and(|peer| options.trusts(peer));
        let forwarded = match is_trusted {
            true => Forwarded::of(headers),
            false => Forwarded::default(),
        };
        let hosts = RequestHosts::of(parts, &forwarded);
        let host = hosts.check(parts.version, options);
        let is_tls = peer.is_some_and(|peer| peer.is_tls).then_some(true);
        let scheme = forwarded.is_https.or(is_tls);
        let public_urls: Vec<_> = match &host {
            RequestHost::Own(host) => options.public_urls_at(host).collect(),
            _ => Vec::new(),
        };
        let is_public_https = !public_urls.is_empty() && public_urls.iter().all(|it| it.is_https());
        let origins = match (&host, hosts.asked) {
            (RequestHost::Own(host), Some(asked)) if host.is_local() => {
                origins(scheme, &asked, forwarded.port.as_deref())
            }
            _ => Vec::new(),
        };
        Self {
            address,
            host,
            origins,
            is_https: is_public_https || scheme.unwrap_or(false),
            proxy_fault,
        }
    }

    /// The client of a request, which is known already unless a test calls a handler by itself.
    pub fn in_request(parts: &Parts, state: &AppState) -> Self {
        let identified = parts.extensions.get::<Self>().cloned();
        identified.unwrap_or_else(|| Self::of(parts, &state.config.proxies))
    }

    /// Whether the client asked for a name under which this server is reached over HTTPS. A browser
    /// may then refuse plain HTTP, which would lock other servers of this machine out at
    /// `localhost`.
    pub fn is_https_only(&self) -> bool {
        self.is_https && matches!(&self.host, RequestHost::Own(host) if !host.is_local())
    }
}

/// The address that limits count, and what is wrong with the headers.
fn address(
    headers: &HeaderMap,
    peer: Option<Peer>,
    options: &ProxyOptions,
) -> (Option<IpAddr>, Option<ProxyFault>) {
    let is_forwarded = Forwarded::is_in(headers);
    let is_trusted = peer.is_some_and(|peer| options.trusts(peer));
    let ip = peer.and_then(|peer| peer.ip());
    let direct = ip.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let is_exempt = !is_forwarded && peer.is_some_and(|peer| peer.is_local());
    let own = Some(direct).filter(|_| !is_exempt);
    if !is_trusted {
        return (own, is_forwarded.then_some(ProxyFault::Untrusted));
    }
    match Forwarded::of(headers).client(direct, |ip| options.is_trusted(ip)) {
        ForwardedClient::At(address) => (Some(address), None),
        ForwardedClient::Missing => (Some(direct), Some(ProxyFault::Missing)),
        ForwardedClient::Contradictory(address) => (Some(address), Some(ProxyFault::Contradictory)),
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
        Ok(Self::in_request(parts, state))
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::http;

    use super::*;
    use crate::config::Config;

    /// The options of a server with these flags.
    fn options(flags: &[&str]) -> ProxyOptions {
        let command = <ProxyOptions as clap::Args>::augment_args(clap::Command::new("serve"));
        let matches = command.get_matches_from(["serve"].iter().chain(flags));
        clap::FromArgMatches::from_arg_matches(&matches).expect("valid options")
    }

    /// A request with these headers from this peer, to a server with these flags.
    fn client_at(peer: &str, headers: &[(&str, &str)], flags: &[&str]) -> ClientInfo {
        let mut request = http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
        let peer: SocketAddr = peer.parse().expect("an address");
        parts.extensions.insert(ConnectInfo(Peer::from(peer)));
        ClientInfo::of(&parts, &options(flags))
    }

    const LOOPBACK: &str = "127.0.0.1:5000";

    fn client(headers: &[(&str, &str)], trust_proxy: bool) -> ClientInfo {
        let flags: &[_] = if trust_proxy { &["--trust-proxy"] } else { &[] };
        client_at(LOOPBACK, headers, flags)
    }

    #[test]
    fn loopback_is_exempt_unless_a_proxy_has_passed_the_request_on() {
        let address = |peer, headers: &[_], flags: &[_]| {
            let client = client_at(peer, headers, flags);
            let address = client.address.map(|it| it.to_string());
            (
                address.unwrap_or_else(|| "exempt".to_owned()),
                client.proxy_fault,
            )
        };
        let x_for = [("x-forwarded-for", "203.0.113.7")];
        let standard = [("forwarded", "for=203.0.113.7")];
        let scheme_alone = [("x-forwarded-proto", "https")];
        let both = [x_for[0], ("forwarded", "for=198.51.100.1")];
        let (untrusted, missing) = (Some(ProxyFault::Untrusted), Some(ProxyFault::Missing));
        let trust: &[&str] = &["--trust-proxy"];
        let proxy: &[&str] = &["--trusted-proxies", "10.0.0.0/8"];
        for (peer, headers, flags, expected, fault) in [
            (LOOPBACK, &[][..], &[][..], "exempt", None),
            (LOOPBACK, &x_for, &[], "127.0.0.1", untrusted),
            (LOOPBACK, &standard, &[], "127.0.0.1", untrusted),
            (LOOPBACK, &scheme_alone, &[], "127.0.0.1", untrusted),
            ("[::1]:1", &x_for, &[], "::1", untrusted),
            ("[::ffff:127.0.0.1]:1", &[], &[], "exempt", None),
            (LOOPBACK, &[], trust, "127.0.0.1", missing),
            (LOOPBACK, &x_for, trust, "203.0.113.7", None),
            (LOOPBACK, &standard, trust, "203.0.113.7", None),
            (LOOPBACK, &scheme_alone, trust, "127.0.0.1", missing),
            (
                LOOPBACK,
                &both,
                trust,
                "203.0.113.7",
                Some(ProxyFault::Contradictory),
            ),
            ("10.0.0.1:1", &x_for, trust, "10.0.0.1", untrusted),
            ("10.0.0.1:1", &x_for, proxy, "203.0.113.7", None),
            ("10.0.0.1:1", &[], proxy, "10.0.0.1", missing),
            (LOOPBACK, &x_for, proxy, "127.0.0.1", untrusted),
            ("203.0.113.9:1", &[], proxy, "203.0.113.9", None),
        ] {
            let found = address(peer, headers, flags);
            let expected = (expected.to_owned(), fault);
            assert_eq!(found, expected, "{peer} {headers:?} {flags:?}");
        }
    }

    fn origins(headers: &[(&str, &str)], trust_proxy: bool) -> Vec<String> {
        let origins = client(headers, trust_proxy).origins.into_iter();
        origins.map(|origin| origin.to_string()).collect()
    }

    #[test]
    fn the_own_origin_has_the_host_and_the_proxys_scheme() {
        let headers = [("host", "Chat.Localhost"), ("x-forwarded-proto", "https")];
        assert_eq!(origins(&headers, true), ["https://chat.localhost"]);
        assert_eq!(origins(&headers, false), ["http://chat.localhost"]);
        assert!(client(&headers, true).is_https && !client(&headers, false).is_https);
        assert!(origins(&[], true).is_empty());
        assert!(origins(&[("host", "evil@127.0.0.1")], true).is_empty());
        assert!(origins(&[("host", "chat.example.org")], true).is_empty());
    }

    #[test]
    fn a_public_url_decides_on_the_scheme_of_its_host() {
        let https: &[&str] = &["--public-url", "https://chat.example.org"];
        let mixed: &[&str] = &[
            "--trust-proxy",
            "--public-url",
            "https://chat.example.org,http://chat.example.org,http://nas:3000",
        ];
        for (host, proto, flags, is_https, is_https_only) in [
            ("chat.example.org", "", https, true, true),
            ("Chat.example.org.:443", "http", https, true, true),
            ("127.0.0.1", "https", https, false, false),
            ("chat.example.org", "", mixed, false, false),
            ("chat.example.org", "https", mixed, true, true),
            ("nas:3000", "", mixed, false, false),
            ("localhost", "https", mixed, true, false),
        ] {
            let client = client_at(
                LOOPBACK,
                &[("host", host), ("x-forwarded-proto", proto)],
                flags,
            );
            let found = (client.is_https, client.is_https_only());
            assert_eq!(found, (is_https, is_https_only), "{host} {proto} {flags:?}");
        }
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
            ("forwarded", "for=203.0.113.7;proto=HTTPS", true),
            ("x-forwarded-proto", "http", false),
            ("x-forwarded-proto", "ws", false),
            ("x-forwarded-proto", "http, https", false),
            ("x-forwarded-proto", "gopher", false),
            ("x-forwarded-ssl", "off", false),
            ("forwarded", "for=203.0.113.7;proto=http", false),
        ] {
            let client = client(&[("host", "192.0.2.1"), (name, proto)], true);
            let scheme = if is_https { "https" } else { "http" };
            let ours = Origin::parse(&format!("{scheme}://192.0.2.1"));
            assert_eq!(client.is_https, is_https, "{name}: {proto}");
            assert_eq!(client.origins, Vec::from_iter(ours), "{name}: {proto}");
        }
    }

    #[test]
    fn without_a_scheme_the_port_of_https_leaves_it_open() {
        let host = ("host", "192.0.2.1:443");
        let either = ["http://192.0.2.1:443", "https://192.0.2.1"];
        assert_eq!(origins(&[host], false), either);
        assert!(
            !client(&[host], false).is_https,
            "a Secure cookie could get lost"
        );
        let port = [("host", "192.0.2.1"), ("x-forwarded-port", "443")];
        assert!(origins(&port, true).contains(&"https://192.0.2.1".to_owned()));
        let with_scheme = [host, ("x-forwarded-proto", "http")];
        assert_eq!(origins(&with_scheme, true), either[..1]);
        assert_eq!(
            origins(&[("host", "192.0.2.1")], false),
            ["http://192.0.2.1"]
        );
    }

    #[test]
    fn the_forwarded_host_and_port_count_only_behind_a_trusted_proxy() {
        let headers = [
            ("host", "127.0.0.1:3000"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "192.0.2.1, 192.0.2.2"),
            ("x-forwarded-port", "8443"),
        ];
        let ours = ["https://192.0.2.1", "https://192.0.2.1:8443"];
        assert_eq!(origins(&headers, true), ours);
        assert_eq!(origins(&headers, false), ["http://127.0.0.1:3000"]);
    }

    #[test]
    fn a_request_is_encrypted_if_its_connection_is() {
        let (mut parts, ()) = http::Request::builder()
            .header("host", "192.0.2.1:8443")
            .body(())
            .expect("a request")
            .into_parts();
        let data = tempfile::tempdir().expect("a temporary directory");
        let peer = Peer {
            address: None,
            is_tls: true,
        };
        parts.extensions.insert(ConnectInfo(peer));
        let client = ClientInfo::of(&parts, &Config::on(data.path()).proxies);
        assert!(client.is_https);
        assert_eq!(
            client.origins,
            Vec::from_iter(Origin::parse("https://192.0.2.1:8443"))
        );
    }
}
