//! The handlers of the pages.
//!
//! A handler reads everything that its page shows at first before Leptos renders the page, so the
//! page is complete without scripts.

use std::sync::Arc;

use app::initial_data::{self, Chat, Conversation, Page, SignIn};
use axum::{
    extract::{
        FromRequestParts, Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use protocol::{Nickname, Refusal, RoomKind, UserId, is_direct, limits, name};
use serde::Deserialize;

use super::{
    account_slot::AccountSlot,
    client_info::ClientInfo,
    error_page::error_page,
    render::{self, RenderContext},
    session_cookie,
    viewer::{self, Viewer},
};
use crate::{
    error,
    limits::ACCOUNT_SLOTS,
    secret,
    state::AppState,
    store::{self, events, game_messages, read_markers, rooms, users::SecretHash},
};

/// The query of the start page: `room` fills the sign-in form's field.
#[derive(Deserialize)]
pub struct StartQuery {
    #[serde(default)]
    room: String,
}

/// The path of a room's page.
#[derive(Deserialize)]
pub struct RoomPath {
    room: String,
}

/// The path of a page that starts a private conversation.
#[derive(Deserialize)]
pub struct UserPath {
    nickname: String,
}

/// `GET /`: the sign-in form, or the list of rooms if the user is signed in.
pub async fn start(
    State(state): State<Arc<AppState>>,
    request: PageRequest,
    query: Result<Query<StartQuery>, QueryRejection>,
) -> Response {
    // An invalid query is the same as none.
    let room = query.map_or_else(|_| String::new(), |Query(query)| query.room);
    let nickname_problem = match viewer::find(&state, &request.slot).await {
        Ok(Viewer::SignedIn(user, nickname)) => {
            return request
                .chat_page(&state, user, nickname, ChatTarget::Start)
                .await;
        }
        Ok(Viewer::MustRename(refusal)) => Some(refusal.message),
        Ok(Viewer::SignedOut) => None,
        Err(refusal) => {
            return error_page(&state, request.slot.number, request.context, refusal).await;
        }
    };
    let form = SignIn {
        nickname_problem,
        room,
        ..sign_in_form(&state, &request.slot)
    };
    render::page(&state, StatusCode::OK, request.context, Page::SignIn(form)).await
}

/// `GET /rooms/{room}`: a room or a private conversation.
///
/// Without a session, redirects to the sign-in form. A room's name in another spelling redirects to
/// the stored one.
pub async fn room(
    State(state): State<Arc<AppState>>,
    request: PageRequest,
    params: Result<Path<RoomPath>, PathRejection>,
) -> Response {
    let Ok(Path(RoomPath { room: requested })) = params else {
        return render::not_found(&state, request.slot.number, request.context).await;
    };
    let requested = requested.as_str();
    let (user, nickname) = match viewer::find(&state, &request.slot).await {
        Ok(Viewer::SignedIn(user, nickname)) => (user, nickname),
        // The id of a private conversation is not shown in the form.
        Ok(_) if is_direct(requested) => return see_other(&home(&request.slot)),
        Ok(_) => {
            let query = serde_urlencoded::to_string([("room", requested)]).unwrap_or_default();
            return see_other(&format!("{}?{query}", home(&request.slot)));
        }
        Err(refusal) => {
            return error_page(&state, request.slot.number, request.context, refusal).await;
        }
    };
    let room = if is_direct(requested) {
        requested.to_owned()
    } else {
        match state.hub.look_up(requested) {
            Ok((name, ..)) if name != requested => {
                return see_other(&initial_data::room_path(request.slot.number, &name));
            }
            Ok((name, ..)) => name,
            Err(_) => {
                return render::not_found(&state, request.slot.number, request.context).await;
            }
        }
    };
    request
        .chat_page(&state, user, nickname, ChatTarget::Room(room))
        .await
}

/// `GET /to/{nickname}`: the chat with a new private conversation, if the user is signed in.
pub async fn user(
    State(state): State<Arc<AppState>>,
    request: PageRequest,
    params: Result<Path<UserPath>, PathRejection>,
) -> Response {
    let nickname = params.ok().map(|Path(params)| params.nickname);
    let Some(Ok(other)) = nickname.map(|nickname| Nickname::parse(&nickname)) else {
        return render::not_found(&state, request.slot.number, request.context).await;
    };
    let (user, nickname) = match viewer::find(&state, &request.slot).await {
        Ok(Viewer::SignedIn(user, nickname)) => (user, nickname),
        Ok(_) => return see_other(&home(&request.slot)),
        Err(refusal) => {
            return error_page(&state, request.slot.number, request.context, refusal).await;
        }
    };
    if name::is_same(other.as_str(), &nickname) {
        return render::not_found(&state, request.slot.number, request.context).await;
    }
    request
        .chat_page(&state, user, nickname, ChatTarget::User(other))
        .await
}

/// `GET /u/new`: redirects to the browser's first account slot that is not signed in.
pub async fn free_slot(
    State(state): State<Arc<AppState>>,
    client: ClientInfo,
    context: RenderContext,
    headers: HeaderMap,
) -> Response {
    let slots =
        (0..ACCOUNT_SLOTS).map(|number| AccountSlot::of(&state, number, &headers, client.is_https));
    let free = match futures_util::future::try_join_all(slots).await {
        Ok(slots) => viewer::free_slot(&state, slots).await,
        Err(refusal) => Err(refusal),
    };
    match free {
        Ok(Some(slot)) => return see_other(&home(&slot)),
        Ok(None) => {}
        Err(refusal) => {
            return error_page(&state, 0, context, refusal).await;
        }
    }
    let sentence = format!(
        "This browser already has {} people signed in. Sign one of them out first.",
        ACCOUNT_SLOTS
    );
    let page = Page::Error {
        account_slot: 0,
        sentence,
    };
    render::page(&state, StatusCode::CONFLICT, context, page).await
}

/// `GET /u/3`: redirects to `/u/3/`, the URL of the account slot.
pub async fn add_slash(slot: AccountSlot) -> Response {
    Redirect::permanent(&home(&slot)).into_response()
}

/// The page with status 404 for a path without a route.
pub async fn not_found(State(state): State<Arc<AppState>>, context: RenderContext) -> Response {
    render::not_found(&state, 0, context).await
}

/// The response to a method that the path does not support.
pub async fn wrong_method() -> Response {
    let sentence = "This address doesn't support that method.";
    (StatusCode::METHOD_NOT_ALLOWED, sentence).into_response()
}

/// The empty sign-in form, which suggests the public rooms.
pub fn sign_in_form(state: &AppState, slot: &AccountSlot) -> SignIn {
    SignIn {
        account_slot: slot.number,
        known: slot.secret.is_some(),
        rooms: state.hub.rooms(),
        ..SignIn::default()
    }
}

/// What the URL opens in the chat.
enum ChatTarget {
    Start,
    Room(String),
    User(Nickname),
}

/// Reads the data of the chat page. `room` is none if the user may not see the requested room.
async fn load_chat(
    state: &AppState,
    slot: &AccountSlot,
    user: UserId,
    nickname: String,
    target: ChatTarget,
) -> Result<Chat, store::Error> {
    let (requested, to) = match target {
        ChatTarget::Start => (None, None),
        ChatTarget::Room(room) => (Some(room), None),
        ChatTarget::User(nickname) => (None, Some(nickname.as_str().to_owned())),
    };
    let (directs, games, conversation) = state
        .store
        .read(move |db| {
            let directs = rooms::directs_of(db, user, limits::ROOMS_LISTED, store::now_ms())?;
            let conversation = match requested {
                Some(room) => load_conversation(db, room, user)?,
                None => None,
            };
            let mut games = game_messages::of_user(db, user)?;
            games.truncate(limits::NEWEST);
            Ok((directs, games, conversation))
        })
        .await?;
    let conversation = conversation.map(|mut conversation| {
        // Only the hub knows who is online in a public room. The store knows the two members of a
        // private conversation.
        if conversation.kind == RoomKind::Public
            && let Ok((_, present, online)) = state.hub.look_up(&conversation.room)
        {
            (conversation.users, conversation.members) = present.into_iter().unzip();
            conversation.online = online;
        }
        conversation
    });
    Ok(Chat {
        account_slot: slot.number,
        user,
        nickname,
        rooms: state.hub.rooms(),
        directs,
        games,
        room: conversation,
        to,
    })
}

/// Reads the newest page of a conversation. None if it is a private one of other users.
fn load_conversation(
    db: store::Db<'_>,
    room: String,
    user: UserId,
) -> Result<Option<Conversation>, store::Error> {
    let (kind, users, members) = if is_direct(&room) {
        let Some(direct) = rooms::direct_of(db, user, &room)? else {
            return Ok(None);
        };
        let members = rooms::last_nicknames(db, direct.members)?;
        (RoomKind::Direct, direct.members.into(), members.into())
    } else {
        (RoomKind::Public, Vec::new(), Vec::new())
    };
    let page = events::catch_up(db, &room, None)?;
    Ok(Some(Conversation {
        read: read_markers::of(db, user, &room)?,
        room,
        kind,
        newest: page.end,
        messages: page.messages,
        online: 0,
        members,
        users,
    }))
}

/// What the pages of the chat need to know about a request.
pub struct PageRequest {
    slot: AccountSlot,
    client: ClientInfo,
    headers: HeaderMap,
    context: RenderContext,
}

impl FromRequestParts<Arc<AppState>> for PageRequest {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self {
            slot: AccountSlot::from_request_parts(parts, state).await?,
            client: ClientInfo::in_request(parts, state),
            headers: parts.headers.clone(),
            context: RenderContext::of(parts),
        })
    }
}

