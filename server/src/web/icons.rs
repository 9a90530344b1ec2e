//! The web app manifest (W3C) and its icons, for a home screen.
//!
//! The PNGs are renderings of `icon.svg` by a browser, for systems that do not support SVG icons.

use std::sync::LazyLock;

use axum::{http::HeaderMap, response::Response};
use bytes::Bytes;

use super::static_files;
use crate::site::StaticFile;

/// The names have no hash, so browsers request these files again once a day.
const CACHE_CONTROL: &str = "public, max-age=86400";

static MANIFEST: LazyLock<StaticFile> =
    LazyLock::new(|| embedded(include_bytes!("../../../public/manifest.webmanifest")));
static ICON_SVG: LazyLock<StaticFile> =
    LazyLock::new(|| embedded(include_bytes!("../../../public/icon.svg")));
static ICON_192: LazyLock<StaticFile> =
    LazyLock::new(|| embedded(include_bytes!("../../../public/icon-192.png")));
static ICON_512: LazyLock<StaticFile> =
    LazyLock::new(|| embedded(include_bytes!("../../../public/icon-512.png")));

/// `GET /manifest.webmanifest`
pub async fn manifest(headers: HeaderMap) -> Response {
    cached(&headers, &MANIFEST, "application/manifest+json")
}

/// `GET /icon.svg`
pub async fn icon_svg(headers: HeaderMap) -> Response {
    cached(&headers, &ICON_SVG, "image/svg+xml")
}

/// `GET /icon-192.png`
pub async fn icon_192(headers: HeaderMap) -> Response {
    cached(&headers, &ICON_192, "image/png")
}

/// `GET /icon-512.png`
pub async fn icon_512(headers: HeaderMap) -> Response {
    cached(&headers, &ICON_512, "image/png")
}

fn cached(headers: &HeaderMap, file: &StaticFile, content_type: &'static str) -> Response {
    static_files::respond(headers, file.clone(), content_type, CACHE_CONTROL)
}

fn embedded(bytes: &'static [u8]) -> StaticFile {
    StaticFile::new(Bytes::from_static(bytes))
}
