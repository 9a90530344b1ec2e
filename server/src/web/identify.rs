//! Finds out who the client of each request is, and warns the operator if the proxies are not set
//! up well.

use std::sync::Arc;

use axum::{
    extract::{ConnectInfo, Request, State},
    http::request::Parts,
    middleware::Next,
    response::Response,
};

use super::client_info::{ClientInfo, ProxyFault};
use crate::{peer::Peer, state::AppState};

/// Finds out who the client is, once for each request, for all that follows.
pub async fn identify(
    State(state): State<Arc<AppState>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let client = ClientInfo::of(&parts, &state.config.proxies);
    // Health checks do not pass the proxy.
    let is_check = matches!(parts.uri.path(), "/healthz" | "/readyz");
    if let Some(fault) = client.proxy_fault.filter(|_| !is_check) {
        log_fault(&state, fault, &parts);
    }
    request = Request::from_parts(parts, body);
    request.extensions_mut().insert(client);
    next.run(request).await
}

fn log_fault(state: &AppState, fault: ProxyFault, parts: &Parts) {
    let peer = parts.extensions.get::<ConnectInfo<Peer>>().map(|it| it.0);
    let peer = peer.and_then(|peer| peer.ip());
    let peer = peer.map_or_else(|| "unix".to_owned(), |ip| ip.to_string());
    let warnings = &state.warnings;
    match fault {
        ProxyFault::Untrusted => {
            if let Some(since_last) = warnings.untrusted_forward.is_due() {
                tracing::warn!(
                    %peer,
                    since_last,
                    "headers of a proxy came from an address that is not trusted, and were ignored. \
                     If it is your proxy, start the server with --trusted-proxies and its address. \
                     Logged at most once a minute"
                );
            }
        }
        ProxyFault::Missing => {
            if let Some(since_last) = warnings.missing_forward.is_due() {
                tracing::warn!(
                    %peer,
                    since_last,
                    "a trusted proxy did not send the client's address. Have it set X-Forwarded-For \
                     or Forwarded, or all of its clients share one limit. Logged at most once a \
                     minute"
                );
            }
        }
        ProxyFault::Contradictory => {
            if let Some(since_last) = warnings.contradictory_forward.is_due() {
                tracing::warn!(
                    %peer,
                    since_last,
                    "X-Forwarded-For and Forwarded have different clients, so X-Forwarded-For counts. \
                     Have your proxy remove the one that it does not set. Logged at most once a \
                     minute"
                );
            }
        }
    }
}
