//! The `Cookie` header (RFC 6265, section 4.2), read one cookie at a time: what other bots of
//! the same host have set, be it no text at all, keeps none of ours from being read.

use axum::http::{HeaderMap, header};

/// The value of the first cookie of this name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.split_once('='))
        .find_map(|(its_name, value)| (its_name.trim() == name).then(|| value.trim()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_is_found_among_whatever_else_there_is() {
        let mut headers = HeaderMap::new();
        assert_eq!(cookie(&headers, "tz"), None);
        for sent in [
            &b"parlor_0=5f0c; theme=d\xffrk; ;=;tz"[..],
            b"Tz=1;tz=-210 ; tz=3",
        ] {
            let value = HeaderValue::from_bytes(sent).expect("a header value");
            headers.append(header::COOKIE, value);
        }
        assert_eq!(cookie(&headers, "parlor_0"), Some("5f0c"));
        assert_eq!(cookie(&headers, "theme"), None);
        assert_eq!(cookie(&headers, "tz"), Some("-210"));
    }
}
