//! Authentication of bots by bearer token (RFC 6750).

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use protocol::{Code, UserId};

use super::problem::ApiError;
use crate::{
    error,
    permissions::Permissions,
    rate_limit::{AddressBlock, Budget, Requester},
    state::AppState,
    store::{
        now_ms,
        users::{self, SecretHash},
    },
    web::client_info::ClientInfo,
    writer::Author,
};

/// A bot that has sent a valid token.
pub struct AuthenticatedBot {
    pub user: UserId,
    pub name: String,
    pub permissions: Permissions,
    address: Option<AddressBlock>,
}

impl AuthenticatedBot {
    /// Finds the bot by the secret of its token, which came from this address.
    ///
    /// # Errors
    /// [`Code::BadToken`], also for the session secret of a user who is not a bot;
    /// [`Code::TooManySignIns`] if the address has sent too many that are not valid.
    pub async fn of(
        state: &AppState,
        secret: &str,
        address: Option<IpAddr>,
    ) -> Result<Self, ApiError> {
        let from = Requester::at(address);
        state.rate_limiter.check(from, Budget::SignIns)?;
        let secret = SecretHash::of(secret);
        let session = state
            .store
            .read(move |db| users::session(db, secret, now_ms()));
        let session = session.await.map_err(error::unavailable)?;
        match session {
            Some(session) if session.grant.is_some() => Ok(Self {
                user: session.user,
                name: session.nickname,
                permissions: Permissions::of(session.grant),
                address: from.address,
            }),
            _ => {
                state.rate_limiter.charge(from, Budget::SignIns, 1);
                Err(ApiError::new(
                    Code::BadToken,
                    "That token is not valid. Create one with “parlor token create”.",
                ))
            }
        }
    }

    /// The author of the bot's messages.
    pub fn author(&self) -> Author {
        Author {
            user: self.user,
            nickname: self.name.clone(),
            alias: None,
            is_bot: true,
            address: self.address,
        }
    }

    /// Whose budgets the bot's requests take from.
    pub fn requester(&self) -> Requester {
        Requester {
            user: Some(self.user),
            address: self.address,
        }
    }
}

impl FromRequestParts<Arc<AppState>> for AuthenticatedBot {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        let Ok(client) = ClientInfo::from_request_parts(parts, state).await;
        match bearer(&parts.headers) {
            Some(secret) => {
                let bot = Self::of(state, secret, client.address).await?;
                if parts.method == Method::GET {
                    state.rate_limiter.take_query(bot.user.into())?;
                }
                Ok(bot)
            }
            None => Err(ApiError::new(
                Code::BadToken,
                "Send your token: “Authorization: Bearer …”.",
            )),
        }
    }
}

/// The token from the header `Authorization: Bearer …` (RFC 6750, section 2.1).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty()).then_some(token)
}
