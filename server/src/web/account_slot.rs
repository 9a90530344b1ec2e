//! Account slots: up to eight accounts in one browser. `/` is slot 0, `/u/1/` to `/u/7/` are the
//! others, and each slot has its own session cookie, `parlor_<slot>`.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, HeaderValue, request::Parts},
    response::Response,
};
use cookie::{Cookie, SameSite, time::Duration};
use protocol::limits;

use super::{
    client_info::ClientInfo,
    cookies::cookie,
    render::{self, RenderContext},
};
use crate::{limits::ACCOUNT_SLOTS, state::AppState, store::users::SecretHash};

/// The account slot of a request.
#[derive(Clone, Debug)]
pub struct AccountSlot {
    /// From 0 to [`ACCOUNT_SLOTS`] - 1.
    pub number: u8,
    /// The hash of the session secret in the slot's cookie. The session may have ended.
    pub secret: Option<SecretHash>,
}

impl AccountSlot {
    /// The slot of this number, with the session from its cookie.
    pub fn of(number: u8, headers: &HeaderMap) -> Self {
        Self {
            number,
            secret: cookie(headers, &cookie_name(number)).map(SecretHash::of),
        }
    }
}

impl FromRequestParts<Arc<AppState>> for AccountSlot {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        match slot_number(parts).await {
            Some(number) => Ok(Self::of(number, &parts.headers)),
            None => Err(render::not_found(state, 0, RenderContext::of(parts)).await),
        }
    }
}

/// The number of the path's account slot: 0 for a path without `/u/…`, and none if the path names
/// no slot.
pub async fn slot_number(parts: &mut Parts) -> Option<u8> {
    // A path that is not UTF-8 is rejected here, and names no slot either.
    let params = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    match params.iter().find(|(name, _)| *name == "slot") {
        None => Some(0),
        // Only the canonical spelling counts, not "01" or "+1".
        Some((_, text)) => text
            .parse()
            .ok()
            .filter(|n: &u8| *n < ACCOUNT_SLOTS && n.to_string() == text),
    }
}

/// The `Set-Cookie` header (RFC 6265, section 4.1) of a slot's session.
///
/// With a secret, the cookie lives for [`limits::SESSION_DAYS`] from now on; without one, the
/// browser deletes it.
pub fn set_cookie(slot: u8, secret: Option<&str>, client: &ClientInfo) -> HeaderValue {
    let max_age = match secret {
        Some(_) => Duration::days(limits::SESSION_DAYS),
        None => Duration::ZERO,
    };
    // The path is the same for every slot, so that `/u/new` sees which slots are taken.
    let cookie = Cookie::build((cookie_name(slot), secret.unwrap_or_default()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(max_age)
        .secure(client.is_https);
    HeaderValue::from_str(&cookie.to_string())
        .expect("the secret of a valid session consists of hex digits")
}

/// The session secret that the browser sent, so that a response can extend the cookie's lifetime.
pub fn session_secret(slot: u8, headers: &HeaderMap) -> Option<String> {
    cookie(headers, &cookie_name(slot)).map(str::to_owned)
}

fn cookie_name(slot: u8) -> String {
    format!("parlor_{slot}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_session_cookie_has_every_protective_attribute() {
        let attributes = |secret, is_https| {
            let client = ClientInfo {
                is_https,
                ..ClientInfo::direct()
            };
            let cookie = set_cookie(3, secret, &client);
            let cookie = cookie.to_str().expect("ASCII").to_owned();
            let parts = cookie.split("; ").map(str::to_owned);
            parts.collect::<BTreeSet<_>>()
        };
        let expected = |parts: &[&str]| {
            let parts = parts.iter().map(|part| (*part).to_owned());
            parts.collect::<BTreeSet<_>>()
        };
        let common = ["Path=/", "HttpOnly", "SameSite=Lax"];
        assert_eq!(
            attributes(Some("5f0c"), false),
            expected(&[&common[..], &["parlor_3=5f0c", "Max-Age=2592000"]].concat())
        );
        assert_eq!(
            attributes(None, true),
            expected(&[&common[..], &["parlor_3=", "Max-Age=0", "Secure"]].concat())
        );
    }
}
