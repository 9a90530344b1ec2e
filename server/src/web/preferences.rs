//! How a browser's device wants its pages. The page's scripts set these cookies; they are no
//! secrets and belong to nobody in particular, so what cannot be read is as good as not there.

use app::initial_data::{Preferences, Theme};
use axum::http::HeaderMap;

use super::cookies::cookie;

/// A reader's clock is ahead of UTC, or behind it, by a day at most.
const DAY_MINUTES: i16 = 24 * 60;

/// What the cookies `theme`, `density`, `keys` and `tz` say.
pub fn of(headers: &HeaderMap) -> Preferences {
    let said = |name| cookie(headers, name).unwrap_or_default();
    let theme = match said("theme") {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    };
    let minutes_ahead = said("tz").parse().ok();
    let minutes_ahead = minutes_ahead.filter(|ahead| (-DAY_MINUTES..=DAY_MINUTES).contains(ahead));
    Preferences {
        theme,
        is_compact: said("density") == "compact",
        has_combined_keys_only: said("keys") == "combined",
        minutes_ahead: minutes_ahead.unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    fn device(cookies: &[u8]) -> Preferences {
        let mut headers = HeaderMap::new();
        let cookies = HeaderValue::from_bytes(cookies).expect("a header value");
        headers.insert(header::COOKIE, cookies);
        of(&headers)
    }

    #[test]
    fn a_device_is_as_its_cookies_say() {
        let dark = Preferences {
            theme: Some(Theme::Dark),
            is_compact: true,
            has_combined_keys_only: true,
            minutes_ahead: -210,
        };
        assert_eq!(
            device(b"parlor_0=5f0c; theme=dark; density=compact; keys=combined; tz=-210"),
            dark
        );
        assert_eq!(device(b"theme=light").theme, Some(Theme::Light));
        for (tz, ahead) in [("tz=1440", 1440), ("tz=-1440", -1440), ("tz=0", 0)] {
            assert_eq!(device(tz.as_bytes()).minutes_ahead, ahead);
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_there() {
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
                device(cookies),
                Preferences::default(),
                "{}",
                cookies.escape_ascii()
            );
        }
    }
}
