//! Health checks for monitoring: liveness and readiness.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};

use crate::state::{AppState, FULL, READY};

/// `GET /healthz`: always 200. A process that does not answer needs a restart.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: 503 and the reason if the server can do nothing for its users. No reason needs a
/// restart. A server whose storage is full says so with 200: users can still sign in, read and
/// delete, so a proxy must keep it.
pub async fn ready(State(state): State<Arc<AppState>>) -> (StatusCode, String) {
    let health = state.health();
    let status = match health {
        READY | FULL => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, format!("{health}\n"))
}
