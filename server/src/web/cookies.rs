//! Reads single cookies from the `Cookie` header (RFC 6265, section 4.2).

use axum::http::{HeaderMap, header};
use cookie::Cookie;

/// The value of the first cookie of this name.
///
/// Every pair is parsed on its own. Other software on the same host may have set cookies that are
/// malformed or not UTF-8; these are skipped, and Parlor's own cookies are still found.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| Cookie::parse(std::str::from_utf8(pair).ok()?).ok())
        .find(|cookie| cookie.name() == name)?
        .value_raw()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn malformed_cookies_do_not_hide_the_others() {
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
