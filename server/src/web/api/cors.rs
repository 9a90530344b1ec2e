//! Lets pages of other origins use the API (Fetch Standard, section 3.3, CORS protocol).

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header, request::Parts};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{config::ProxyOptions, origin::Origin};

/// How long a browser may remember what is allowed. Chromium accepts no more than two hours.
const MAX_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// The header by which a program names a message, so that sending it again is harmless.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Answers preflight requests, and allows the origins that the operator has listed. Credentials are
/// never allowed: the API needs a token, which a page must have been given, and ignores cookies.
pub fn layer(options: &ProxyOptions) -> CorsLayer {
    let options = options.clone();
    let is_allowed = move |origin: &HeaderValue, _: &Parts| {
        let origin = origin.to_str().ok().and_then(Origin::parse);
        origin.is_some_and(|origin| options.allows(&origin))
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_allowed))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, IDEMPOTENCY_KEY])
        .expose_headers([header::RETRY_AFTER])
        .max_age(MAX_AGE)
}
