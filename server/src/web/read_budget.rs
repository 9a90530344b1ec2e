//! Limits how much one address reads over HTTP: pages, and answers of the API.
//!
//! The bundle and the icons are not counted. They are the same for everybody, so they cost neither
//! a query nor memory.

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

async fn answer(
    State(state): State<Arc<AppState>>,
    client: ClientInfo,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let from = Requester::at(client.address);
    state.rate_limiter.take_query(from)?;
    let response = next.run(request).await;
    // Neither pages nor answers of the API are streamed, so their size is known.
    let bytes = response.body().size_hint().lower();
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    state.rate_limiter.charge(from, Budget::ReadBytes, bytes);
    Ok(response)
}
