//! The HTTP status of a refusal.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{Code, Refusal};

/// The status (RFC 9110, section 15) for a refusal with this code.
pub fn of(code: Code) -> StatusCode {
    match code {
        Code::BadJson => StatusCode::BAD_REQUEST,
        Code::BadToken => StatusCode::UNAUTHORIZED,
        Code::GuestsOff | Code::ForeignOrigin | Code::NotAllowed | Code::ReadOnly => {
            StatusCode::FORBIDDEN
        }
        Code::NotFound | Code::NoSuchRoom | Code::NoSuchUser => StatusCode::NOT_FOUND,
        Code::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        Code::NicknameTaken | Code::RoomNameTaken | Code::AlreadySignedIn | Code::IdReused => {
            StatusCode::CONFLICT
        }
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::TooManySignIns | Code::TooManySockets | Code::TooManyNewRooms | Code::TooFast => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Code::StorageUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// A response that is the sentence of a refusal, with its status and, where waiting helps,
/// `Retry-After`.
pub fn refused(refusal: Refusal) -> Response {
    let mut response = (of(refusal.code), refusal.message).into_response();
    if let Some(wait) = refusal.retry_after_ms {
        let seconds = whole_seconds(wait);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// The value of `Retry-After` (RFC 9110, section 10.2.3), rounded up, so that a client never
/// retries too early.
pub fn whole_seconds(wait_ms: u64) -> HeaderValue {
    wait_ms.div_ceil(1_000).into()
}
