//! Account slots: up to eight accounts in one browser. `/` is slot 0, `/u/1/` to `/u/7/` are the
//! others, and each slot has its own [session cookie](session_cookie).

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, request::Parts},
    response::Response,
};
use protocol::Refusal;

use super::{
    client_info::ClientInfo,
    error_page::error_page,
    render::{self, RenderContext},
    session_cookie,
};
use crate::{
    error::unavailable,
    limits::ACCOUNT_SLOTS,
    state::AppState,
    store::{
        now_ms,
        users::{self, SecretHash},
    },
};

/// The account slot of a request.
#[derive(Clone, Debug)]
pub struct AccountSlot {
    /// From 0 to [`ACCOUNT_SLOTS`] - 1.
    pub number: u8,
    /// The hash of the session secret in the slot's cookie. The session may have ended.
    pub secret: Option<SecretHash>,
    /// Whether the session has to get a new secret with the next page, because its cookie has the
    /// plain name, from before an upgrade.
    pub must_replace: bool,
}

impl AccountSlot {
    /// The slot of this number, with the session from its cookie. A cookie that somebody else may
    /// have planted counts only if its session is older than the names that prevent this.
    ///
    /// # Errors
    /// Those of a store that cannot be read.
    pub async fn of(
        state: &AppState,
        number: u8,
        headers: &HeaderMap,
        is_https: bool,
    ) -> Result<Self, Refusal> {
        let mut slot = Self {
            number,
            secret: None,
            must_replace: false,
        };
        let Some(sent) = session_cookie::read(number, headers, is_https) else {
            return Ok(slot);
        };
        let secret = SecretHash::of(sent.secret);
        if sent.may_be_planted {
            let read = state
                .store
                .read(move |db| users::session(db, secret, now_ms()));
            let session = read.await.map_err(unavailable)?;
            if !session.is_some_and(|session| session.has_plain_cookie) {
                return Ok(slot);
            }
            slot.must_replace = true;
        }
        slot.secret = Some(secret);
        Ok(slot)
    }
}

impl FromRequestParts<Arc<AppState>> for AccountSlot {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        let is_https = ClientInfo::in_request(parts, state).is_https;
        let Some(number) = slot_number(parts).await else {
            return Err(render::not_found(state, 0, RenderContext::of(parts)).await);
        };
        match Self::of(state, number, &parts.headers, is_https).await {
            Ok(slot) => Ok(slot),
            Err(refusal) => Err(error_page(state, number, RenderContext::of(parts), refusal).await),
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
