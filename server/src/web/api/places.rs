//! Which rooms there are, and who is here.

use std::sync::Arc;

use axum::{Json, extract::State};
use protocol::limits;
use serde::Serialize;
use utoipa::ToSchema;

use super::{body::Named, problem::Problem, program::Program};
use crate::{commands::post, permissions::Scope, state::AppState};

/// The public rooms, the fullest first.
#[derive(Serialize, ToSchema)]
pub struct Rooms {
    rooms: Vec<Room>,
}

/// A public room.
#[derive(Serialize, ToSchema)]
pub struct Room {
    room: String,
    /// How many people are in it.
    online: usize,
}

/// Who is here.
#[derive(Serialize, ToSchema)]
pub struct People {
    /// How many.
    online: usize,
    /// Their nicknames, in order; of very many only some.
    people: Vec<String>,
}

/// Lists the public rooms: the 500 fullest or most recently used, of those that the token is for.
#[utoipa::path(
    get,
    path = "/rooms",
    tag = "rooms and people",
    responses((status = 200, description = "The rooms", body = Rooms)),
    security(("token" = ["read"])),
)]
pub async fn rooms(
    State(state): State<Arc<AppState>>,
    program: Program,
) -> Result<Json<Rooms>, Problem> {
    program.permissions.check(Scope::Read)?;
    let lines = state.hub.rooms().into_iter();
    let lines = lines.filter(|line| program.permissions.is_for(&line.room));
    let rooms = lines.map(|line| Room {
        room: line.room,
        online: line.online,
    });
    Ok(Json(Rooms {
        rooms: rooms.collect(),
    }))
}

/// Tells who is in a room.
#[utoipa::path(
    get,
    path = "/rooms/{room}/people",
    tag = "rooms and people",
    params(("room" = String, Path, description = "A public room’s name")),
    responses((status = 200, description = "Who is in it", body = People)),
    security(("token" = ["read"])),
)]
pub async fn people_in(
    State(state): State<Arc<AppState>>,
    program: Program,
    Named(room): Named,
) -> Result<Json<People>, Problem> {
    let room = post::known_room(&state, &program.permissions, Scope::Read, &room)?;
    let (_, people, online) = state.hub.look_up(&room)?;
    Ok(Json(People { online, people }))
}

/// Tells who is connected, whatever rooms they are in. For tokens that are for all rooms.
#[utoipa::path(
    get,
    path = "/people",
    tag = "rooms and people",
    responses((status = 200, description = "Who is here", body = People)),
    security(("token" = ["read"])),
)]
pub async fn people(
    State(state): State<Arc<AppState>>,
    program: Program,
) -> Result<Json<People>, Problem> {
    program.permissions.check_private(Scope::Read)?;
    let (online, people) = state.hub.people(limits::NAMES);
    Ok(Json(People { online, people }))
}
