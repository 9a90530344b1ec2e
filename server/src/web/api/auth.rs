//! Authentication of bots by bearer token (RFC 6750).

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use protocol::{Code, Refusal, UserId};

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
    /// Finds the bot by the secret of its token, which came from this address. The session secret
    /// of a user who is not a bot finds none.
    ///
    /// # Errors
    /// [`Code::TooManySignIns`] if the address has sent too many secrets that find none; those of a
    /// store that cannot be read.
    pub async fn find(
        state: &AppState,
        secret: &str,
        address: Option<IpAddr>,
    ) -> Result<Option<Self>, Refusal> {
        let from = Requester::at(address);
        let secret = SecretHash::of(secret);
        let session = state
            .store
            .read(move |db| users::session(db, secret, now_ms()));
        let session = session.await.map_err(error::unavailable)?;
        let bot = session.filter(|session| session.grant.is_some());
        if bot.is_none() {
            // A secret that finds none counts as a sign-in. A valid one costs nothing.
            state.rate_limiter.take(from, Budget::SignIns, 1)?;
        }
        Ok(bot.map(|session| Self {
            user: session.user,
            name: session.nickname,
            permissions: Permissions::of(session.grant),
            address: from.address,
        }))
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
                let bot = Self::find(state, secret, client.address).await?;
                let bot = bot.ok_or_else(|| {
                    let sentence =
                        "That token is not valid. Create one with “parlor token create”.";
                    ApiError::new(Code::BadToken, sentence)
                })?;
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
