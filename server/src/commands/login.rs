//! `login`: signs in as a new user with a nickname, or as an existing one with a token. The hub
//! answers with `welcome`.

use std::sync::Arc;

use protocol::{Code, Nickname, Refusal};

use super::{
    ConnectionContext, ConnectionGuard, chosen_nickname, join,
    latest_announcement::latest_announcement,
};
use crate::{
    secret,
    store::users::SecretHash,
    writer::{Authenticate, SignIn},
};

pub async fn login(
    context: &mut ConnectionContext,
    nickname: Option<String>,
    token: Option<String>,
    room: Option<String>,
) -> Result<(), Refusal> {
    if context.guard.is_some() {
        return Err(Code::AlreadySignedIn.into());
    }
    let nickname = nickname.as_deref().map(Nickname::parse).transpose()?;
    let state = Arc::clone(&context.state);
    let from = context.address_only();
    let may_be_reserved = match &nickname {
        Some(nickname) => chosen_nickname::check(&state.config, nickname),
        None => Ok(()),
    };
    let (token, nickname) = match (token, nickname) {
        (Some(token), nickname) => (token, nickname),
        (None, Some(nickname)) => {
            state.rate_limiter.take_sign_in(from)?;
            if !state.config.guests {
                return Err(Code::GuestsOff.into());
            }
            let token = secret::new();
            let sign_in = SignIn {
                nickname,
                may_be_reserved: may_be_reserved.clone(),
                reservation: state.config.bot_reservation(),
                secret: SecretHash::of(&token),
            };
            state.writer.sign_in(sign_in).await?;
            (token, None)
        }
        (None, None) => {
            let sentence = "“login” needs a nickname, or the token of an earlier “welcome”.";
            return Err(Refusal::new(Code::BadField, sentence));
        }
    };
    let request = Authenticate {
        secret: SecretHash::of(&token),
        nickname,
        may_be_reserved,
        own_hosts: state
            .config
            .proxies
            .own_hosts()
            .map(str::to_owned)
            .collect(),
        send_queue: Arc::clone(&context.send_queue),
        address: context.address,
        token: Some(token),
    };
    let authenticated = ConnectionGuard::authenticate(&state, request).await;
    let guard =
        authenticated.map_err(|refusal| state.rate_limiter.charge_refusal(from, refusal))?;
    context.set_guard(guard);
    latest_announcement(context).await;
    match room {
        Some(room) => join::join(context, &room, None).await,
        None => Ok(()),
    }
}
