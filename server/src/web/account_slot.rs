//! Which of a browser's people is asking. `/` is the first seat, `/u/1/` to `/u/7/` are the others;
//! each has a session cookie of its own, named after it.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use protocol::limits;

use super::{
    client_info::ClientInfo,
    cookies::cookie,
    render::{self, RenderContext},
};
use crate::{state::AppState, store::users::SecretHash};

/// One of the browser's seats, with the session that its cookie names, whether it stands or not.
#[derive(Clone, Debug)]
pub struct AccountSlot {
    pub number: u8,
    pub secret: Option<SecretHash>,
}

impl AccountSlot {
    /// The seat of this number.
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
        match number_of(parts).await {
            Some(number) => Ok(Self::of(number, &parts.headers)),
            None => Err(render::nothing_here(state, 0, RenderContext::of(parts)).await),
        }
    }
}

/// The number of the seat that the path names; none if it names what is no seat.
pub async fn number_of(parts: &mut Parts) -> Option<u8> {
    // What is no text is no seat's number either.
    let params = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    match params.iter().find(|(name, _)| *name == "slot") {
        None => Some(0),
        // One way to write each: "01" and "+1" are no seats.
        Some((_, text)) => text
            .parse()
            .ok()
            .filter(|n: &u8| *n < limits::ACCOUNT_SLOTS && n.to_string() == text),
    }
}

/// `Set-Cookie` (RFC 6265, section 4.1) for a session that stands for a user as long as it is used, or that is over.
pub fn set_cookie(seat: u8, secret: Option<&str>, client: &ClientInfo) -> HeaderValue {
    let days = if secret.is_some() {
        limits::SESSION_DAYS
    } else {
        0
    };
    let cookie = format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}",
        cookie_name(seat),
        secret.unwrap_or_default(),
        days * 24 * 60 * 60,
        if client.is_https { "; Secure" } else { "" },
    );
    HeaderValue::from_str(&cookie)
        .expect("secrets are hex digits: one that is not was never let in")
}

/// The session's secret as the browser sent it, to be sent back with a new time to live.
pub fn sent_secret(seat: u8, headers: &HeaderMap) -> Option<String> {
    cookie(headers, &cookie_name(seat)).map(str::to_owned)
}

/// Answers with `See Other` (RFC 9110, section 15.4.4).
pub fn see_other(path: &str) -> Response {
    let location = HeaderValue::from_str(path).expect("paths are percent-encoded");
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Paths differ by name and not by the cookie's own `Path`, so that `/u/new` sees which are free.
fn cookie_name(seat: u8) -> String {
    format!("parlor_{seat}")
}
