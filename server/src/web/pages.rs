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
    client::Client,
    render::{self, Canvas},
    seat::{self, Seat},
    status,
};
use crate::{
    commands,
    state::AppState,
    store::{self, events, games, read_markers, rooms},
    writer::Authenticate,
};

/// The query of the start page: the room to suggest.
#[derive(Deserialize)]
pub struct Wish {
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
pub struct Addressee {
    nickname: String,
}

/// `/`: the sign-in form, or the rooms of who is signed in.
pub async fn start(
    State(state): State<Arc<AppState>>,
    visit: Visit,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Response {
    // A query that cannot be read wishes for nothing.
    let wish = wish.map_or_else(|_| String::new(), |Query(wish)| wish.room);
    let nickname_problem = match who(&state, &visit.seat).await {
        Ok(Somebody::Signed(user, nickname)) => {
            return visit.chat(&state, user, nickname, Wanted::Start).await;
        }
        Ok(Somebody::MustRename(refusal)) => Some(refusal.message),
        Ok(Somebody::Nobody) => None,
        Err(refusal) => return trouble(&state, &visit.seat, visit.canvas, refusal).await,
    };
    let form = SignIn {
        nickname_problem,
        room: wish,
        ..sign_in_form(&state, &visit.seat)
    };
    render::page(&state, StatusCode::OK, visit.canvas, Page::SignIn(form)).await
}

/// `/rooms/{room}`: a conversation, for who is signed in.
pub async fn room(
    State(state): State<Arc<AppState>>,
    visit: Visit,
    params: Result<Path<Params>, PathRejection>,
) -> Response {
    let Ok(Path(Params { room: asked })) = params else {
        return render::nothing_here(&state, visit.seat.number, visit.canvas).await;
    };
    let asked = asked.as_str();
    let (user, nickname) = match who(&state, &visit.seat).await {
        Ok(Somebody::Signed(user, nickname)) => (user, nickname),
        // A private conversation's address says nothing to who is not signed in.
        Ok(_) if is_direct(asked) => return seat::see_other(&home(&visit.seat)),
        Ok(_) => {
            let query = serde_urlencoded::to_string([("room", asked)]).unwrap_or_default();
            return seat::see_other(&format!("{}?{query}", home(&visit.seat)));
        }
        Err(refusal) => return trouble(&state, &visit.seat, visit.canvas, refusal).await,
    };
    let place = if is_direct(asked) {
        asked.to_owned()
    } else {
        match state.hub.look_up(asked) {
            Ok((name, ..)) if name != asked => {
                return seat::see_other(&initial_data::room_path(visit.seat.number, &name));
            }
            Ok((name, ..)) => name,
            Err(_) => return render::nothing_here(&state, visit.seat.number, visit.canvas).await,
        }
    };
    visit
        .chat(&state, user, nickname, Wanted::Room(place))
        .await
}

/// `/to/{nickname}`: where a private conversation with somebody begins, for who is signed in.
pub async fn user(
    State(state): State<Arc<AppState>>,
    visit: Visit,
    params: Result<Path<Addressee>, PathRejection>,
) -> Response {
    let asked = params.ok().map(|Path(params)| params.nickname);
    let Some(Ok(other)) = asked.map(|asked| Nickname::parse(&asked)) else {
        return render::nothing_here(&state, visit.seat.number, visit.canvas).await;
    };
    let (user, nickname) = match who(&state, &visit.seat).await {
        Ok(Somebody::Signed(user, nickname)) => (user, nickname),
        Ok(_) => return seat::see_other(&home(&visit.seat)),
        Err(refusal) => return trouble(&state, &visit.seat, visit.canvas, refusal).await,
    };
    if name::is_same(other.as_str(), &nickname) {
        return render::nothing_here(&state, visit.seat.number, visit.canvas).await;
    }
    visit
        .chat(&state, user, nickname, Wanted::User(other))
        .await
}

/// `/u/new`: to the first seat of this browser where nobody sits.
pub async fn next_seat(
    State(state): State<Arc<AppState>>,
    canvas: Canvas,
    headers: HeaderMap,
) -> Response {
    for number in 0..limits::SEATS {
        let seat = Seat::of(number, &headers);
        match who(&state, &seat).await {
            Ok(Somebody::Nobody) => return seat::see_other(&home(&seat)),
            // Who only has to choose another nickname sits there as well.
            Ok(Somebody::Signed(..) | Somebody::MustRename(_)) => {}
            Err(refusal) => return trouble(&state, &seat, canvas, refusal).await,
        }
    }
    let sentence = format!(
        "This browser already has {} people signed in. Sign one of them out first.",
        limits::SEATS
    );
    let page = Page::Error {
        account_slot: 0,
        sentence,
    };
    render::page(&state, StatusCode::CONFLICT, canvas, page).await
}

/// `/u/3`: the seat's own address ends in a slash.
pub async fn with_slash(seat: Seat) -> Response {
    Redirect::permanent(&home(&seat)).into_response()
}

/// Any other path.
pub async fn not_found(State(state): State<Arc<AppState>>, canvas: Canvas) -> Response {
    render::nothing_here(&state, 0, canvas).await
}

/// A path that is there, asked in a way that it does not know.
pub async fn wrong_method() -> Response {
    let sentence = "This address doesn't support that method.";
    (StatusCode::METHOD_NOT_ALLOWED, sentence).into_response()
}

/// A page with one sentence: what went wrong and what to do.
pub async fn trouble(state: &AppState, seat: &Seat, canvas: Canvas, refusal: Refusal) -> Response {
    let sentence = match refusal.code {
        // Nothing was sent: whoever asked for a page asks for it again.
        Code::StorageUnavailable => {
            "The server can't use its disk right now. Reload this page in a moment.".to_owned()
        }
        _ => refusal.message,
    };
    let page = Page::Error {
        account_slot: seat.number,
        sentence,
    };
    render::page(state, status::of(refusal.code), canvas, page).await
}

/// The empty form, with the rooms that there are.
pub fn sign_in_form(state: &AppState, seat: &Seat) -> SignIn {
    SignIn {
        account_slot: seat.number,
        known: seat.secret.is_some(),
        rooms: state.hub.rooms(),
        ..SignIn::default()
    }
}

/// Who sits here.
enum Somebody {
    Signed(UserId, String),
    /// Signed in, but the nickname is somebody else's by now.
    MustRename(Refusal),
    Nobody,
}

async fn who(state: &AppState, seat: &Seat) -> Result<Somebody, Refusal> {
    let Some(secret) = seat.secret else {
        return Ok(Somebody::Nobody);
    };
    let arrival = Authenticate {
        secret,
        nickname: None,
        send_queue: None,
        token: None,
    };
    match state.writer.authenticate(arrival).await {
        Ok(arrived) => Ok(Somebody::Signed(arrived.user, arrived.nickname)),
        Err(refusal) => match refusal.code {
            Code::NicknameTaken => Ok(Somebody::MustRename(refusal)),
            Code::BadToken => Ok(Somebody::Nobody),
            _ => Err(refusal),
        },
    }
}

/// What of the chat is wanted.
enum Wanted {
    Start,
    Room(String),
    User(Nickname),
}

/// The chat as it stands; without a room if the one asked for is none of this user's.
async fn chat(
    state: &AppState,
    seat: &Seat,
    user: UserId,
    nickname: String,
    wanted: Wanted,
) -> Result<Chat, store::Error> {
    let (asked, to) = match wanted {
        Wanted::Start => (None, None),
        Wanted::Room(room) => (Some(room), None),
        Wanted::User(nickname) => (None, Some(nickname.as_str().to_owned())),
    };
    let (directs, games, conversation) = state
        .store
        .read(move |db| {
            let directs = rooms::directs_of(db, user, limits::ROOMS_LISTED, store::now_ms())?;
            let conversation = match asked {
                Some(room) => conversation(db, room, user)?,
                None => None,
            };
            let mut games = games::cards_of(db, user)?;
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
        account_slot: seat.number,
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
        newest: page.upto,
        messages: page.messages,
        online: 0,
        members,
    }))
}

/// Somebody asks for a page of the chat.
pub struct Visit {
    seat: Seat,
    client: Client,
    headers: HeaderMap,
    canvas: Canvas,
}

impl FromRequestParts<Arc<AppState>> for Visit {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self {
            seat: Seat::from_request_parts(parts, state).await?,
            client: Client::of(parts, state.config.trust_proxy),
            headers: parts.headers.clone(),
            canvas: Canvas::of(parts),
        })
    }
}

