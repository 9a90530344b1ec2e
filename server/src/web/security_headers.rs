//! The security headers of every response.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};
use leptos::nonce::Nonce;

/// The policy of everything that is not a page: nothing may run in it, load into it or embed it.
const NOTHING_ALLOWED: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// Adds the headers that keep browsers from guessing content types, from showing the response in a
/// frame, and from sending its URL to other sites.
pub async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let policy = HeaderValue::from_static(NOTHING_ALLOWED);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The Content Security Policy (W3C CSP 3) of a page.
///
/// Scripts come from this server or carry the page's nonce, and may compile WebAssembly. Everything
/// else comes from this server, or is not allowed at all.
pub fn page_policy(nonce: &Nonce) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}
