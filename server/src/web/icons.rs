//! What a home screen asks for: the web app manifest (W3C) and the icons that it names. The PNGs
//! are `icon.svg`, drawn once by a browser, for the systems that take no SVG.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// Without a hash in their names, these are asked for again once a day.
const CACHING: &str = "public, max-age=86400";

/// `/manifest.webmanifest`
pub async fn manifest() -> Response {
    let manifest = include_bytes!("../../../public/manifest.webmanifest");
    kept("application/manifest+json", manifest)
}

/// `/icon.svg`
pub async fn drawing() -> Response {
    kept("image/svg+xml", include_bytes!("../../../public/icon.svg"))
}

/// `/icon-192.png`
pub async fn small() -> Response {
    kept("image/png", include_bytes!("../../../public/icon-192.png"))
}

/// `/icon-512.png`
pub async fn large() -> Response {
    kept("image/png", include_bytes!("../../../public/icon-512.png"))
}

fn kept(kind: &'static str, bytes: &'static [u8]) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, CACHING),
    ];
    (headers, bytes).into_response()
}
