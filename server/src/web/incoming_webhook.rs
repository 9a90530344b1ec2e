//! `/hooks/…`: one address for each room, into which any tool that can post may speak. Whoever knows
//! the address may; so it holds a secret, and is told to nobody else.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, header},
    routing::post,
};
use protocol::{Code, Nickname, limits};
use serde::Deserialize;

use super::api::{
    self,
    auth::Bot,
    body::{self, PathParam},
    problem::Problem,
};
use crate::{commands, permissions::Scope, state::AppState};

/// The addresses of all webhooks.
pub fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/{secret}", post(take))
        .fallback(api::nothing_here)
        .method_not_allowed_fallback(only_post)
        .layer(DefaultBodyLimit::max(limits::FRAME_BYTES))
}

/// What a tool that knows Slack's incoming webhooks sends; whatever else it sends is ignored.
#[derive(Deserialize)]
struct Payload {
    #[serde(default)]
    text: String,
    username: Option<String>,
}

/// Says it in the webhook's room: `{"text": …}`, `text=…` of a form, or the text as it is. Answered
/// once it is on disk, with `ok` as Slack does.
async fn take(
    State(state): State<Arc<AppState>>,
    PathParam(secret): PathParam,
    headers: HeaderMap,
    request: Request,
) -> Result<&'static str, Problem> {
    let bytes = body::bytes(request, &state).await?;
    let bot = Bot::of(&state, &secret).await;
    let bot = bot.map_err(|_| unknown())?;
    bot.permissions.check(Scope::Hook).map_err(|_| unknown())?;
    let room = bot.permissions.rooms().and_then(|rooms| rooms.first());
    let room = room.ok_or_else(unknown)?;
    let payload = read(&headers, &bytes)?;
    let mut author = bot.author();
    author.alias = payload
        .username
        .and_then(|name| Nickname::parse(&name).ok());
    let place = commands::post::hooked(&state, bot.user, room)?;
    let id = body::id(None, &headers)?;
    commands::post::post(&state, author, place, id, payload.text).await?;
    Ok("ok")
}

fn unknown() -> Problem {
    Problem::new(
        Code::NotFound,
        "That webhook doesn't exist. Create one with “parlor incoming create”.",
    )
}

async fn only_post() -> Problem {
    Problem::new(
        Code::WrongMethod,
        "Only POST sends a message, so nothing was sent. Post the text: \
         curl -d 'your text' ADDRESS",
    )
}

fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<Payload, Problem> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    if kind.starts_with("application/json") {
        return body::json(bytes);
    }
    if kind.starts_with("multipart/") {
        let sentence = "Multipart is not supported. Send JSON, a URL-encoded form, or plain text.";
        return Err(Problem::new(Code::BadField, sentence));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Problem::new(
            Code::BadField,
            "The text is not valid UTF-8. Encode it as UTF-8.",
        )
    })?;
    let fields: Vec<(String, String)> = match kind.starts_with("application/x-www-form-urlencoded")
    {
        true => serde_urlencoded::from_str(text).unwrap_or_default(),
        false => Vec::new(),
    };
    let field = |wanted: &str| {
        let field = fields.iter().find(|(name, _)| name == wanted);
        field.map(|(_, value)| value.clone())
    };
    if let Some(payload) = field("payload") {
        return body::json(payload.as_bytes());
    }
    // What curl sends with -d says that it is a form, whatever it is.
    let username = field("text").and_then(|_| field("username"));
    Ok(Payload {
        text: field("text").unwrap_or_else(|| text.to_owned()),
        username,
    })
}
