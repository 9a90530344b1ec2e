//! The security headers of every response.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use leptos::nonce::Nonce;

use super::client_info::ClientInfo;

/// The policy of everything that is not a page: nothing may run in it, load into it or embed it.
const NOTHING_ALLOWED: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// A year, without the names below this one, which may belong to other servers (RFC 6797).
const HTTPS_ONLY: &str = "max-age=31536000";

/// What no page of Parlor needs. Only features that browsers know are listed, because they warn
/// about others.
const NO_FEATURES: &str = "camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
     idle-detection=(), magnetometer=(), microphone=(), midi=(), payment=(), \
     publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

/// The headers that are the same in every response.
const ALWAYS: [(HeaderName, &str); 6] = [
    // Browsers must not guess content types, …
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // … nor tell other sites which room a user came from, …
    (header::REFERRER_POLICY, "same-origin"),
    // … nor let them embed, load or script anything of this server, …
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    // … nor offer features that a script injected into a page could abuse.
    (HeaderName::from_static("permissions-policy"), NO_FEATURES),
];

/// Adds the security headers. No cache may store a response that does not say otherwise: it may
/// be personal, as those of the API are.
pub async fn protect(client: ClientInfo, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if client.is_https_only() {
        let value = HeaderValue::from_static(HTTPS_ONLY);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, NOTHING_ALLOWED),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        let value = HeaderValue::from_static(value);
        headers.entry(name).or_insert(value);
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
