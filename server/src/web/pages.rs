//! The pages, each with all that it shows at first: what it needs is read here, before Leptos draws.

use std::sync::Arc;

use app::initial_data::{self, Chat, Conversation, Page, SignIn};
use axum::{
    extract::{
        FromRequestParts, Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use protocol::{Code, Nickname, Refusal, RoomKind, UserId, is_direct, limits, name};
use serde::Deserialize;

use super::{
    account_slot::{self, AccountSlot},
    client_info::ClientInfo,
    render::{self, RenderContext},
    status,
};
use crate::{
    commands,
    state::AppState,
    store::{self, events, game_messages, read_markers, rooms},
    writer::Authenticate,
};

/// The query of the start page: the room to suggest.
#[derive(Deserialize)]
pub struct StartQuery {
    #[serde(default)]
    room: String,
}

/// The path of a room's page.
#[derive(Deserialize)]
pub struct Params {
    room: String,
}

/// The path of a page that begins a private conversation.
#[derive(Deserialize)]
pub struct UserPath {
    nickname: String,
}

/// `/`: the sign-in form, or the rooms of who is signed in.
pub async fn start(
    State(state): State<Arc<AppState>>,
    request: PageRequest,
    query: Result<Query<StartQuery>, QueryRejection>,
) -> Response {
    // A query that cannot be read wishes for nothing.
    let query = query.map_or_else(|_| String::new(), |Query(query)| query.room);
    let nickname_problem = match authenticate(&state, &request.slot).await {
        Ok(Viewer::Signed(user, nickname)) => {
            return request
                .chat(&state, user, nickname, ChatTarget::Start)
                .await;
        }
        Ok(Viewer::MustRename(refusal)) => Some(refusal.message),
        Ok(Viewer::Nobody) => None,
        Err(refusal) => return error_page(&state, &request.slot, request.context, refusal).await,
    };
    let form = SignIn {
        nickname_problem,
        room: query,
        ..sign_in_form(&state, &request.slot)
    };
    render::page(&state, StatusCode::OK, request.context, Page::SignIn(form)).await
}

/// `/rooms/{room}`: a conversation, for who is signed in.
pub async fn room(
    State(state): State<Arc<AppState>>,
    request: PageRequest,
    params: Result<Path<Params>, PathRejection>,
) -> Response {
    let Ok(Path(Params { room: asked })) = params else {
        return render::nothing_here(&state, request.slot.number, request.context).await;
    };
    let asked = asked.as_str();
    let (user, nickname) = match authenticate(&state, &request.slot).await {
        Ok(Viewer::Signed(user, nickname)) => (user, nickname),
        // A private conversation's address says nothing to who is not signed in.
        Ok(_) if is_direct(asked) => return account_slot::see_other(&home(&request.slot)),
        Ok(_) => {
            let query = serde_urlencoded::to_string([("room", asked)]).unwrap_or_default();
            return account_slot::see_other(&format!("{}?{query}", home(&request.slot)));
        }
        Err(refusal) => return error_page(&state, &request.slot, request.context, refusal).await,
    };
    let place = if is_direct(asked) {
        asked.to_owned()
    } else {
        match state.hub.look_up(asked) {
            Ok((name, ..)) if name != asked => {
                return account_slot::see_other(&initial_data::room_path(
                    request.slot.number,
                    &name,
                ));
            }
            Ok((name, ..)) => name,
            Err(_) => {
                return render::nothing_here(&state, request.slot.number, request.context).await;
            }
        }
    };
    request
        .chat(&state, user, nickname, ChatTarget::Room(place))
        .await
}

/// `/to/{nickname}`: where a private conversation with somebody begins, for who is signed in.
pub async fn user(
    State(state): State<Arc<AppState>>,
    request: PageRequest,
    params: Result<Path<UserPath>, PathRejection>,
) -> Response {
    let asked = params.ok().map(|Path(params)| params.nickname);
    let Some(Ok(other)) = asked.map(|asked| Nickname::parse(&asked)) else {
        return render::nothing_here(&state, request.slot.number, request.context).await;
    };
    let (user, nickname) = match authenticate(&state, &request.slot).await {
        Ok(Viewer::Signed(user, nickname)) => (user, nickname),
        Ok(_) => return account_slot::see_other(&home(&request.slot)),
        Err(refusal) => return error_page(&state, &request.slot, request.context, refusal).await,
    };
    if name::is_same(other.as_str(), &nickname) {
        return render::nothing_here(&state, request.slot.number, request.context).await;
    }
    request
        .chat(&state, user, nickname, ChatTarget::User(other))
        .await
}

/// `/u/new`: to the first seat of this browser where nobody sits.
pub async fn next_seat(
    State(state): State<Arc<AppState>>,
    context: RenderContext,
    headers: HeaderMap,
) -> Response {
    for number in 0..limits::ACCOUNT_SLOTS {
        let slot = AccountSlot::of(number, &headers);
        match authenticate(&state, &slot).await {
            Ok(Viewer::Nobody) => return account_slot::see_other(&home(&slot)),
            // Who only has to choose another nickname sits there as well.
            Ok(Viewer::Signed(..) | Viewer::MustRename(_)) => {}
            Err(refusal) => return error_page(&state, &slot, context, refusal).await,
        }
    }
    let sentence = format!(
        "This browser already has {} people signed in. Sign one of them out first.",
        limits::ACCOUNT_SLOTS
    );
    let page = Page::Error {
        account_slot: 0,
        sentence,
    };
    render::page(&state, StatusCode::CONFLICT, context, page).await
}

/// `/u/3`: the seat's own address ends in a slash.
pub async fn with_slash(slot: AccountSlot) -> Response {
    Redirect::permanent(&home(&slot)).into_response()
}

/// Any other path.
pub async fn not_found(State(state): State<Arc<AppState>>, context: RenderContext) -> Response {
    render::nothing_here(&state, 0, context).await
}

/// A path that is there, asked in a way that it does not know.
pub async fn wrong_method() -> Response {
    let sentence = "This address doesn't support that method.";
    (StatusCode::METHOD_NOT_ALLOWED, sentence).into_response()
}

/// A page with one sentence: what went wrong and what to do.
pub async fn error_page(
    state: &AppState,
    slot: &AccountSlot,
    context: RenderContext,
    refusal: Refusal,
) -> Response {
    let sentence = match refusal.code {
        // Nothing was sent: whoever asked for a page asks for it again.
        Code::StorageUnavailable => {
            "The server can't use its disk right now. Reload this page in a moment.".to_owned()
        }
        _ => refusal.message,
    };
    let page = Page::Error {
        account_slot: slot.number,
        sentence,
    };
    render::page(state, status::of(refusal.code), context, page).await
}

/// The empty form, with the rooms that there are.
pub fn sign_in_form(state: &AppState, slot: &AccountSlot) -> SignIn {
    SignIn {
        account_slot: slot.number,
        known: slot.secret.is_some(),
        rooms: state.hub.rooms(),
        ..SignIn::default()
    }
}

/// Who sits here.
enum Viewer {
    Signed(UserId, String),
    /// Signed in, but the nickname is somebody else's by now.
    MustRename(Refusal),
    Nobody,
}

async fn authenticate(state: &AppState, slot: &AccountSlot) -> Result<Viewer, Refusal> {
    let Some(secret) = slot.secret else {
        return Ok(Viewer::Nobody);
    };
    let arrival = Authenticate {
        secret,
        nickname: None,
        send_queue: None,
        token: None,
    };
    match state.writer.authenticate(arrival).await {
        Ok(arrived) => Ok(Viewer::Signed(arrived.user, arrived.nickname)),
        Err(refusal) => match refusal.code {
            Code::NicknameTaken => Ok(Viewer::MustRename(refusal)),
            Code::BadToken => Ok(Viewer::Nobody),
            _ => Err(refusal),
        },
    }
}

/// What of the chat is target.
enum ChatTarget {
    Start,
    Room(String),
    User(Nickname),
}

/// The chat as it stands; without a room if the one asked for is none of this user's.
async fn chat(
    state: &AppState,
    slot: &AccountSlot,
    user: UserId,
    nickname: String,
    target: ChatTarget,
) -> Result<Chat, store::Error> {
    let (asked, to) = match target {
        ChatTarget::Start => (None, None),
        ChatTarget::Room(room) => (Some(room), None),
        ChatTarget::User(nickname) => (None, Some(nickname.as_str().to_owned())),
    };
    let (directs, games, conversation) = state
        .store
        .read(move |db| {
            let directs = rooms::directs_of(db, user, limits::ROOMS_LISTED, store::now_ms())?;
            let conversation = match asked {
                Some(room) => conversation(db, room, user)?,
                None => None,
            };
            let mut games = game_messages::of_user(db, user)?;
            games.truncate(limits::NEWEST);
            Ok((directs, games, conversation))
        })
        .await?;
    let conversation = conversation.map(|mut conversation| {
        // Who is here is known to the hub alone; who is in a private conversation, to the store.
        if conversation.kind == RoomKind::Public
            && let Ok((_, members, online)) = state.hub.look_up(&conversation.room)
        {
            (conversation.members, conversation.online) = (members, online);
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

fn conversation(
    db: &store::Connection,
    room: String,
    user: UserId,
) -> Result<Option<Conversation>, store::Error> {
    let (kind, members) = if is_direct(&room) {
        let Some(direct) = rooms::direct(db, &room)?.filter(|d| d.other(user).is_some()) else {
            return Ok(None);
        };
        let [a, b] = direct.members;
        let members = vec![rooms::last_nickname(db, a)?, rooms::last_nickname(db, b)?];
        (RoomKind::Direct, members)
    } else {
        (RoomKind::Public, Vec::new())
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
    }))
}

/// Somebody asks for a page of the chat.
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
            client: ClientInfo::of(parts, state.config.trust_proxy),
            headers: parts.headers.clone(),
            context: RenderContext::of(parts),
        })
    }
}

