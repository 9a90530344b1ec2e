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
        admission, api, assets, health, host_check, icons, identify, incoming_webhook,
        origin_check, pages, panic_page, read_budget, route_list::RouteList, security_headers,
        sign_in,
    },
    ws::{echo, handshake},
};

/// The router of the whole server.
pub fn router(state: &Arc<AppState>) -> Router {
    let files = files().into_router().layer(middleware::from_fn_with_state(
        Arc::clone(state),
        read_budget::file,
    ));
    // The last layer is the outermost: the host is checked first.
    let pages = pages(state.config.listening.echo)
        .into_router()
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
    let read_budget = middleware::from_fn_with_state(Arc::clone(state), read_budget::api);
    let hooks = hooks().into_router().layer(read_budget.clone());
    let api = api()
        .into_router()
        .layer(read_budget)
        .layer(api::cors::layer(&state.config.proxies));
    let services = health().into_router().merge(hooks).merge(api);
    with_middleware(pages.merge(services), state)
}

/// The paths of all routes, with parameters in braces.
pub fn paths() -> Vec<String> {
    [pages(true), files(), health(), hooks(), api()]
        .into_iter()
        .flat_map(RouteList::into_paths)
        .collect()
}

/// What browsers ask for, behind the checks of the host and the origin.
///
/// The routes of a user exist once per account slot: slot 0 at `/`, the others at `/u/1/` to
/// `/u/7/`, each with its own cookie and WebSocket.
fn pages(has_echo: bool) -> RouteList {
    let mut routes = RouteList::default()
        .route("/u/new", get(pages::free_slot))
        .route("/u/{slot}", get(pages::add_slash));
    for base in ["", "/u/{slot}"] {
        let at = |path: &str| format!("{base}{path}");
        routes = routes
            .route(&at("/"), get(pages::start).post(sign_in::sign_in))
            .route(&at("/rooms/{room}"), get(pages::room))
            .route(&at("/to/{nickname}"), get(pages::user))
            .route(&at("/signed-in"), get(sign_in::signed_in))
            .route(&at("/sign-out"), post(sign_in::sign_out))
            .route(&at("/ws"), any(handshake::open));
    }
    if has_echo {
        routes = routes.route("/echo", any(echo::open));
    }
    routes.map(|router| router.fallback(pages::not_found))
}

/// The bundle and the icons, which are the same for everybody.
fn files() -> RouteList {
    RouteList::default()
        .route("/pkg/{file}", get(assets::asset))
        .route("/manifest.webmanifest", get(icons::manifest))
        .route("/icon.svg", get(icons::icon_svg))
        .route("/icon-192.png", get(icons::icon_192))
        .route("/icon-512.png", get(icons::icon_512))
}

/// For monitoring, which asks for any host and gets nothing secret.
fn health() -> RouteList {
    RouteList::default()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .map(|router| router.method_not_allowed_fallback(pages::wrong_method))
}

/// Incoming webhooks. They need neither check, because they authenticate by a secret URL.
fn hooks() -> RouteList {
    RouteList::default().nest("/hooks", incoming_webhook::routes())
}

/// The HTTP API. It needs neither check, because it authenticates by a token, which a browser never
/// sends by itself, and ignores cookies.
fn api() -> RouteList {
    RouteList::default()
        .route("/api/v1/", get(api::page))
        .nest("/api/v1", api::routes())
}

/// Adds the middleware that all requests pass. The last layer is the outermost.
pub fn with_middleware(router: Router<Arc<AppState>>, state: &Arc<AppState>) -> Router {
    router
        .layer(DefaultBodyLimit::max(limits::FORM_BYTES))
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            panic_page::respond,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            admission::admit,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            security_headers::protect,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(state),
            identify::identify,
        ))
        .with_state(Arc::clone(state))
}
