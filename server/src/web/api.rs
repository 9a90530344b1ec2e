//! The HTTP API at `/api/v1`, for bots with a token.
//!
//! It follows the same rules as the WebSocket protocol and uses the same error codes. [`auth`]
//! authenticates the bot, [`cors`] lets pages of other origins in, [`request`] reads path, query
//! and body, and [`problem`] is the error response. The operations are in [`messages`], [`rooms`]
//! and [`announce`]; [`openapi`] describes them.

mod announce;
pub mod auth;
pub mod cors;
mod messages;
mod openapi;
pub mod problem;
pub mod request;
mod rooms;

use axum::{
    extract::DefaultBodyLimit,
    http::Uri,
    routing::{get, post},
};
use protocol::{Code, limits};

use self::problem::ApiError;
pub use self::{auth::bearer, openapi::page};
use super::route_list::RouteList;

/// The routes of the API, relative to `/api/v1`.
pub fn routes() -> RouteList {
    RouteList::default()
        .route("/openapi.json", get(openapi::document))
        .route("/page.css", get(openapi::style))
        .route("/rooms", get(rooms::rooms))
        .route("/rooms/{room}/people", get(rooms::people_in))
        .route(
            "/rooms/{room}/messages",
            get(messages::history).post(messages::to_room),
        )
        .route("/people", get(rooms::people))
        .route("/people/{nickname}/messages", post(messages::to_user))
        .route("/announce", post(announce::announce))
        .map(|router| {
            router
                .fallback(not_found)
                .method_not_allowed_fallback(wrong_method)
                .layer(DefaultBodyLimit::max(limits::FRAME_BYTES))
        })
}

/// The error for a path without a route.
pub async fn not_found(uri: Uri) -> ApiError {
    ApiError::new(
        Code::NotFound,
        format!(
            "There is nothing at {}. See /api/v1/ for the API's paths.",
            uri.path()
        ),
    )
}

async fn wrong_method() -> ApiError {
    Code::WrongMethod.into()
}
