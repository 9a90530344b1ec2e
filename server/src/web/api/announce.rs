//! To everybody at once.

use std::sync::Arc;

use axum::{Json, extract::State, http::HeaderMap};

use super::{
    auth::Bot,
    body::{JsonBody, id},
    messages::{Say, Stored},
    problem::Problem,
};
use crate::{commands::post, permissions::Scope, state::AppState, writer::Destination};

/// Sends an announcement to everyone: now to connected users, later to those who sign in. It is
/// posted in a room that everyone can read and only announcements can use.
#[utoipa::path(
    post,
    path = "/announce",
    tag = "messages",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same as `id` in the body")),
    request_body = Say,
    responses((status = 200, description = "Stored", body = Stored)),
    security(("token" = ["announce"])),
)]
pub async fn announce(
    State(state): State<Arc<AppState>>,
    bot: Bot,
    headers: HeaderMap,
    JsonBody(say): JsonBody<Say>,
) -> Result<Json<Stored>, Problem> {
    bot.permissions.check(Scope::Announce)?;
    let id = id(say.id, &headers)?;
    let place = Destination::Public(post::announcements(&state));
    let said = post::post(&state, bot.author(), place, id, say.text).await?;
    Ok(Json(said.into()))
}