impl PageRequest {
    /// The chat page. Every response extends the lifetime of the session cookie.
    async fn chat_page(
        self,
        state: &AppState,
        user: UserId,
        nickname: String,
        target: ChatTarget,
    ) -> Response {
        let slot = &self.slot;
        let needs_room = matches!(target, ChatTarget::Room(_));
        let chat = match load_chat(state, slot, user, nickname, target).await {
            Ok(chat) if chat.room.is_some() || !needs_room => chat,
            Ok(_) => return render::not_found(state, slot.number, self.context).await,
            Err(error) => {
                return error_page(state, slot.number, self.context, error::unavailable(error))
                    .await;
            }
        };
        // A private conversation that already exists has its own URL.
        if let Some(to) = &chat.to
            && let Some(direct) = chat
                .directs
                .iter()
                .find(|it| it.holds && name::is_same(&it.with, to))
        {
            return see_other(&initial_data::room_path(slot.number, &direct.room));
        }
        let replacement = match self.replace_secret(state).await {
            Ok(replacement) => replacement,
            Err(refusal) => return error_page(state, slot.number, self.context, refusal).await,
        };
        let page = Page::Chat(chat);
        let mut response = render::page(state, StatusCode::OK, self.context, page).await;
        let is_https = self.client.is_https;
        let headers = &self.headers;
        let secret = replacement.as_deref().or_else(|| {
            let sent = session_cookie::read(slot.number, headers, is_https);
            sent.map(|sent| sent.secret)
        });
        session_cookie::write(&mut response, slot.number, secret, headers, is_https);
        response
    }

    /// Gives a session whose cookie has the plain name, from before an upgrade, a new secret:
    /// others may know the old one.
    async fn replace_secret(&self, state: &AppState) -> Result<Option<String>, Refusal> {
        let Some(old) = self.slot.secret.filter(|_| self.slot.must_replace) else {
            return Ok(None);
        };
        let secret = secret::new();
        let new = SecretHash::of(&secret);
        state.writer.replace_secret(old, new).await?;
        Ok(Some(secret))
    }
}

/// Redirects with `See Other` (RFC 9110, section 15.4.4).
fn see_other(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The path of an account slot's start page.
fn home(slot: &AccountSlot) -> String {
    format!("{}/", initial_data::base(slot.number))
}
