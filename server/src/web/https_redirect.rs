//! Redirects plain HTTP to HTTPS.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{host::Host, origin::Origin, state::AppState};

/// The router of a listener that redirects everything to the public URL at the same host, or else
/// to `port` of that host, where the server serves HTTPS.
pub fn router(public_urls: Vec<Origin>, port: u16) -> Router<Arc<AppState>> {
    Router::new().fallback(move |request: Request| async move {
        let Some(host) = requested_host(request.headers()) else {
            let sentence = "The request needs a host. Use an address that begins with https://.\n";
            return (StatusCode::BAD_REQUEST, sentence).into_response();
        };
        let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
        let url = format!("{}{path}", secure_origin(&host, &public_urls, port));
        redirect(&url)
    })
}

/// 308 keeps the method and the body (RFC 9110, section 15.4.9). It is not stored, because nothing
/// but the server's options makes it permanent.
fn redirect(url: &str) -> Response {
    let headers = [(header::LOCATION, url), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::PERMANENT_REDIRECT, headers).into_response()
}

fn requested_host(headers: &HeaderMap) -> Option<Host> {
    Host::parse(headers.get(header::HOST)?.to_str().ok()?)
}

fn secure_origin(host: &Host, public_urls: &[Origin], port: u16) -> String {
    let is_here = |url: &&Origin| url.is_https() && url.host() == host;
    match (public_urls.iter().find(is_here), port) {
        (Some(url), _) => url.to_string(),
        (None, 443) => format!("https://{host}"),
        (None, port) => format!("https://{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_the_public_url_at_the_same_host_or_the_port_for_https() {
        let public = [
            "http://a.example",
            "https://a.example",
            "https://b.example:8443",
        ];
        let public = public.map(|url| Origin::parse(url).expect("an origin"));
        for (host, port, expected) in [
            ("a.example", 3000, "https://a.example"),
            ("A.example:80", 3000, "https://a.example"),
            ("b.example", 443, "https://b.example:8443"),
            ("c.example:80", 443, "https://c.example"),
            ("[2001:db8::1]:80", 3000, "https://[2001:db8::1]:3000"),
        ] {
            let host = Host::parse(host).expect("a host");
            assert_eq!(secure_origin(&host, &public, port), expected);
        }
    }
}
