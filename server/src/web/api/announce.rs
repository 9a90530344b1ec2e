//! The announcement operation.

use std::sync::Arc;

use axum::{Json, extract::State, http::HeaderMap};

use super::{
    auth::AuthenticatedBot,
    messages::{NewMessage, StoredMessage},
    problem::ApiError,
    request::{JsonBody, idempotency_key},
};
use crate::{commands::post, permissions::Scope, state::AppState, writer::Destination};

/// Sends an announcement to everyone: now to connected users, later to those who sign in. It is
/// posted in a room that everyone can read and only announcements can use.
#[utoipa::path(
    post,
    path = "/announce",
    tag = "messages",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same as `id` in the body")),
    request_body = NewMessage,
    responses((status = 200, description = "Stored", body = StoredMessage)),
    security(("token" = ["announce"])),
)]
pub async fn announce(
    State(state): State<Arc<AppState>>,
    bot: AuthenticatedBot,
    headers: HeaderMap,
    JsonBody(message): JsonBody<NewMessage>,
) -> Result<Json<StoredMessage>, ApiError> {
    bot.permissions.check(Scope::Announce)?;
    let id = idempotency_key(message.id, &headers)?;
    let room = Destination::Public(post::announcements(&state));
    let stored = post::post(&state, bot.author(), room, id, message.text).await?;
    Ok(Json(stored.into()))
}
