//! The preferences of a device, from cookies that the page's scripts set.
//!
//! They are neither secret nor tied to an account. An invalid value counts as missing.

use app::initial_data::{Preferences, Theme};
use axum::http::HeaderMap;

use super::cookies::cookie;

/// A local clock is at most one day ahead of UTC or behind it.
const DAY_MINUTES: i16 = 24 * 60;

/// Reads the cookies `theme`, `density`, `keys` and `tz`.
pub fn of(headers: &HeaderMap) -> Preferences {
    let value = |name| cookie(headers, name).unwrap_or_default();
    let theme = match value("theme") {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    };
    let minutes_ahead = value("tz").parse().ok();
    let minutes_ahead = minutes_ahead.filter(|ahead| (-DAY_MINUTES..=DAY_MINUTES).contains(ahead));
    Preferences {
        theme,
        is_compact: value("density") == "compact",
        has_combined_keys_only: value("keys") == "combined",
        minutes_ahead: minutes_ahead.unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    fn preferences(cookies: &[u8]) -> Preferences {
        let mut headers = HeaderMap::new();
        let cookies = HeaderValue::from_bytes(cookies).expect("a header value");
        headers.insert(header::COOKIE, cookies);
        of(&headers)
    }

    #[test]
    fn the_cookies_are_the_preferences() {
        let dark = Preferences {
            theme: Some(Theme::Dark),
            is_compact: true,
            has_combined_keys_only: true,
            minutes_ahead: -210,
        };
        assert_eq!(
            preferences(b"parlor_0=5f0c; theme=dark; density=compact; keys=combined; tz=-210"),
            dark
        );
        assert_eq!(preferences(b"theme=light").theme, Some(Theme::Light));
        for (tz, ahead) in [("tz=1440", 1440), ("tz=-1440", -1440), ("tz=0", 0)] {
            assert_eq!(preferences(tz.as_bytes()).minutes_ahead, ahead);
        }
    }

    #[test]
    fn an_invalid_value_counts_as_missing() {
        assert_eq!(of(&HeaderMap::new()), Preferences::default());
        for cookies in [
            &b"theme=pink; density=1; keys=all; tz=UTC"[..],
            b"theme=; density=; tz=",
            b"theme; density; tz",
            b"tz=1441",
            b"tz=-1441",
            b"tz=99999999999999999999",
            b"tz=60.5",
            b"Theme=dark; DENSITY=compact",
            b"theme=d\xffrk; tz=\xff",
            b";;=;,",
        ] {
            assert_eq!(
                preferences(cookies),
                Preferences::default(),
                "{}",
                cookies.escape_ascii()
            );
        }
    }
}
