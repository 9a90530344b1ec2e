//! Health checks for monitoring: liveness and readiness.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};

use crate::state::AppState;

/// `GET /healthz`: always 200. A process that does not answer needs a restart.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: 200 if the server can handle every request, or else 503 and the reason. Neither
/// reason needs a restart.
pub async fn ready(State(state): State<Arc<AppState>>) -> (StatusCode, &'static str) {
    if state.stopping.is_cancelled() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if state.store.health.is_healthy() {
        (StatusCode::OK, "ready\n")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database is unavailable\n",
        )
    }
}
