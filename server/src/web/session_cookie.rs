//! The cookie of a session (RFC 6265). Each account slot has its own.
//!
//! Under HTTPS its name is `__Host-parlor_<slot>` (RFC 6265bis, section 4.1.3.2): browsers accept
//! such a cookie only from this very host over TLS, so neither a page of a sibling domain nor
//! somebody in the network can plant one. Under plain HTTP it is `parlor_<slot>`, as it was under
//! HTTPS before. There that name counts only for a session that began before
//! ([`SessionRow::has_plain_cookie`]), so that sessions survive the upgrade, and the first page
//! gets a new secret under the new name.
//!
//! [`SessionRow::has_plain_cookie`]: crate::store::users::SessionRow::has_plain_cookie

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use cookie::{Cookie, SameSite, time::Duration};
use protocol::limits;

use super::cookies::cookie;

/// The session secret that the browser sent for an account slot. The session may have ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SentSecret<'a> {
    pub secret: &'a str,
    /// Whether it came over HTTPS under the plain name, so somebody else may have planted it.
    pub may_be_planted: bool,
}

/// The session secret that the browser sent for this account slot.
pub fn read(slot: u8, request: &HeaderMap, is_https: bool) -> Option<SentSecret<'_>> {
    let protected = is_https.then(|| cookie(request, &protected_name(slot)));
    if let Some(secret) = protected.flatten() {
        return Some(SentSecret {
            secret,
            may_be_planted: false,
        });
    }
    let plain = cookie(request, &plain_name(slot));
    plain.map(|secret| SentSecret {
        secret,
        may_be_planted: is_https,
    })
}

/// Sets the cookie of this account slot.
///
/// With a secret, the cookie lives for [`limits::SESSION_DAYS`] from now on; without one, the
/// browser deletes it.
pub fn write(
    response: &mut Response,
    slot: u8,
    secret: Option<&str>,
    request: &HeaderMap,
    is_https: bool,
) {
    let plain = plain_name(slot);
    let mut cookies = Vec::new();
    if is_https {
        cookies.push(set_cookie(protected_name(slot), secret, true));
        if cookie(request, &plain).is_some() {
            cookies.push(set_cookie(plain, None, true));
        }
    } else {
        cookies.push(set_cookie(plain, secret, false));
    }
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn set_cookie(name: String, secret: Option<&str>, is_https: bool) -> HeaderValue {
    let max_age = match secret {
        Some(_) => Duration::days(limits::SESSION_DAYS),
        None => Duration::ZERO,
    };
    // The path is the same for every slot, so that `/u/new` sees which slots are taken.
    let cookie = Cookie::build((name, secret.unwrap_or_default()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(max_age)
        .secure(is_https);
    HeaderValue::from_str(&cookie.to_string())
        .expect("the secret of a valid session consists of hex digits")
}

fn plain_name(slot: u8) -> String {
    format!("parlor_{slot}")
}

fn protected_name(slot: u8) -> String {
    format!("__Host-parlor_{slot}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn request(cookies: &str) -> HeaderMap {
        let cookies = HeaderValue::from_str(cookies).expect("a header value");
        HeaderMap::from_iter([(header::COOKIE, cookies)])
    }

    /// The attributes of each cookie in the response.
    fn written(secret: Option<&str>, sent: &str, is_https: bool) -> Vec<BTreeSet<String>> {
        let mut response = Response::default();
        write(&mut response, 3, secret, &request(sent), is_https);
        let cookies = response.headers().get_all(header::SET_COOKIE).into_iter();
        let cookies = cookies.map(|it| it.to_str().expect("ASCII"));
        cookies
            .map(|cookie| cookie.split("; ").map(str::to_owned).collect())
            .collect()
    }

    fn attributes(own: &[&str]) -> BTreeSet<String> {
        let common = ["Path=/", "HttpOnly", "SameSite=Lax"];
        let all = common.iter().chain(own);
        all.map(|part| (*part).to_owned()).collect()
    }

    #[test]
    fn a_session_cookie_has_every_protective_attribute() {
        assert_eq!(
            written(Some("5f0c"), "", false),
            [attributes(&["parlor_3=5f0c", "Max-Age=2592000"])]
        );
        assert_eq!(
            written(Some("5f0c"), "", true),
            [attributes(&[
                "__Host-parlor_3=5f0c",
                "Max-Age=2592000",
                "Secure"
            ])]
        );
        assert_eq!(
            written(None, "", true),
            [attributes(&["__Host-parlor_3=", "Max-Age=0", "Secure"])]
        );
    }

    #[test]
    fn under_https_the_old_name_is_read_and_replaced() {
        let sent = |secret, may_be_planted| {
            Some(SentSecret {
                secret,
                may_be_planted,
            })
        };
        assert_eq!(read(3, &request("parlor_3=0ld"), true), sent("0ld", true));
        let both = request("parlor_3=planted; __Host-parlor_3=5f0c");
        assert_eq!(read(3, &both, true), sent("5f0c", false));
        assert_eq!(
            read(3, &both, false),
            sent("planted", false),
            "the only one"
        );
        assert_eq!(read(2, &both, true), None);
        let replaced = [
            attributes(&["__Host-parlor_3=5f0c", "Max-Age=2592000", "Secure"]),
            attributes(&["parlor_3=", "Max-Age=0", "Secure"]),
        ];
        assert_eq!(written(Some("5f0c"), "parlor_3=5f0c", true), replaced);
    }
}
