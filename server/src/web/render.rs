//! Lets Leptos draw a page, with what it needs as context.

use app::first_paint::FirstPaint;
use axum::{
    body::Body,
    http::{HeaderValue, Request, StatusCode, Uri, header},
    response::Response,
};
use leptos::nonce::Nonce;
use leptos::prelude::provide_context;

use super::headers;
use crate::house::House;

/// Draws the page at `uri`. Personal pages are kept by nobody.
pub async fn page(house: &House, status: StatusCode, uri: Uri, paint: FirstPaint) -> Response {
    let nonce = Nonce::new();
    let policy = headers::page_policy(&nonce);
    let assets = house.site.assets.clone();
    let context = move || {
        provide_context(nonce.clone());
        provide_context(paint.clone());
    };
    let shell = move || app::shell(assets.clone());
    let render = leptos_axum::render_app_async_with_context(context, shell);
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri;
    let mut response = render(request).await;
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let policy = HeaderValue::from_str(&policy).expect("a nonce is base64");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page that says that there is none.
pub async fn nothing_here(house: &House, seat: u8, uri: Uri) -> Response {
    page(
        house,
        StatusCode::NOT_FOUND,
        uri,
        FirstPaint::NotFound { seat },
    )
    .await
}
