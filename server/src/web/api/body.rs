//! What was sent: path, query and body, each refused like everything else.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, request::Parts},
};
use protocol::Code;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::state::AppState;

/// The one name in the path.
pub struct PathParam(pub String);

impl FromRequestParts<Arc<AppState>> for PathParam {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) if name.contains('\0') => Err(Problem::new(
                Code::BadField,
                "The path contains U+0000. Remove it.",
            )),
            Ok(Path(name)) => Ok(Self(name)),
            Err(_) => Err(Problem::new(
                Code::BadField,
                "The path is not valid UTF-8. Encode it as UTF-8.",
            )),
        }
    }
}

/// What stands after the question mark.
pub struct QueryParams<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<AppState>> for QueryParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(rejection) => Err(Problem::new(Code::BadField, format!("{rejection}."))),
        }
    }
}

/// A JSON object, whatever its `Content-Type`.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<AppState>> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(
        request: Request,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        let bytes = bytes(request, state).await?;
        json(&bytes).map(Self)
    }
}

/// The whole body.
///
/// # Errors
/// [`Code::TooLarge`], beyond [`protocol::limits::FRAME_BYTES`].
pub async fn bytes(request: Request, state: &Arc<AppState>) -> Result<Bytes, Problem> {
    let read: Result<Bytes, BytesRejection> = Bytes::from_request(request, state).await;
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge.into(),
        _ => Problem::new(
            Code::BadField,
            "The body is incomplete. Send the request again.",
        ),
    })
}

/// Reads JSON.
///
/// # Errors
/// [`Code::BadJson`], [`Code::BadField`].
pub fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| match error.is_data() {
        true => Problem::new(Code::BadField, format!("{error}.")),
        false => Problem::new(
            Code::BadJson,
            "That is not valid JSON. Send one JSON object.",
        ),
    })
}

/// Under which id something is said: the body's own, or that of the header `Idempotency-Key`.
///
/// # Errors
/// [`Code::BadId`].
pub fn id(own: Option<String>, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    match (own, headers.get("idempotency-key")) {
        (Some(id), _) => Ok(Some(id)),
        (None, Some(key)) => match key.to_str() {
            Ok(key) => Ok(Some(key.to_owned())),
            Err(_) => Err(Code::BadId.into()),
        },
        (None, None) => Ok(None),
    }
}
