//! The operations that list rooms and the users who are online.

use std::sync::Arc;

use axum::{Json, extract::State};
use protocol::limits;
use serde::Serialize;
use utoipa::ToSchema;

use super::{auth::AuthenticatedBot, problem::ApiError, request::PathParam};
use crate::{commands::post, permissions::Scope, state::AppState};

/// The public rooms, those with the most people first.
#[derive(Serialize, ToSchema)]
pub struct RoomList {
    rooms: Vec<RoomSummary>,
}

/// A public room.
#[derive(Serialize, ToSchema)]
pub struct RoomSummary {
    room: String,
    /// How many people are online in it.
    online: usize,
}

/// The users who are online.
#[derive(Serialize, ToSchema)]
pub struct OnlineUsers {
    /// How many people are online.
    online: usize,
    /// Their nicknames, sorted; only some if there are very many.
    people: Vec<String>,
}

/// Lists the public rooms the token can use: at most 500, the busiest or most recently used.
#[utoipa::path(
    get,
    path = "/rooms",
    tag = "rooms and people",
    responses((status = 200, description = "The public rooms", body = RoomList)),
    security(("token" = ["read"])),
)]
pub async fn rooms(
    State(state): State<Arc<AppState>>,
    bot: AuthenticatedBot,
) -> Result<Json<RoomList>, ApiError> {
    bot.permissions.check(Scope::Read)?;
    let visible = state.hub.rooms().into_iter();
    let visible = visible.filter(|it| bot.permissions.is_for(&it.room));
    let rooms = visible.map(|it| RoomSummary {
        room: it.room,
        online: it.online,
    });
    Ok(Json(RoomList {
        rooms: rooms.collect(),
    }))
}

/// Lists who is online in a room.
#[utoipa::path(
    get,
    path = "/rooms/{room}/people",
    tag = "rooms and people",
    params(("room" = String, Path, description = "A public room's name")),
    responses((status = 200, description = "The users who are online in the room", body = OnlineUsers)),
    security(("token" = ["read"])),
)]
pub async fn people_in(
    State(state): State<Arc<AppState>>,
    bot: AuthenticatedBot,
    PathParam(room): PathParam,
) -> Result<Json<OnlineUsers>, ApiError> {
    let room = post::known_room(&state, &bot.permissions, Scope::Read, &room)?;
    let (_, present, online) = state.hub.look_up(&room)?;
    let people = present.into_iter().map(|(_, nickname)| nickname).collect();
    Ok(Json(OnlineUsers { online, people }))
}

/// Lists who is online in any room. Requires a token that is not limited to certain rooms.
#[utoipa::path(
    get,
    path = "/people",
    tag = "rooms and people",
    responses((status = 200, description = "The users who are online", body = OnlineUsers)),
    security(("token" = ["read"])),
)]
pub async fn people(
    State(state): State<Arc<AppState>>,
    bot: AuthenticatedBot,
) -> Result<Json<OnlineUsers>, ApiError> {
    bot.permissions.check_private(Scope::Read)?;
    let (online, people) = state.hub.connected_users(limits::NAMES);
    Ok(Json(OnlineUsers { online, people }))
}
