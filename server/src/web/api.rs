//! `/api/v1`: for bots that speak HTTP and JSON, with a token. The same rules and the same codes
//! as the socket's; [`openapi`] describes all of it.
//!
//! [`auth`] says who is asking, [`body`] reads what was sent, [`problem`] is every way of saying no.
//! What can be asked stands in [`messages`], [`rooms`] and [`announce`].

mod announce;
pub mod auth;
pub mod body;
mod messages;
mod openapi;
pub mod problem;
mod rooms;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::Uri,
    routing::{get, post},
};
use protocol::{Code, limits};

use self::problem::Problem;
pub use self::{auth::bearer, openapi::page};
use crate::state::AppState;

/// Every route of the API, below `/api/v1`.
pub fn routes() -> Router<Arc<AppState>> {
    Router::new()
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
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(limits::FRAME_BYTES))
}

pub async fn nothing_here(uri: Uri) -> Problem {
    Problem::new(
        Code::NotFound,
        format!(
            "There is nothing at {}. See /api/v1/ for the API's paths.",
            uri.path()
        ),
    )
}

async fn wrong_method() -> Problem {
    Code::WrongMethod.into()
}
