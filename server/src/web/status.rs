//! The HTTP status of a refusal.

use axum::http::StatusCode;
use protocol::Code;

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
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
