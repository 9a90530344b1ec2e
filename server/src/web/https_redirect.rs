//! Redirects plain HTTP to HTTPS.

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header, uri::Authority},
    response::{IntoResponse, Response},
};

/// The router of a listener that redirects everything to the same host at `port`, where the server
/// serves HTTPS.
pub fn router(port: u16) -> Router {
    Router::new().fallback(move |request: Request| async move { redirect(&request, port) })
}

fn redirect(request: &Request, port: u16) -> Response {
    let Some(host) = host(request.headers()) else {
        let sentence = "The request needs a host. Use an address that begins with https://.\n";
        return (StatusCode::BAD_REQUEST, sentence).into_response();
    };
    let port = match port {
        443 => String::new(),
        port => format!(":{port}"),
    };
    let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
    let url = format!("https://{host}{port}{path}");
    // 308 keeps the method and the body (RFC 9110, section 15.4.9).
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, url)]).into_response()
}

/// The host that the client has asked for, without its port.
fn host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let authority = Authority::try_from(host).ok()?;
    let is_plain = !host.contains('@') && !authority.host().is_empty();
    is_plain.then(|| authority.host().to_owned())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn location(host: &str, path: &str, port: u16) -> Option<String> {
        let request = Request::builder().uri(path).header(header::HOST, host);
        let response = redirect(&request.body(Body::empty()).expect("a request"), port);
        let location = response.headers().get(header::LOCATION)?.to_str();
        location.ok().map(str::to_owned)
    }

    #[test]
    fn the_same_path_at_the_same_host_is_the_target() {
        for (host, path, port, expected) in [
            ("chat.example.org", "/", 443, "https://chat.example.org/"),
            (
                "chat.example.org:80",
                "/rooms/tea?a=b",
                443,
                "https://chat.example.org/rooms/tea?a=b",
            ),
            ("[2001:db8::1]:80", "/", 8443, "https://[2001:db8::1]:8443/"),
        ] {
            assert_eq!(location(host, path, port).as_deref(), Some(expected));
        }
        for host in ["", "evil@chat.example.org", "a b", ":80"] {
            assert_eq!(location(host, "/", 443), None, "{host}");
        }
    }
}
