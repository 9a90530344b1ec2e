//! The sign-in form and the way out: plain HTML forms, which work without scripts.

use std::sync::Arc;

use app::initial_data::{self, Page, SignIn};
use axum::{
    extract::{Form, State, rejection::FormRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use protocol::{Code, Nickname, Refusal, RoomName};
use serde::Deserialize;

use super::{
    account_slot::{self, AccountSlot},
    client_info::ClientInfo,
    pages,
    render::{self, RenderContext},
    status,
};
use crate::{
    commands, secret,
    state::AppState,
    store::users::SecretHash,
    writer::{self, Authenticate},
};

/// What was typed.
#[derive(Default, Deserialize)]
pub struct SignInForm {
    #[serde(default)]
    nickname: String,
    #[serde(default)]
    room: String,
}

/// `POST /`: claims the nickname and goes to the room. A refusal shows the form again, with its
/// sentence beside the field and everything as it was typed.
pub async fn sign_in(
    State(state): State<Arc<AppState>>,
    slot: AccountSlot,
    client: ClientInfo,
    context: RenderContext,
    form: Result<Form<SignInForm>, FormRejection>,
) -> Response {
    let typed = match form {
        Ok(Form(typed)) => typed,
        Err(rejection) => return rejection.into_response(),
    };
    let nickname = Nickname::parse(&typed.nickname);
    // Without a room one comes to the list of rooms.
    let room = match typed.room.trim() {
        "" => Ok(None),
        room => room_of(&state, room).map(Some),
    };
    let (nickname, room) = match (nickname, room) {
        (Ok(nickname), Ok(room)) => (nickname, room),
        (nickname, room) => {
            return redisplay(&state, &slot, context, typed, nickname.err(), room.err()).await;
        }
    };
    match claim(&state, &slot, &client, nickname).await {
        Ok(new_secret) => {
            let place = match room {
                Some(room) => initial_data::room_path(slot.number, &room),
                None => format!("{}/", initial_data::base(slot.number)),
            };
            let mut response = account_slot::see_other(&place);
            if let Some(secret) = new_secret {
                let cookie = account_slot::set_cookie(slot.number, Some(&secret), &client);
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(refusal) => redisplay(&state, &slot, context, typed, Some(refusal), None).await,
    }
}

/// `POST /sign-out`: ends the session, the user's sockets, and the hold on the nickname.
pub async fn sign_out(
    State(state): State<Arc<AppState>>,
    slot: AccountSlot,
    client: ClientInfo,
    context: RenderContext,
) -> Response {
    if let Some(secret) = slot.secret {
        let read = state
            .store
            .read(move |db| crate::store::users::session(db, secret, crate::store::now_ms()));
        let signed_out = match read.await {
            Ok(Some(session)) if session.grant.is_none() => {
                state.writer.sign_out(session.user).await
            }
            // A bot is ended on the command line, and not by who knows its token.
            Ok(_) => Ok(()),
            Err(error) => Err(commands::unavailable(error)),
        };
        if let Err(refusal) = signed_out {
            return pages::error_page(&state, &slot, context, refusal).await;
        }
    }
    let mut response = account_slot::see_other(&format!("{}/", initial_data::base(slot.number)));
    let cookie = account_slot::set_cookie(slot.number, None, &client);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

/// The room's name as it is written, whoever typed it how.
fn room_of(state: &AppState, typed: &str) -> Result<String, Refusal> {
    let name = RoomName::parse(typed)?;
    state.hub.look_up(name.as_str()).map(|(name, ..)| name)
}

/// Returns the secret of a new session; none if the browser's own goes on.
async fn claim(
    state: &AppState,
    slot: &AccountSlot,
    client: &ClientInfo,
    nickname: Nickname,
) -> Result<Option<String>, Refusal> {
    state.ip_limiter.allow_sign_in(client.address)?;
    if let Some(secret) = slot.secret {
        // Who comes back is the same user, also under another nickname if the old one is taken.
        let arrival = Authenticate {
            secret,
            nickname: Some(nickname.clone()),
            send_queue: None,
            token: None,
        };
        match state.writer.authenticate(arrival).await {
            Ok(_) => return Ok(None),
            Err(refusal) if refusal.code == Code::BadToken => {}
            Err(refusal) => return Err(refusal),
        }
    }
    if !state.config.guests {
        return Err(Code::GuestsOff.into());
    }
    let secret = secret::new();
    let sign_in = writer::SignIn {
        nickname,
        reservation: state.config.hold(),
        secret: SecretHash::of(&secret),
    };
    state.writer.sign_in(sign_in).await?;
    Ok(Some(secret))
}

async fn redisplay(
    state: &AppState,
    slot: &AccountSlot,
    context: RenderContext,
    typed: SignInForm,
    nickname: Option<Refusal>,
    room: Option<Refusal>,
) -> Response {
    let code = nickname
        .as_ref()
        .or(room.as_ref())
        .map(|refusal| refusal.code);
    let status = code.map_or(StatusCode::UNPROCESSABLE_ENTITY, status::of);
    let form = SignIn {
        nickname: typed.nickname,
        room: typed.room,
        nickname_problem: nickname.map(|refusal| refusal.message),
        room_problem: room.map(|refusal| refusal.message),
        ..pages::sign_in_form(state, slot)
    };
    render::page(state, status, context, Page::SignIn(form)).await
}
