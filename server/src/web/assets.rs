//! `GET /pkg/{file}`: the page's JavaScript, WebAssembly and style sheet, compressed if possible.

use std::{borrow::Cow, sync::Arc};

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};

use super::{
    render::{self, RenderContext},
    static_files,
};
use crate::{site, state::AppState};

/// Sends a file in the smallest content encoding that the browser accepts and the build has made.
pub async fn asset(
    State(state): State<Arc<AppState>>,
    file: Result<Path<String>, PathRejection>,
    context: RenderContext,
    headers: HeaderMap,
) -> Response {
    let file = file.map_or_else(|_| String::new(), |Path(file)| file);
    let Some(content_type) = content_type(&file) else {
        return render::not_found(&state, 0, context).await;
    };
    for (encoding, extension) in accepted_encodings(&headers) {
        let Some(file) = state.site.read(&format!("pkg/{file}{extension}")) else {
            continue;
        };
        let mut response = static_files::respond(&headers, file, content_type, site::CACHE_CONTROL);
        let is_sent = response.status() == StatusCode::OK;
        let headers = response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let (Some(encoding), true) = (encoding, is_sent) {
            let encoding = HeaderValue::from_static(encoding);
            headers.insert(header::CONTENT_ENCODING, encoding);
        }
        return response;
    }
    render::not_found(&state, 0, context).await
}

/// The content encodings that the browser accepts (RFC 9110, section 12.5.3), smallest first, each
/// with the extension of its files. The last one is the plain file.
fn accepted_encodings(
    headers: &HeaderMap,
) -> impl Iterator<Item = (Option<&'static str>, &'static str)> {
    let accepted: Cow<'_, str> = headers
        .get(header::ACCEPT_ENCODING)
        .map_or(Cow::Borrowed(""), |value| {
            String::from_utf8_lossy(value.as_bytes())
        });
    let accepts = |encoding: &str| {
        accepted.split(',').any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            parts.next() == Some(encoding) && !parts.any(|q| matches!(q, "q=0" | "q=0.0"))
        })
    };
    let (brotli, gzip) = (accepts("br"), accepts("gzip"));
    [
        (brotli, (Some("br"), ".br")),
        (gzip, (Some("gzip"), ".gz")),
        (true, (None, "")),
    ]
    .into_iter()
    .filter_map(|(is_accepted, encoding)| is_accepted.then_some(encoding))
}

fn content_type(file: &str) -> Option<&'static str> {
    match file.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        "css" => Some("text/css; charset=utf-8"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extensions(accept: &str) -> Vec<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accept.parse().expect("a value"));
        let encodings = accepted_encodings(&headers);
        encodings.map(|(_, extension)| extension).collect()
    }

    #[test]
    fn the_smallest_accepted_encoding_comes_first() {
        assert_eq!(extensions("gzip, deflate, br"), [".br", ".gz", ""]);
        assert_eq!(extensions("gzip;q=0.5"), [".gz", ""]);
        assert_eq!(extensions("br;q=0, identity"), [""]);
    }
}
