//! The API's error response: problem details (RFC 9457) with the codes of the WebSocket protocol.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{Code, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use crate::web::status::{self, whole_seconds};

/// A refusal, which becomes a response with [`ProblemDetails`].
#[derive(Debug)]
pub struct ApiError(Refusal);

impl ApiError {
    /// An error with another sentence than the usual one of its code.
    pub fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self(Refusal::new(code, sentence))
    }
}

impl<T: Into<Refusal>> From<T> for ApiError {
    fn from(refusal: T) -> Self {
        Self(refusal.into())
    }
}

/// Why a request failed.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "title": "Unprocessable Entity",
    "status": 422,
    "detail": "That message is blank. Type something.",
    "code": "blank",
}))]
pub struct ProblemDetails {
    /// The status as text.
    title: &'static str,
    status: u16,
    /// A sentence that says what to do.
    detail: String,
    /// A stable code, the same as in the WebSocket protocol.
    code: &'static str,
    /// Milliseconds after which the same request may succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_ms: Option<u64>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(refusal) = self;
        let status = status::of(refusal.code);
        let details = ProblemDetails {
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: refusal.message,
            code: refusal.code.as_str(),
            retry_after_ms: refusal.retry_after_ms,
        };
        let mut response = (status, Json(details)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(wait) = refusal.retry_after_ms {
            headers.insert(header::RETRY_AFTER, whole_seconds(wait));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
