//! Says how the running server is.

use std::sync::Arc;

use protocol::{Code, Refusal};

use super::{Administration, Answer};
use crate::{
    control::{BusyEntry, ServerStatus},
    error,
    store::rooms,
};

/// How many of the busiest entries of the rate limiter are named.
const BUSIEST: usize = 10;

/// The state of the server.
pub async fn status(server: &Administration) -> Result<Answer, Refusal> {
    let Some(state) = &server.state else {
        let sentence = "No server is running on this data directory. Start it with “parlor serve”.";
        return Err(Refusal::new(Code::NotFound, sentence));
    };
    let store = Arc::clone(&server.store);
    let measured = tokio::task::spawn_blocking(move || store.disk_usage());
    let disk = measured.await.map_err(|_| Refusal::from(Code::Internal))?;
    let messages = server.store.read(rooms::count_messages).await;
    let busiest = state.rate_limiter.busiest(BUSIEST);
    Ok(Answer::Status(ServerStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        health: state.health().to_owned(),
        uptime_seconds: state.started_at.elapsed().as_secs(),
        connections: state.sessions.len(),
        users_online: server.hub.connected_users(0).0,
        rooms: server.hub.room_count(),
        messages: messages.map_err(error::unavailable)?,
        data_bytes: disk.data,
        free_disk_bytes: disk.free,
        busiest: busiest.into_iter().map(BusyEntry::from).collect(),
    }))
}
