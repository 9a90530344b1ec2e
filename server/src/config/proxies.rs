//! The options of a server that others reach over the internet: its public URLs, and the proxies
//! in front of it.

use std::net::IpAddr;

use clap::Args;
use ipnet::IpNet;

use super::ListeningOptions;
use crate::{accept::ListenAddress, host::Host, origin::Origin, peer::Peer};

/// Under which names this server is reached, and whose forwarded headers count.
#[derive(Args, Clone, Debug)]
pub struct ProxyOptions {
    /// The URL under which people open this server, like https://chat.example.org; may be repeated.
    /// Without it, only localhost and IP addresses are accepted
    #[arg(
        long,
        env = "PARLOR_PUBLIC_URL",
        value_name = "URL",
        value_parser = public_url,
        value_delimiter = ','
    )]
    pub public_url: Vec<Origin>,

    /// The addresses or networks of your proxies, like 10.0.0.0/8: their Forwarded and
    /// X-Forwarded-… headers say who the client is
    #[arg(
        long,
        env = "PARLOR_TRUSTED_PROXIES",
        value_name = "ADDRESSES",
        value_parser = network,
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// The same as --trusted-proxies 127.0.0.0/8,::1: a proxy on this machine
    #[arg(long, env = "PARLOR_TRUST_PROXY", value_name = "BOOL", default_value_t = false,
          action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    pub trust_proxy: bool,

    /// Another origin whose pages may use this server, like https://app.example.org
    #[arg(
        long,
        env = "PARLOR_ALLOW_ORIGIN",
        value_name = "ORIGIN",
        value_parser = origin,
        value_delimiter = ','
    )]
    pub allow_origin: Vec<Origin>,
}

impl ProxyOptions {
    /// Without a public URL, a domain of `--acme` is one: at port 443, where the certificate
    /// authority reaches this server, and at the ports that it listens on.
    pub fn imply_public_urls(&mut self, listening: &ListeningOptions) {
        if !self.public_url.is_empty() {
            return;
        }
        let ports = listening.listen.iter().filter_map(|address| match address {
            ListenAddress::Tcp(address) => Some(address.port()),
            ListenAddress::Unix(_) => None,
        });
        // Port 0 is a free one, which nobody knows yet.
        let ports: Vec<_> = [443]
            .into_iter()
            .chain(ports.filter(|port| *port > 0))
            .collect();
        for domain in &listening.tls.acme {
            let urls = ports.iter().map(|port| format!("https://{domain}:{port}"));
            for url in urls.filter_map(|url| Origin::parse(&url)) {
                if !self.public_url.contains(&url) {
                    self.public_url.push(url);
                }
            }
        }
    }

    /// Whether this is the address of a trusted proxy.
    pub fn is_trusted(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let is_listed = self.trusted_proxies.iter().any(|it| it.contains(&ip));
        is_listed || (self.trust_proxy && ip.is_loopback())
    }

    /// Whether the peer is a trusted proxy. One that connects to a Unix socket is: the permissions
    /// of the socket decide who can, and no browser does.
    pub fn trusts(&self, peer: Peer) -> bool {
        peer.ip().is_none_or(|ip| self.is_trusted(ip))
    }

    /// The public URLs at this host.
    pub fn public_urls_at(&self, host: &Host) -> impl Iterator<Item = &Origin> {
        let all = self.public_url.iter();
        all.filter(move |url| url.host() == host)
    }

    /// The hosts of the public URLs: the server's own names.
    pub fn own_hosts(&self) -> impl Iterator<Item = &str> {
        self.public_url.iter().map(|url| url.host().as_str())
    }

    /// Whether pages of this origin may use this server.
    pub fn allows(&self, origin: &Origin) -> bool {
        self.public_url.contains(origin) || self.allow_origin.contains(origin)
    }
}

/// Parses an origin: a scheme and a host, perhaps a port, and nothing else.
fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).ok_or_else(|| "an origin looks like https://chat.example.org".to_owned())
}

fn public_url(text: &str) -> Result<Origin, String> {
    Origin::parse(text).ok_or_else(|| {
        "a public URL looks like https://chat.example.org, and has no path".to_owned()
    })
}

