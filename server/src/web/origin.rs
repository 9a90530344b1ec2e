//! Only our own pages may change anything, and only they may open a socket from a browser: what
//! keeps another site from acting in a connection's name (CSRF, and its sibling over WebSocket).

use std::{
    sync::{Arc, PoisonError},
    time::Instant,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use protocol::Code;

use super::client_info::ClientInfo;
use crate::{origin::Origin, state::AppState};

/// Refuses with 403 what comes from elsewhere. Bots send no Origin with their sockets and are
/// let through; a form always comes from a page.
pub async fn only_ours(
    State(state): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let names_origin = parts.headers.contains_key(header::ORIGIN);
    let opens_socket = parts.headers.contains_key(header::UPGRADE);
    if changes || (opens_socket && names_origin) {
        let client = ClientInfo::of(&parts, state.config.trust_proxy);
        let allowed = &state.config.allow_origin;
        let is_ours = claimed_origin(&parts.headers)
            .is_some_and(|origin| client.origins.contains(&origin) || allowed.contains(&origin));
        if !is_ours {
            log_refusal(&state, &parts.headers, &client.origins);
            return (StatusCode::FORBIDDEN, Code::ForeignOrigin.sentence()).into_response();
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// The page that the request comes from: `Origin` (RFC 6454), or where a browser sends none, the
/// origin of `Referer`.
fn claimed_origin(headers: &HeaderMap) -> Option<Origin> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if let Some(origin) = origins.next() {
        // No browser sends two.
        let alone = origins.next().is_none();
        let origin = origin.to_str().ok().filter(|_| alone)?;
        return Origin::parse(origin);
    }
    Origin::of_page(headers.get(header::REFERER)?.to_str().ok()?)
}

/// The log tells the operator of a server that is new behind a proxy why nobody can sign in.
fn log_refusal(state: &AppState, headers: &HeaderMap, ours: &[Origin]) {
    let refusals = state.foreign_origins.lock();
    let mut refusals = refusals.unwrap_or_else(PoisonError::into_inner);
    if let Some(since_last) = refusals.is_due(Instant::now()) {
        let header = |name| headers.get(name)?.to_str().ok().map(shorten);
        tracing::warn!(
            origin = header(header::ORIGIN).or_else(|| header(header::REFERER)),
            host = header(header::HOST),
            ours = ours
                .iter()
                .map(Origin::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            since_last,
            "a form or WebSocket from another site was refused. If `origin` is this server's public \
             address, start the server with --allow-origin and that origin; behind your own proxy, \
             use --trust-proxy and have the proxy send Host and X-Forwarded-Proto. Logged at most \
             once a minute"
        );
    }
}

/// What a client sent is repeated only so far.
fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
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
        let page = Origin::parse("http://a.example:1");
        assert_eq!(claimed_origin(&headers), page);
        headers.insert(header::ORIGIN, "null".parse().expect("a value"));
        assert_eq!(claimed_origin(&headers), None, "whatever the referrer");
        headers.insert(
            header::ORIGIN,
            "http://A.example:1".parse().expect("a value"),
        );
        assert_eq!(claimed_origin(&headers), page);
        headers.append(
            header::ORIGIN,
            "http://a.example:1".parse().expect("a value"),
        );
        assert_eq!(claimed_origin(&headers), None);
    }
}
