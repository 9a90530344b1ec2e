//! Decides whether a request is answered now, later or not at all, whatever it asks for.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use protocol::{Code, Refusal};

use super::{client_info::ClientInfo, status};
use crate::{limits::REQUEST_HEAD_BYTES, rate_limit::Requester, state::AppState};

/// Refuses a request whose head is too large, or whose address has too many in progress. A request
/// of an address that makes too many in a second has to wait.
pub async fn admit(
    State(state): State<Arc<AppState>>,
    client: ClientInfo,
    request: Request,
    next: Next,
) -> Response {
    if head_bytes(&request) > REQUEST_HEAD_BYTES {
        let sentence = "The URL and the headers are too large. Send 32 KiB or less.";
        return (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, sentence).into_response();
    }
    let from = Requester::at(client.address);
    let Ok(_in_progress) = state.rate_limiter.requests.admit(from.address) else {
        let sentence =
            "Too many requests from your address are in progress. Wait for their answers.";
        return status::refused(Refusal::new(Code::TooFast, sentence));
    };
    state.rate_limiter.pace(from).await;
    next.run(request).await
}

/// The size of the request line and the headers (RFC 9112, section 2.1). hyper bounds only what it
/// reads at once.
fn head_bytes(request: &Request) -> usize {
    let uri = request.uri();
    let target = uri.path_and_query().map_or(0, |it| it.as_str().len())
        + uri.authority().map_or(0, |it| it.as_str().len());
    let fields = request.headers().iter();
    let fields = fields.map(|(name, value)| name.as_str().len() + ": \r\n".len() + value.len());
    request.method().as_str().len() + target + fields.sum::<usize>()
}
