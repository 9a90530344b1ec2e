//! Protects servers in private networks against DNS rebinding: a page of another site cannot make
//! its own name lead here and then read this server's pages.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    client_info::ClientInfo, forwarded::Forwarded, origin_check::shorten, request_host::RequestHost,
};
use crate::{host::Host, state::AppState};

/// Answers with 421 (RFC 9110, section 15.5.20) if the request asks for a host that is neither
/// local nor that of a public URL, and with 400 (RFC 9112, section 3.2) if its host is not valid.
///
/// The answer is plain text, because the page's files have the same check.
pub async fn require_own_host(
    State(state): State<Arc<AppState>>,
    client: ClientInfo,
    request: Request,
    next: Next,
) -> Response {
    match &client.host {
        RequestHost::Own(_) | RequestHost::Absent => next.run(request).await,
        RequestHost::Foreign(host) => {
            let url = url_to_set(host, &client, request.headers());
            log_refusal(&state, &url);
            let sentence = format!(
                "This server does not know the name “{}”.\n\nIf it is the server's own name, \
                 start the server with --public-url {url}\n(or set PARLOR_PUBLIC_URL={url}).\n",
                shorten(&host.to_string())
            );
            (StatusCode::MISDIRECTED_REQUEST, sentence).into_response()
        }
        RequestHost::Invalid => {
            let sentence = "A request needs one valid host (RFC 9112, section 3.2).\n";
            (StatusCode::BAD_REQUEST, sentence).into_response()
        }
    }
}

/// The public URL that would make this server accept the host. The port and the scheme are taken
/// from whatever the request says, because the operator checks them.
fn url_to_set(host: &Host, client: &ClientInfo, headers: &HeaderMap) -> String {
    let claims = Forwarded::of(headers);
    let is_https = client.is_https || claims.is_https == Some(true);
    let scheme = if is_https { "https" } else { "http" };
    let named = headers.get("host").and_then(|it| it.to_str().ok());
    let port = named
        .filter(|named| Host::parse(named).as_ref() == Some(host))
        .and_then(|named| named.rsplit_once(':'))
        .map_or("", |(_, port)| port);
    let has_usual_port = matches!((is_https, port), (_, "") | (true, "443") | (false, "80"));
    let host = shorten(&host.to_string());
    match has_usual_port {
        true => format!("{scheme}://{host}"),
        false => format!("{scheme}://{host}:{port}"),
    }
}

/// Logs a refusal, at most once a minute: an operator may see only that nothing works.
fn log_refusal(state: &AppState, url: &str) {
    if let Some(since_last) = state.warnings.foreign_host.is_due() {
        tracing::warn!(
            since_last,
            "a request for a name that this server does not know was refused. If it is this \
             server's own, start it with --public-url {url} and have your proxy forward the \
             client's Host. Logged at most once a minute"
        );
    }
}