/// Parses an address, or a network in CIDR notation (RFC 4632). Addresses that are mapped into IPv6
/// become IPv4, as those of peers do.
fn network(text: &str) -> Result<IpNet, String> {
    let sentence = "an address looks like 192.0.2.1, and a network like 10.0.0.0/8";
    let text = text.trim();
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    let network = text.parse().ok().or_else(address);
    let network: IpNet = network.ok_or_else(|| sentence.to_owned())?;
    let mapped_bits = network.prefix_len().checked_sub(96);
    Ok(match (network.addr().to_canonical(), mapped_bits) {
        (IpAddr::V4(mapped), Some(bits)) if network.addr().is_ipv6() => {
            IpNet::new(mapped.into(), bits).unwrap_or(network)
        }
        _ => network,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str]) -> Result<ProxyOptions, clap::Error> {
        let command = ProxyOptions::augment_args(clap::Command::new("serve"));
        let matches = command.try_get_matches_from(["serve"].iter().chain(words))?;
        clap::FromArgMatches::from_arg_matches(&matches)
    }

    fn trusted(words: &[&str]) -> impl Fn(&str) -> bool {
        let options = options(words).expect("valid options");
        move |ip| options.is_trusted(ip.parse().expect("an address"))
    }

    #[test]
    fn only_listed_addresses_and_networks_are_trusted() {
        let none = trusted(&[]);
        assert!(!none("127.0.0.1") && !none("::1") && !none("10.0.0.1"));
        let listed = trusted(&["--trusted-proxies", "10.0.0.0/8, 192.0.2.1,2001:db8::/32"]);
        for ip in ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.1", "2001:db8::7"] {
            assert!(listed(ip), "{ip}");
        }
        for ip in ["11.0.0.1", "192.0.2.2", "2001:db9::7", "127.0.0.1"] {
            assert!(!listed(ip), "{ip}");
        }
        let mapped = trusted(&["--trusted-proxies", "::ffff:10.0.0.0/104"]);
        assert!(mapped("10.1.2.3") && !mapped("11.0.0.1"));
        let old_name = trusted(&["--trust-proxy"]);
        assert!(old_name("127.0.0.1") && old_name("127.8.0.1") && old_name("::1"));
        assert!(!old_name("10.0.0.1"));
    }

    #[test]
    fn a_peer_at_a_unix_socket_is_trusted() {
        let peer = Peer {
            address: None,
            is_tls: false,
        };
        assert!(options(&[]).expect("valid options").trusts(peer));
    }

    #[test]
    fn an_invalid_value_is_refused_with_an_example() {
        for (words, example) in [
            (["--trusted-proxies", "10.0.0.0/33"], "10.0.0.0/8"),
            (["--trusted-proxies", "proxy.example.org"], "192.0.2.1"),
            (
                ["--public-url", "chat.example.org"],
                "https://chat.example.org",
            ),
            (["--public-url", "https://example.org/chat"], "no path"),
            (["--allow-origin", "null"], "https://chat.example.org"),
        ] {
            let error = options(&words).expect_err("it is refused").to_string();
            assert!(error.contains(example), "{words:?}: {error}");
        }
    }

    #[test]
    fn several_public_urls_are_found_by_host() {
        let words = ["--public-url", "https://a.example,http://A.example:8080"];
        let options = options(&[&words[..], &["--public-url", "https://b.example"]].concat());
        let options = options.expect("valid options");
        let at = |host| {
            let host = Host::parse(host).expect("a host");
            options.public_urls_at(&host).count()
        };
        assert_eq!(
            [at("a.example"), at("b.example."), at("c.example")],
            [2, 1, 0]
        );
    }

    #[test]
    fn a_domain_of_acme_is_a_public_url_unless_there_is_one() {
        let urls = |words: &[&str]| {
            let command = ListeningOptions::augment_args(ProxyOptions::augment_args(
                clap::Command::new("serve"),
            ));
            let matches = command.get_matches_from(["serve"].iter().chain(words));
            let listening: Result<ListeningOptions, _> =
                clap::FromArgMatches::from_arg_matches(&matches);
            let options: Result<ProxyOptions, _> = clap::FromArgMatches::from_arg_matches(&matches);
            let mut options = options.expect("valid options");
            options.imply_public_urls(&listening.expect("valid options"));
            let urls = options.public_url.iter();
            urls.map(ToString::to_string).collect::<Vec<_>>()
        };
        let acme = ["--acme", "chat.example.org", "--listen"];
        let with = |more: &[&str]| urls(&[&acme[..], more].concat());
        assert_eq!(with(&["0.0.0.0:443"]), ["https://chat.example.org"]);
        assert_eq!(
            with(&["0.0.0.0:8443,unix:/run/http.sock"]),
            ["https://chat.example.org", "https://chat.example.org:8443"]
        );
        assert_eq!(with(&["127.0.0.1:0"]), ["https://chat.example.org"]);
        let public = ["0.0.0.0:443", "--public-url", "https://a.example"];
        assert_eq!(with(&public), ["https://a.example"]);
        assert!(urls(&[]).is_empty());
    }
}
