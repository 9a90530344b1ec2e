//! Extractors for path, query and body. Unlike axum's own, they reject with an [`ApiError`].

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, request::Parts},
};
use protocol::Code;
use serde::de::DeserializeOwned;

use super::problem::ApiError;
use crate::state::AppState;

/// The only parameter of the path.
pub struct PathParam(pub String);

impl FromRequestParts<Arc<AppState>> for PathParam {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) if name.contains('\0') => Err(ApiError::new(
                Code::BadField,
                "The path contains U+0000. Remove it.",
            )),
            Ok(Path(name)) => Ok(Self(name)),
            Err(_) => Err(ApiError::new(
                Code::BadField,
                "The path is not valid UTF-8. Encode it as UTF-8.",
            )),
        }
    }
}

/// The query string.
pub struct QueryParams<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<AppState>> for QueryParams<T> {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(ApiError::new(Code::BadField, format!("{rejection}."))),
        }
    }
}

/// A JSON object. Any `Content-Type` is accepted.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<AppState>> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(
        request: Request,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        let bytes = bytes(request, state).await?;
        json(&bytes).map(Self)
    }
}

/// Reads the whole body.
///
/// # Errors
/// [`Code::TooLarge`] for more than [`protocol::limits::FRAME_BYTES`], and [`Code::BadField`] for
/// an incomplete body.
pub async fn bytes(request: Request, state: &Arc<AppState>) -> Result<Bytes, ApiError> {
    let read: Result<Bytes, BytesRejection> = Bytes::from_request(request, state).await;
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge.into(),
        _ => ApiError::new(
            Code::BadField,
            "The body is incomplete. Send the request again.",
        ),
    })
}

/// Parses JSON.
///
/// # Errors
/// [`Code::BadJson`] for invalid JSON, and [`Code::BadField`] for JSON of another type.
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| match error.is_data() {
        true => ApiError::new(Code::BadField, format!("{error}.")),
        false => ApiError::new(
            Code::BadJson,
            "That is not valid JSON. Send one JSON object.",
        ),
    })
}

/// The id of a new message: the body's `id`, or else the header `Idempotency-Key`.
///
/// # Errors
/// [`Code::BadId`] if the header is not visible ASCII.
pub fn idempotency_key(
    id: Option<String>,
    headers: &HeaderMap,
) -> Result<Option<String>, ApiError> {
    match (id, headers.get("idempotency-key")) {
        (Some(id), _) => Ok(Some(id)),
        (None, Some(key)) => match key.to_str() {
            Ok(key) => Ok(Some(key.to_owned())),
            Err(_) => Err(Code::BadId.into()),
        },
        (None, None) => Ok(None),
    }
}