impl Visit {
    /// The chat, at a room or at the start. The cookie's time to live begins anew with each.
    async fn chat(
        self,
        state: &AppState,
        user: UserId,
        nickname: String,
        wanted: Wanted,
    ) -> Response {
        let seat = &self.seat;
        let needs_room = matches!(wanted, Wanted::Room(_));
        let chat = match chat(state, seat, user, nickname, wanted).await {
            Ok(chat) if chat.room.is_some() || !needs_room => chat,
            Ok(_) => return render::nothing_here(state, seat.number, self.canvas).await,
            Err(error) => {
                return trouble(state, seat, self.canvas, commands::unavailable(error)).await;
            }
        };
        // Once it has begun, a conversation has an address of its own.
        if let Some(to) = &chat.to
            && let Some(line) = chat
                .directs
                .iter()
                .find(|d| d.holds && name::is_same(&d.with, to))
        {
            return seat::see_other(&initial_data::room_path(seat.number, &line.room));
        }
        let page = Page::Chat(chat);
        let mut response = render::page(state, StatusCode::OK, self.canvas, page).await;
        let secret = seat::sent_secret(seat.number, &self.headers);
        let cookie = seat::set_cookie(seat.number, secret.as_deref(), &self.client);
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        response
    }
}

fn home(seat: &Seat) -> String {
    format!("{}/", initial_data::base(seat.number))
}
