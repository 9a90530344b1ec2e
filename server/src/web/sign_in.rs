//! Signing in and out with plain HTML forms, which work without scripts.

use std::sync::Arc;

use app::initial_data::{self, Page, SignIn};
use axum::{
    extract::{
        Form, Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use protocol::{Code, Nickname, Refusal, RoomName};
use serde::Deserialize;

use super::{
    account_slot::AccountSlot,
    client_info::ClientInfo,
    error_page::error_page,
    pages,
    render::{self, RenderContext},
    session_cookie, status,
};
use crate::{
    commands::chosen_nickname,
    error,
    rate_limit::Requester,
    secret,
    state::AppState,
    store::{
        now_ms,
        users::{self, SecretHash},
    },
    writer::{self, ReserveNickname},
};

const NO_COOKIES: &str = "Your browser didn't keep the cookie that signs you in, so you are not signed \
                          in, and the name is free again. Allow cookies for this site, then try again.";

/// The fields of the sign-in form, as the user typed them.
#[derive(Default, Deserialize)]
pub struct SignInForm {
    #[serde(default)]
    nickname: String,
    #[serde(default)]
    room: String,
}

/// The query of `/signed-in`.
#[derive(Default, Deserialize)]
pub struct SignedInQuery {
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    room: String,
}

/// `POST /`: signs the user in and redirects to the room, or to the list of rooms if the field is
/// empty. A new user comes by `/signed-in`.
///
/// A refusal shows the form again, with everything that was typed and the refusal's sentence beside
/// its field.
pub async fn sign_in(
    State(state): State<Arc<AppState>>,
    slot: AccountSlot,
    client: ClientInfo,
    headers: HeaderMap,
    context: RenderContext,
    form: Result<Form<SignInForm>, FormRejection>,
) -> Response {
    let typed = match form {
        Ok(Form(typed)) => typed,
        Err(rejection) => return rejection.into_response(),
    };
    let nickname = Nickname::parse(&typed.nickname);
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
        Ok((secret, is_new)) => {
            let room = room.unwrap_or_default();
            let ticket = is_new.then(|| state.new_sessions.issue(SecretHash::of(&secret)));
            let path = match ticket.flatten() {
                Some(ticket) => signed_in_path(&slot, &ticket, &room),
                None => place(&slot, &room),
            };
            let mut response = Redirect::to(&path).into_response();
            let is_https = client.is_https;
            session_cookie::write(
                &mut response,
                slot.number,
                Some(&secret),
                &headers,
                is_https,
            );
            response
        }
        Err(refusal) => redisplay(&state, &slot, context, typed, Some(refusal), None).await,
    }
}

/// `GET /signed-in`: redirects to the room, as soon as the browser has shown that it keeps the
/// cookie.
///
/// Otherwise nobody has the session, so it ends and the nickname is free again. The form says so.
pub async fn signed_in(
    State(state): State<Arc<AppState>>,
    slot: AccountSlot,
    context: RenderContext,
    query: Result<Query<SignedInQuery>, QueryRejection>,
) -> Response {
    let query = query.map_or_else(|_| SignedInQuery::default(), |Query(query)| query);
    // Without a ticket, this is an old link.
    let lost = state.new_sessions.redeem(&query.ticket);
    let lost = lost.filter(|secret| slot.secret != Some(*secret));
    let Some(secret) = lost else {
        return Redirect::to(&place(&slot, &query.room)).into_response();
    };
    match end_session(&state, secret).await {
        Ok(nickname) => {
            let form = SignIn {
                nickname: nickname.unwrap_or_default(),
                room: query.room,
                nickname_problem: Some(NO_COOKIES.to_owned()),
                ..pages::sign_in_form(&state, &slot)
            };
            render::page(&state, StatusCode::FORBIDDEN, context, Page::SignIn(form)).await
        }
        Err(refusal) => error_page(&state, slot.number, context, refusal).await,
    }
}

/// `POST /sign-out`: ends the session, the user's sockets and the nickname reservation.
pub async fn sign_out(
    State(state): State<Arc<AppState>>,
    slot: AccountSlot,
    client: ClientInfo,
    headers: HeaderMap,
    context: RenderContext,
) -> Response {
    if let Some(secret) = slot.secret
        && let Err(refusal) = end_session(&state, secret).await
    {
        return error_page(&state, slot.number, context, refusal).await;
    }
    let mut response = Redirect::to(&place(&slot, "")).into_response();
    session_cookie::write(&mut response, slot.number, None, &headers, client.is_https);
    response
}

/// Ends a user's session, sockets and reservation. Returns the nickname, if there was a session.
async fn end_session(state: &AppState, secret: SecretHash) -> Result<Option<String>, Refusal> {
    let read = state
        .store
        .read(move |db| users::session(db, secret, now_ms()));
    match read.await.map_err(error::unavailable)? {
        Some(session) if session.grant.is_none() => {
            state.writer.sign_out(session.user).await?;
            Ok(Some(session.nickname))
        }
        // Only the command line can remove a bot, even if its token was put into a cookie.
        _ => Ok(None),
    }
}

/// The path of a room, or of the list of rooms if the name is empty.
fn place(slot: &AccountSlot, room: &str) -> String {
    match room {
        "" => format!("{}/", initial_data::base(slot.number)),
        room => initial_data::room_path(slot.number, room),
    }
}

/// The path that a browser follows to show its new cookie.
fn signed_in_path(slot: &AccountSlot, ticket: &str, room: &str) -> String {
    let base = initial_data::base(slot.number);
    let query = serde_urlencoded::to_string([("ticket", ticket), ("room", room)]);
    format!("{base}/signed-in?{}", query.unwrap_or_default())
}

/// The room's name as it is stored, which may differ in case from what was typed.
fn canonical_room(state: &AppState, typed: &str) -> Result<String, Refusal> {
    let name = RoomName::parse(typed)?;
    state.hub.look_up(name.as_str()).map(|(name, ..)| name)
}

/// Reserves the nickname. Returns the session's secret, which is new in any case, and whether the
/// user is new. If the browser's session continued under its old secret, somebody who had planted
/// it there would share it (session fixation).
async fn reserve_nickname(
    state: &AppState,
    slot: &AccountSlot,
    client: &ClientInfo,
    nickname: Nickname,
) -> Result<(String, bool), Refusal> {
    let may_be_reserved = chosen_nickname::check(&state.config, &nickname);
    let from = Requester::at(client.address);
    state.rate_limiter.take_sign_in(from)?;
    let secret = secret::new();
    if let Some(old_secret) = slot.secret {
        // A valid session continues with the same user, even under another nickname if the old one
        // was taken.
        let wanted = ReserveNickname {
            old_secret,
            secret: SecretHash::of(&secret),
            nickname: nickname.clone(),
            may_be_reserved: may_be_reserved.clone(),
        };
        match state.writer.reserve_nickname(wanted).await {
            Ok(()) => return Ok((secret, false)),
            Err(refusal) if refusal.code == Code::BadToken => {}
            Err(refusal) => return Err(refusal),
        }
    }
    if !state.config.guests {
        return Err(Code::GuestsOff.into());
    }
    let sign_in = writer::SignIn {
        nickname,
        may_be_reserved,
        reservation: state.config.nickname_reservation(),
        secret: SecretHash::of(&secret),
    };
    state.writer.sign_in(sign_in).await?;
    Ok((secret, true))
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
