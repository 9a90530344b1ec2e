//! Renders a page with Leptos.

use std::convert::Infallible;

use app::initial_data::{InitialData, Page, Preferences};
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderValue, Request, StatusCode, Uri, header, request::Parts},
    response::Response,
};
use leptos::nonce::Nonce;
use leptos::prelude::provide_context;

use super::{preferences, security_headers};
use crate::{clock, state::AppState};

/// What rendering depends on besides the page itself: the URL and the device's preferences.
#[derive(Clone, Debug)]
pub struct RenderContext {
    uri: Uri,
    preferences: Preferences,
}

impl RenderContext {
    /// The context of a request.
    pub fn of(parts: &Parts) -> Self {
        // Leptos needs a path. A request in authority form (RFC 9112, section 3.2.3) has
        // none; it gets the page for a path that does not exist.
        let uri = match parts.uri.path_and_query() {
            Some(_) => parts.uri.clone(),
            None => Uri::from_static("/"),
        };
        Self {
            uri,
            preferences: preferences::of(&parts.headers),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for RenderContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

/// Renders the page. Pages are personal, so no cache may store them.
pub async fn page(
    state: &AppState,
    status: StatusCode,
    context: RenderContext,
    page: Page,
) -> Response {
    let nonce = Nonce::new();
    let policy = security_headers::page_policy(&nonce);
    let assets = state.site.assets.clone();
    let initial_data = InitialData {
        preferences: context.preferences,
        now: clock::wall_ms(),
        page,
    };
    let leptos_context = move || {
        provide_context(nonce.clone());
        provide_context(initial_data.clone());
    };
    let shell = move || app::shell(assets.clone());
    let render = leptos_axum::render_app_async_with_context(leptos_context, shell);
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = context.uri;
    let (parts, body) = render(request).await.into_parts();
    // As a whole its size is known, so that it can be counted for the client's address.
    let html = axum::body::to_bytes(body, usize::MAX).await;
    let html = html.expect("a rendered page is a stream that never fails");
    let mut response = Response::from_parts(parts, Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let policy = HeaderValue::from_str(&policy).expect("a nonce is base64");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page for a path that does not exist, with status 404.
pub async fn not_found(state: &AppState, slot: u8, context: RenderContext) -> Response {
    let page = Page::NotFound { account_slot: slot };
    self::page(state, StatusCode::NOT_FOUND, context, page).await
}
