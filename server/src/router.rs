//! Every route of the server, on one screen.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{any, get, post},
};

use crate::{
    limits,
    state::AppState,
    web::{
        api, assets, health, host_check, icons, identify, incoming_webhook, origin_check, pages,
        panic_page, read_budget, security_headers, sign_in,
    },
    ws::{echo, handshake},
};

/// The router of the whole server.
///
/// The routes of a browser exist once per account slot: slot 0 at `/`, the others at `/u/1/` to
/// `/u/7/`, each with its own cookie and WebSocket.
pub fn router(state: &Arc<AppState>) -> Router {
    let files = Router::new()
        .route("/pkg/{file}", get(assets::asset))
        .route("/manifest.webmanifest", get(icons::manifest))
        .route("/icon.svg", get(icons::icon_svg))
        .route("/icon-192.png", get(icons::icon_192))
        .route("/icon-512.png", get(icons::icon_512));
    let mut router = Router::new()
        .route("/u/new", get(pages::free_slot))
        .route("/u/{slot}", get(pages::add_slash));
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
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            read_budget::page,
        ))
        .merge(files)
        .method_not_allowed_fallback(pages::wrong_method)
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            origin_check::require_own_origin,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            host_check::require_own_host,
        ));
    // Monitoring asks for any host, and gets nothing secret.
    let router = router.merge(
        Router::new()
            .route("/healthz", get(health::alive))
            .route("/readyz", get(health::ready))
            .method_not_allowed_fallback(pages::wrong_method),
    );
    // The API and the webhooks need neither check: they authenticate by a token or a secret URL,
    // which a browser never sends by itself, and ignore cookies.
    let api = Router::new()
        .route("/api/v1/", get(api::page))
        .nest("/api/v1", api::routes())
        .nest("/hooks", incoming_webhook::routes())
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            read_budget::api,
        ));
    with_middleware(router.merge(api), state)
}

/// Adds the middleware that all requests pass. The last layer is the outermost.
pub fn with_middleware(router: Router<Arc<AppState>>, state: &Arc<AppState>) -> Router {
    router
        .layer(DefaultBodyLimit::max(limits::FORM_BYTES))
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            panic_page::respond,
        ))
        .layer(middleware::map_response(security_headers::protect))
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            identify::identify,
        ))
        .with_state(Arc::clone(state))
}
