//! Limits how much one address reads over HTTP: pages, answers of the API, the bundle and the
//! icons.
//!
//! The bundle and the icons have a budget of their own. They are the same for everybody, so they
//! cost neither a query nor memory, and an address that reads too much of them has to wait.

use std::sync::Arc;

use axum::{
    body::HttpBody,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use protocol::Refusal;

use super::{api::problem::ApiError, client_info::ClientInfo, status};
use crate::{
    rate_limit::{Budget, Requester},
    state::AppState,
};

/// Answers a request for a page, or with a plain sentence if the address reads too much.
pub async fn page(
    state: State<Arc<AppState>>,
    client: ClientInfo,
    request: Request,
    next: Next,
) -> Response {
    let answer = answer(state, client, request, next).await;
    answer.unwrap_or_else(status::refused)
}

/// Answers a request to the API, or with a problem if the address reads too much.
pub async fn api(
    state: State<Arc<AppState>>,
    client: ClientInfo,
    request: Request,
    next: Next,
) -> Response {
    let answer = answer(state, client, request, next).await;
    answer.unwrap_or_else(|refusal| ApiError::from(refusal).into_response())
}

/// Answers a request for a file of the bundle, once the address may read more of them.
pub async fn file(
    State(state): State<Arc<AppState>>,
    client: ClientInfo,
    request: Request,
    next: Next,
) -> Response {
    let from = Requester::at(client.address);
    state.rate_limiter.wait(from, Budget::AssetBytes).await;
    let response = next.run(request).await;
    let bytes = size(&response);
    state.rate_limiter.charge(from, Budget::AssetBytes, bytes);
    response
}

async fn answer(
    State(state): State<Arc<AppState>>,
    client: ClientInfo,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let from = Requester::at(client.address);
    state.rate_limiter.take_query(from)?;
    let response = next.run(request).await;
    let bytes = size(&response);
    state.rate_limiter.charge(from, Budget::ReadBytes, bytes);
    Ok(response)
}

/// The size of the body in bytes. No answer is streamed, so it is known.
fn size(response: &Response) -> usize {
    let bytes = response.body().size_hint().lower();
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
