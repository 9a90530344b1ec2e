//! The operations that post messages and read a room's history.

use std::sync::Arc;

use axum::{Json, extract::State, http::HeaderMap};
use protocol::{Code, Message, Nickname, Seq, is_direct, limits, number};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    auth::AuthenticatedBot,
    problem::ApiError,
    request::{JsonBody, PathParam, QueryParams, idempotency_key},
};
use crate::{
    commands::{self, post},
    error,
    permissions::Scope,
    state::AppState,
    store::{
        events::{self, EventFilter},
        rooms,
    },
    writer::Destination,
};

/// A message to send.
#[derive(Deserialize, ToSchema)]
pub struct NewMessage {
    /// The text, with basic Markdown.
    #[schema(min_length = 1, max_length = 8000)]
    pub text: String,
    /// Printable ASCII that makes retries safe: a message with the same id is stored once. The
    /// header `Idempotency-Key` can be used instead.
    #[schema(
        min_length = 1,
        max_length = 36,
        pattern = "^[ -~]+$",
        nullable = false
    )]
    pub id: Option<String>,
}

/// Where and when a message was stored.
#[derive(Serialize, ToSchema)]
pub struct StoredMessage {
    /// The room's name, or the id of the private conversation.
    room: String,
    /// The event's number in its room.
    seq: Seq,
    /// Milliseconds since 1970-01-01 00:00 UTC.
    at: i64,
}

impl From<Message> for StoredMessage {
    fn from(message: Message) -> Self {
        Self {
            room: message.room,
            seq: message.seq,
            at: message.at,
        }
    }
}

/// Sends a message to a room, which is created if it is new. The response means it is on disk.
#[utoipa::path(
    post,
    path = "/rooms/{room}/messages",
    tag = "messages",
    params(
        ("room" = String, Path, description = "A public room's name, or the id of a private conversation"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same as `id` in the body"),
    ),
    request_body = NewMessage,
    responses((status = 200, description = "Stored", body = StoredMessage)),
    security(("token" = ["post"])),
)]
pub async fn to_room(
    State(state): State<Arc<AppState>>,
    bot: AuthenticatedBot,
    PathParam(room): PathParam,
    headers: HeaderMap,
    JsonBody(message): JsonBody<NewMessage>,
) -> Result<Json<StoredMessage>, ApiError> {
    let room = post::destination(&state, bot.requester(), &bot.permissions, &room)?;
    let id = idempotency_key(message.id, &headers)?;
    let stored = post::post(&state, bot.author(), room, id, message.text).await?;
    Ok(Json(stored.into()))
}

/// Sends a private message to the user who has this nickname now.
#[utoipa::path(
    post,
    path = "/people/{nickname}/messages",
    tag = "messages",
    params(
        ("nickname" = String, Path, description = "The user's nickname"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same as `id` in the body"),
    ),
    request_body = NewMessage,
    responses((status = 200, description = "Stored", body = StoredMessage)),
    security(("token" = ["post"])),
)]
pub async fn to_user(
    State(state): State<Arc<AppState>>,
    bot: AuthenticatedBot,
    PathParam(nickname): PathParam,
    headers: HeaderMap,
    JsonBody(message): JsonBody<NewMessage>,
) -> Result<Json<StoredMessage>, ApiError> {
    bot.permissions.check_private(Scope::Post)?;
    let nickname = Nickname::parse(&nickname).map_err(|_| Code::NoSuchUser)?;
    let id = idempotency_key(message.id, &headers)?;
    let user = Destination::User(nickname);
    let stored = post::post(&state, bot.author(), user, id, message.text).await?;
    Ok(Json(stored.into()))
}

/// The page of the history to read.
#[derive(Deserialize)]
pub struct HistoryQuery {
    #[serde(default, deserialize_with = "number::bounded")]
    before: Option<Seq>,
    #[serde(default, deserialize_with = "number::bounded")]
    limit: Option<u64>,
}

/// A page of a room's history.
#[derive(Serialize, ToSchema)]
pub struct HistoryPage {
    room: String,
    /// Oldest first, in the same form as on the WebSocket.
    #[schema(value_type = Vec<Object>)]
    messages: Vec<Message>,
    /// Whether there are older messages. To get them, set `before` to the first `seq` here.
    more: bool,
}

/// Reads a room's history page by page, newest page first.
#[utoipa::path(
    get,
    path = "/rooms/{room}/messages",
    tag = "messages",
    params(
        ("room" = String, Path, description = "A public room's name, or the id of a private conversation"),
        ("before" = Option<u64>, Query, description = "Only messages with a lower number; default: the newest", minimum = 1, maximum = 9_007_199_254_740_991_u64),
        ("limit" = Option<u64>, Query, description = "The most messages to return; default: 50", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page", body = HistoryPage)),
    security(("token" = ["read"])),
)]
pub async fn history(
    State(state): State<Arc<AppState>>,
    bot: AuthenticatedBot,
    PathParam(room): PathParam,
    QueryParams(query): QueryParams<HistoryQuery>,
) -> Result<Json<HistoryPage>, ApiError> {
    let limit = commands::page_limit(query.before, query.limit)?;
    let room = if is_direct(&room) {
        bot.permissions.check(Scope::Read)?;
        let (id, user) = (room.clone(), bot.user);
        let direct = state.store.read(move |db| rooms::direct_of(db, user, &id));
        let direct = direct.await.map_err(error::unavailable)?;
        direct.ok_or(Code::NoSuchRoom)?;
        room
    } else {
        post::known_room(&state, &bot.permissions, Scope::Read, &room)?
    };
    let name = room.clone();
    let page = state
        .store
        .read(move |db| events::page_before(db, &name, query.before, limit, EventFilter::Visible));
    let page = page.await.map_err(error::unavailable)?;
    Ok(Json(HistoryPage {
        room,
        messages: page.messages,
        more: page.more,
    }))
}

// The schemas above repeat these limits as literals.
const _: () = assert!(limits::TEXT_CHARS == 8000 && limits::ID_CHARS == 36);
const _: () = assert!(limits::HISTORY_PAGE == 200 && limits::NEWEST == 50);
const _: () = assert!(number::MAX == 9_007_199_254_740_991);
