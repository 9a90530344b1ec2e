//! Protects browsers against cross-site request forgery (CSRF) and cross-site WebSocket hijacking:
//! only the server's own pages may change anything or open a WebSocket.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use protocol::Code;

use super::client_info::ClientInfo;
use crate::{origin::Origin, state::AppState};

/// Answers with 403 if the request comes from another origin.
///
/// Requests that change something must have an origin, because a form always comes from a page. A
/// WebSocket may have none: bots send no `Origin`.
pub async fn require_own_origin(
    State(state): State<Arc<AppState>>,
    client: ClientInfo,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let changes = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let has_origin = parts.headers.contains_key(header::ORIGIN);
    let opens_socket = parts.headers.contains_key(header::UPGRADE);
    if changes || (opens_socket && has_origin) {
        let options = &state.config.proxies;
        let is_ours = claimed_origin(&parts.headers)
            .is_some_and(|origin| client.origins.contains(&origin) || options.allows(&origin));
        if !is_ours {
            log_refusal(&state, &parts.headers, &client.origins);
            return (StatusCode::FORBIDDEN, Code::ForeignOrigin.sentence()).into_response();
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// The origin of the page that sent the request: `Origin` (RFC 6454), or the origin of `Referer` if
/// the browser sent no `Origin`.
fn claimed_origin(headers: &HeaderMap) -> Option<Origin> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if let Some(origin) = origins.next() {
        // No browser sends two `Origin` headers, so two are refused.
        let is_only = origins.next().is_none();
        let origin = origin.to_str().ok().filter(|_| is_only)?;
        return Origin::parse(origin);
    }
    Origin::of_page(headers.get(header::REFERER)?.to_str().ok()?)
}

/// Logs a refusal, at most once a minute. Behind a proxy that is not set up correctly, nobody can
/// sign in, and this entry tells the operator why.
fn log_refusal(state: &AppState, headers: &HeaderMap, ours: &[Origin]) {
    if let Some(since_last) = state.warnings.foreign_origin.is_due() {
        let header = |name| headers.get(name)?.to_str().ok().map(shorten);
        // The path and the query of another site's page may have secrets.
        let referer = || header(header::REFERER).and_then(|it| Origin::of_page(&it));
        let origin = header(header::ORIGIN).or_else(|| referer().map(|it| it.to_string()));
        tracing::warn!(
            origin,
            host = header(header::HOST),
            ours = ours
                .iter()
                .chain(&state.config.proxies.public_url)
                .map(Origin::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            since_last,
            "a form or WebSocket from another site was refused. If `origin` is this server's public \
             address, start the server with --public-url and that origin; if it is another site \
             whose pages may use this server, with --allow-origin. Logged at most once a minute"
        );
    }
}

/// The first 200 characters of what a client sent, so that clients cannot fill the log.
pub fn shorten(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_referer_replaces_only_a_missing_origin() {
        let mut headers = HeaderMap::new();
        assert_eq!(claimed_origin(&headers), None);
        headers.insert(
            header::REFERER,
            "http://a.example:1/x/y?z".parse().expect("a value"),
        );
        let page = Origin::parse("http://a.example:1");
        assert_eq!(claimed_origin(&headers), page);
        headers.insert(header::ORIGIN, "null".parse().expect("a value"));
        assert_eq!(claimed_origin(&headers), None, "whatever the Referer is");
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
