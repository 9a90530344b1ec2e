//! Only our own pages may change anything, and only they may open a socket from a browser: what
//! keeps another site from acting in a visitor's name (CSRF, and its sibling over WebSocket).

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use protocol::Code;

use super::client::Client;
use crate::house::House;

/// Refuses with 403 what comes from elsewhere. Programs send no Origin with their sockets and are
/// let through; a form always comes from a page.
pub async fn only_ours(State(house): State<Arc<House>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let client = Client::of(&parts, house.config.trust_proxy);
    let allowed = &house.config.allow_origin;
    let is_ours = match claimed_origin(&parts.headers) {
        Some(origin) => {
            client
                .origin
                .as_deref()
                .is_some_and(|ours| is_same(ours, &origin))
                || allowed.iter().any(|other| is_same(other, &origin))
        }
        None => false,
    };
    let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let names_origin = parts.headers.contains_key(header::ORIGIN);
    let opens_socket = parts.headers.contains_key(header::UPGRADE);
    if !is_ours && (changes || (opens_socket && names_origin)) {
        return (StatusCode::FORBIDDEN, Code::ForeignOrigin.sentence()).into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

/// The page that the request comes from: `Origin` (RFC 6454), or where a browser sends none, the
/// origin of `Referer`.
fn claimed_origin(headers: &HeaderMap) -> Option<String> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if let Some(origin) = origins.next() {
        // No browser sends two.
        let alone = origins.next().is_none();
        return origin.to_str().ok().filter(|_| alone).map(str::to_owned);
    }
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let after_scheme = referer.find("://")? + 3;
    let end = referer[after_scheme..]
        .find('/')
        .map_or(referer.len(), |at| after_scheme + at);
    Some(referer[..end].to_owned())
}

fn is_same(a: &str, b: &str) -> bool {
    a.trim_end_matches('/')
        .eq_ignore_ascii_case(b.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_referer_stands_in_for_a_missing_origin() {
        let mut headers = HeaderMap::new();
        assert_eq!(claimed_origin(&headers), None);
        headers.insert(
            header::REFERER,
            "http://a.example:1/x/y?z".parse().expect("a value"),
        );
        assert_eq!(
            claimed_origin(&headers).as_deref(),
            Some("http://a.example:1")
        );
        headers.insert(header::ORIGIN, "null".parse().expect("a value"));
        assert_eq!(claimed_origin(&headers).as_deref(), Some("null"));
        headers.append(
            header::ORIGIN,
            "http://a.example:1".parse().expect("a value"),
        );
        assert_eq!(claimed_origin(&headers), None);
    }
}
