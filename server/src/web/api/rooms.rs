//! Which rooms there are, and who is here.

use std::sync::Arc;

use axum::{Json, extract::State};
use protocol::limits;
use serde::Serialize;
use utoipa::ToSchema;

use super::{auth::Bot, body::PathParam, problem::Problem};
use crate::{commands::post, permissions::Scope, state::AppState};

/// The public rooms, those with the most people first.
#[derive(Serialize, ToSchema)]
pub struct Rooms {
    rooms: Vec<Room>,
}

/// A public room.
#[derive(Serialize, ToSchema)]
pub struct Room {
    room: String,
    /// How many people are online in it.
    online: usize,
}

/// Who is online.
#[derive(Serialize, ToSchema)]
pub struct People {
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
    responses((status = 200, description = "The public rooms", body = Rooms)),
    security(("token" = ["read"])),
)]
pub async fn rooms(State(state): State<Arc<AppState>>, bot: Bot) -> Result<Json<Rooms>, Problem> {
    bot.permissions.check(Scope::Read)?;
    let lines = state.hub.rooms().into_iter();
    let lines = lines.filter(|line| bot.permissions.is_for(&line.room));
    let rooms = lines.map(|line| Room {
        room: line.room,
        online: line.online,
    });
    Ok(Json(Rooms {
        rooms: rooms.collect(),
    }))
}

/// Lists who is online in a room.
#[utoipa::path(
    get,
    path = "/rooms/{room}/people",
    tag = "rooms and people",
    params(("room" = String, Path, description = "A public room's name")),
    responses((status = 200, description = "Who is online in the room", body = People)),
    security(("token" = ["read"])),
)]
pub async fn people_in(
    State(state): State<Arc<AppState>>,
    bot: Bot,
    PathParam(room): PathParam,
) -> Result<Json<People>, Problem> {
    let room = post::known_room(&state, &bot.permissions, Scope::Read, &room)?;
    let (_, people, online) = state.hub.look_up(&room)?;
    Ok(Json(People { online, people }))
}

/// Lists who is online in any room. Requires a token that is not limited to certain rooms.
#[utoipa::path(
    get,
    path = "/people",
    tag = "rooms and people",
    responses((status = 200, description = "Who is online", body = People)),
    security(("token" = ["read"])),
)]
pub async fn people(State(state): State<Arc<AppState>>, bot: Bot) -> Result<Json<People>, Problem> {
    bot.permissions.check_private(Scope::Read)?;
    let (online, people) = state.hub.people(limits::NAMES);
    Ok(Json(People { online, people }))
}
