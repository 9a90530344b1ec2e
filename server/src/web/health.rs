//! What whoever runs the server asks: is it alive, and can it be used?

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};

use crate::state::AppState;

/// `/healthz`: the process answers. If it does not, it is to be restarted.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `/readyz`: 200 while everything can be done, else 503 and why; nothing has to be restarted for
/// that to end.
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
