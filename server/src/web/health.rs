//! Health checks for monitoring: liveness and readiness.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};

use crate::state::{AppState, READY};

/// `GET /healthz`: always 200. A process that does not answer needs a restart.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: 200 if the server can handle every request, or else 503 and the reason. No reason
/// needs a restart.
pub async fn ready(State(state): State<Arc<AppState>>) -> (StatusCode, String) {
    let health = state.health();
    let status = match health {
        READY => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, format!("{health}\n"))
}