impl PageRequest {
    /// The chat, at a room or at the start. The cookie's time to live begins anew with each.
    async fn chat(
        self,
        state: &AppState,
        user: UserId,
        nickname: String,
        target: ChatTarget,
    ) -> Response {
        let slot = &self.slot;
        let needs_room = matches!(target, ChatTarget::Room(_));
        let chat = match chat(state, slot, user, nickname, target).await {
            Ok(chat) if chat.room.is_some() || !needs_room => chat,
            Ok(_) => return render::nothing_here(state, slot.number, self.context).await,
            Err(error) => {
                return error_page(state, slot, self.context, commands::unavailable(error)).await;
            }
        };
        // Once it has begun, a conversation has an address of its own.
        if let Some(to) = &chat.to
            && let Some(line) = chat
                .directs
                .iter()
                .find(|d| d.holds && name::is_same(&d.with, to))
        {
            return account_slot::see_other(&initial_data::room_path(slot.number, &line.room));
        }
        let page = Page::Chat(chat);
        let mut response = render::page(state, StatusCode::OK, self.context, page).await;
        let secret = account_slot::sent_secret(slot.number, &self.headers);
        let cookie = account_slot::set_cookie(slot.number, secret.as_deref(), &self.client);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        response
    }
}

fn home(slot: &AccountSlot) -> String {
    format!("{}/", initial_data::base(slot.number))
}
