//! Responses for static files: entity tags and conditional requests.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use headers::{ETag, HeaderMapExt, IfNoneMatch};

use crate::site::StaticFile;

/// Answers with the file, or with 304 if the request's `If-None-Match` lists its entity tag
/// (RFC 9110, sections 8.8.3 and 13.1.2).
pub fn respond(
    request: &HeaderMap,
    file: StaticFile,
    content_type: &'static str,
    cache_control: &'static str,
) -> Response {
    let etag = entity_tag(&file);
    let is_cached = request
        .typed_get::<IfNoneMatch>()
        .is_some_and(|tags| !tags.precondition_passes(&etag));
    let mut response = if is_cached {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, content_type)], file.bytes).into_response()
    };
    let headers = response.headers_mut();
    headers.typed_insert(etag);
    let cache_control = HeaderValue::from_static(cache_control);
    headers.insert(header::CACHE_CONTROL, cache_control);
    response
}

/// A strong entity tag: the hash of the bytes that are sent, so each content encoding of a file
/// has its own (RFC 9110, section 8.8.3.3).
fn entity_tag(file: &StaticFile) -> ETag {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(file.sha256))
        .parse()
        .expect("base64 in quotes is an entity tag")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respond_to(if_none_match: Option<&HeaderValue>, content: &'static [u8]) -> Response {
        let mut request = HeaderMap::new();
        if let Some(tags) = if_none_match {
            request.insert(header::IF_NONE_MATCH, tags.clone());
        }
        let file = StaticFile::new(content.into());
        respond(&request, file, "text/css", "no-cache")
    }

    #[test]
    fn an_unchanged_file_is_not_sent_again() {
        let first = respond_to(None, b"a {}");
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[header::CONTENT_TYPE], "text/css");
        let etag = &first.headers()[header::ETAG];
        let again = respond_to(Some(etag), b"a {}");
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(&again.headers()[header::ETAG], etag);
        assert_eq!(again.headers()[header::CACHE_CONTROL], "no-cache");
        let changed = respond_to(Some(etag), b"b {}");
        assert_eq!(changed.status(), StatusCode::OK);
        assert_ne!(&changed.headers()[header::ETAG], etag);
    }
}
