//! Signing in and out with plain HTML forms, which work without scripts.

use std::sync::Arc;

use app::initial_data::{self, Page, SignIn};
use axum::{
    extract::{Form, State, rejection::FormRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use protocol::{Code, Nickname, Refusal, RoomName};
use serde::Deserialize;

use super::{
    account_slot::{self, AccountSlot},
    client_info::ClientInfo,
    error_page::error_page,
    pages,
    render::{self, RenderContext},
    status,
};
use crate::{
    commands::chosen_nickname,
    error,
    rate_limit::{Budget, Requester},
    secret,
    state::AppState,
    store::{
        now_ms,
        users::{self, SecretHash},
    },
    writer::{self, ReserveNickname},
};

/// The fields of the sign-in form, as the user typed them.
#[derive(Default, Deserialize)]
pub struct SignInForm {
    #[serde(default)]
    nickname: String,
    #[serde(default)]
    room: String,
}

/// `POST /`: signs the user in and redirects to the room, or to the list of rooms if the field is
/// empty.
///
/// A refusal shows the form again, with everything that was typed and the refusal's sentence beside
/// its field.
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
    let nickname = chosen_nickname::parse(&state.config, &typed.nickname);
    let room = match typed.room.trim() {
        "" => Ok(None),
        room => canonical_room(&state, room).map(Some),
    };
    let (nickname, room) = match (nickname, room) {
        (Ok(nickname), Ok(room)) => (nickname, room),
        (nickname, room) => {
            return redisplay(&state, &slot, context, typed, nickname.err(), room.err()).await;
        }
    };
    match reserve_nickname(&state, &slot, &client, nickname).await {
        Ok(new_secret) => {
            let path = match room {
                Some(room) => initial_data::room_path(slot.number, &room),
                None => format!("{}/", initial_data::base(slot.number)),
            };
            let mut response = Redirect::to(&path).into_response();
            if let Some(secret) = new_secret {
                let cookie = account_slot::set_cookie(slot.number, Some(&secret), &client);
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(refusal) => redisplay(&state, &slot, context, typed, Some(refusal), None).await,
    }
}

/// `POST /sign-out`: ends the session, the user's sockets and the nickname reservation.
pub async fn sign_out(
    State(state): State<Arc<AppState>>,
    slot: AccountSlot,
    client: ClientInfo,
    context: RenderContext,
) -> Response {
    if let Some(secret) = slot.secret {
        let read = state
            .store
            .read(move |db| users::session(db, secret, now_ms()));
        let signed_out = match read.await {
            Ok(Some(session)) if session.grant.is_none() => {
                state.writer.sign_out(session.user).await
            }
            // Only the command line can remove a bot, even if its token was put into a cookie.
            Ok(_) => Ok(()),
            Err(error) => Err(error::unavailable(error)),
        };
        if let Err(refusal) = signed_out {
            return error_page(&state, &slot, context, refusal).await;
        }
    }
    let path = format!("{}/", initial_data::base(slot.number));
    let mut response = Redirect::to(&path).into_response();
    let cookie = account_slot::set_cookie(slot.number, None, &client);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    response
}

/// The room's name as it is stored, which may differ in case from what was typed.
fn canonical_room(state: &AppState, typed: &str) -> Result<String, Refusal> {
    let name = RoomName::parse(typed)?;
    state.hub.look_up(name.as_str()).map(|(name, ..)| name)
}

/// Reserves the nickname. Returns the secret of the new session, or none if the browser's session
/// continues.
async fn reserve_nickname(
    state: &AppState,
    slot: &AccountSlot,
    client: &ClientInfo,
    nickname: Nickname,
) -> Result<Option<String>, Refusal> {
    let from = Requester::at(client.address);
    state.rate_limiter.take(from, Budget::SignIns, 1)?;
    if let Some(secret) = slot.secret {
        // A valid session continues with the same user, even under another nickname if the old one
        // was taken.
        let wanted = ReserveNickname {
            secret,
            nickname: nickname.clone(),
        };
        match state.writer.reserve_nickname(wanted).await {
            Ok(()) => return Ok(None),
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
        reservation: state.config.nickname_reservation(),
        secret: SecretHash::of(&secret),
    };
    state.writer.sign_in(sign_in).await?;
    Ok(Some(secret))
}

/// The form again, with the refusals of its fields.
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
