//! `/pkg/{file}`: the parts of the browser's bundle.

use std::{borrow::Cow, sync::Arc};

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};

use super::render::{self, RenderContext};
use crate::{site, state::AppState};

/// A part of the bundle, as small as the browser takes it.
pub async fn asset(
    State(state): State<Arc<AppState>>,
    file: Result<Path<String>, PathRejection>,
    context: RenderContext,
    headers: HeaderMap,
) -> Response {
    let file = file.map_or_else(|_| String::new(), |Path(file)| file);
    let Some(kind) = content_type(&file) else {
        return render::not_found(&state, 0, context).await;
    };
    for (encoding, ending) in accepted(&headers) {
        let Some(bytes) = state.site.read(&format!("pkg/{file}{ending}")) else {
            continue;
        };
        let mut response = bytes.into_owned().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let caching = HeaderValue::from_static(site::CACHING);
        headers.insert(header::CACHE_CONTROL, caching);
        if let Some(encoding) = encoding {
            let encoding = HeaderValue::from_static(encoding);
            headers.insert(header::CONTENT_ENCODING, encoding);
        }
        return response;
    }
    render::not_found(&state, 0, context).await
}

/// What the browser takes (RFC 9110, section 12.5.3), smallest first, with the file's ending.
fn accepted(headers: &HeaderMap) -> impl Iterator<Item = (Option<&'static str>, &'static str)> {
    let accepted: Cow<'_, str> = headers
        .get(header::ACCEPT_ENCODING)
        .map_or(Cow::Borrowed(""), |value| {
            String::from_utf8_lossy(value.as_bytes())
        });
    let takes = |encoding: &str| {
        accepted.split(',').any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            parts.next() == Some(encoding) && !parts.any(|q| matches!(q, "q=0" | "q=0.0"))
        })
    };
    let (brotli, gzip) = (takes("br"), takes("gzip"));
    [
        (brotli, (Some("br"), ".br")),
        (gzip, (Some("gzip"), ".gz")),
        (true, (None, "")),
    ]
    .into_iter()
    .filter_map(|(takes, form)| takes.then_some(form))
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

    fn forms(accept: &str) -> Vec<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accept.parse().expect("a value"));
        accepted(&headers).map(|(_, ending)| ending).collect()
    }

    #[test]
    fn the_browser_gets_the_smallest_form_that_it_takes() {
        assert_eq!(forms("gzip, deflate, br"), [".br", ".gz", ""]);
        assert_eq!(forms("gzip;q=0.5"), [".gz", ""]);
        assert_eq!(forms("br;q=0, identity"), [""]);
    }
}
