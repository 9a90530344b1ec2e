//! What is said, and what was said.

use std::sync::Arc;

use axum::{Json, extract::State, http::HeaderMap};
use protocol::{Code, Message, Nickname, Seq, is_direct, limits, number};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    auth::Bot,
    body::{JsonBody, PathParam, QueryParams, id},
    problem::Problem,
};
use crate::{
    commands::{self, post},
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
pub struct Say {
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
pub struct Stored {
    /// The room's name, or the id of the private conversation.
    room: String,
    /// The event's number in its room.
    seq: Seq,
    /// Milliseconds since 1970-01-01 00:00 UTC.
    at: i64,
}

impl From<Message> for Stored {
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
    request_body = Say,
    responses((status = 200, description = "Stored", body = Stored)),
    security(("token" = ["post"])),
)]
pub async fn to_room(
    State(state): State<Arc<AppState>>,
    bot: Bot,
    PathParam(room): PathParam,
    headers: HeaderMap,
    JsonBody(say): JsonBody<Say>,
) -> Result<Json<Stored>, Problem> {
    let place = post::place(&state, bot.user, &bot.permissions, &room)?;
    let id = id(say.id, &headers)?;
    let said = post::post(&state, bot.author(), place, id, say.text).await?;
    Ok(Json(said.into()))
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
    request_body = Say,
    responses((status = 200, description = "Stored", body = Stored)),
    security(("token" = ["post"])),
)]
pub async fn to_user(
    State(state): State<Arc<AppState>>,
    bot: Bot,
    PathParam(nickname): PathParam,
    headers: HeaderMap,
    JsonBody(say): JsonBody<Say>,
) -> Result<Json<Stored>, Problem> {
    bot.permissions.check_private(Scope::Post)?;
    let nickname = Nickname::parse(&nickname).map_err(|_| Code::NoSuchUser)?;
    let id = id(say.id, &headers)?;
    let place = Destination::User(nickname);
    let said = post::post(&state, bot.author(), place, id, say.text).await?;
    Ok(Json(said.into()))
}

/// Which page of the past is wanted.
#[derive(Deserialize)]
pub struct Before {
    #[serde(default, deserialize_with = "number::bounded")]
    before: Option<Seq>,
    #[serde(default, deserialize_with = "number::bounded")]
    limit: Option<u64>,
}

/// A page of a room's history.
#[derive(Serialize, ToSchema)]
pub struct Past {
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
    responses((status = 200, description = "A page", body = Past)),
    security(("token" = ["read"])),
)]
pub async fn history(
    State(state): State<Arc<AppState>>,
    bot: Bot,
    PathParam(room): PathParam,
    QueryParams(asked): QueryParams<Before>,
) -> Result<Json<Past>, Problem> {
    let limit = commands::page_limit(asked.before, asked.limit)?;
    let room = if is_direct(&room) {
        bot.permissions.check(Scope::Read)?;
        let (id, user) = (room.clone(), bot.user);
        let direct = state.store.read(move |db| rooms::direct(db, &id)).await;
        let direct = direct.map_err(commands::unavailable)?;
        direct
            .and_then(|direct| direct.other(user))
            .ok_or(Code::NoSuchRoom)?;
        room
    } else {
        post::known_room(&state, &bot.permissions, Scope::Read, &room)?
    };
    let name = room.clone();
    let page = state
        .store
        .read(move |db| events::page_before(db, &name, asked.before, limit, EventFilter::Visible));
    let page = page.await.map_err(commands::unavailable)?;
    Ok(Json(Past {
        room,
        messages: page.messages,
        more: page.more,
    }))
}

const _: () = assert!(limits::TEXT_CHARS == 8000 && limits::ID_CHARS == 36);
const _: () = assert!(limits::HISTORY_PAGE == 200 && limits::NEWEST == 50);
const _: () = assert!(number::MAX == 9_007_199_254_740_991);
