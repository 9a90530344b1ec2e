//! Every route on one screen.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{any, get, post},
};
use protocol::limits;

use crate::{
    state::AppState,
    web::{
        api, assets, health, icons, incoming_webhook, origin, pages, panic_page, security_headers,
        sign_in,
    },
    ws::{echo, handshake},
};

/// The whole of Parlor's HTTP. Each user in a browser has a seat: the first at `/`, the others at
/// `/u/1/` to `/u/7/`, each with a cookie and a socket of its own.
pub fn router(state: &Arc<AppState>) -> Router {
    let mut router = Router::new()
        .route("/u/new", get(pages::next_seat))
        .route("/u/{slot}", get(pages::with_slash))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/pkg/{file}", get(assets::asset))
        .route("/manifest.webmanifest", get(icons::manifest))
        .route("/icon.svg", get(icons::drawing))
        .route("/icon-192.png", get(icons::small))
        .route("/icon-512.png", get(icons::large));
    for base in ["", "/u/{slot}"] {
        let at = |path: &str| format!("{base}{path}");
        router = router
            .route(&at("/"), get(pages::start).post(sign_in::sign_in))
            .route(&at("/rooms/{room}"), get(pages::room))
            .route(&at("/to/{nickname}"), get(pages::user))
            .route(&at("/sign-out"), post(sign_in::sign_out))
            .route(&at("/ws"), any(handshake::open));
    }
    let router = router
        .route("/echo", any(echo::open))
        .fallback(pages::not_found)
        .method_not_allowed_fallback(pages::wrong_method);
    let router = router.layer(middleware::from_fn_with_state(
        Arc::clone(state),
        origin::only_ours,
    ));
    // Of these no browser sends anything by itself that would let somebody in: no cookie counts.
    let router = router
        .route("/api/v1/", get(api::page))
        .nest("/api/v1", api::routes())
        .nest("/hooks", incoming_webhook::routes());
    behind_the_door(router, state)
}

/// What each request passes on its way in and out; the last layer is the outermost.
pub fn behind_the_door(router: Router<Arc<AppState>>, state: &Arc<AppState>) -> Router {
    router
        .layer(DefaultBodyLimit::max(limits::FORM_BYTES))
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            panic_page::respond,
        ))
        .layer(middleware::map_response(security_headers::protect))
        .with_state(Arc::clone(state))
}
