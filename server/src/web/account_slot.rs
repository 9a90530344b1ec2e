//! Account slots: up to eight accounts in one browser. `/` is slot 0, `/u/1/` to `/u/7/` are the
//! others, and each slot has its own [session cookie](session_cookie).

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, request::Parts},
    response::Response,
};

use super::{
    client_info::ClientInfo,
    render::{self, RenderContext},
    session_cookie,
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
    pub fn of(number: u8, headers: &HeaderMap, is_https: bool) -> Self {
        let secret = session_cookie::read(number, headers, is_https);
        Self {
            number,
            secret: secret.map(SecretHash::of),
        }
    }
}

impl FromRequestParts<Arc<AppState>> for AccountSlot {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        let is_https = ClientInfo::in_request(parts, state).is_https;
        match slot_number(parts).await {
            Some(number) => Ok(Self::of(number, &parts.headers, is_https)),
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
