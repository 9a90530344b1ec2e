//! Incoming webhooks: `POST /hooks/{secret}` posts a message to the webhook's room.
//!
//! They are for services that can only send a request to a fixed URL. Anybody who knows the URL can
//! post, so the URL contains the secret and is shown only to the operator who creates the webhook.

use std::sync::Arc;

use axum::{
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, header},
    routing::post,
};
use protocol::{Code, limits};
use serde::Deserialize;

use super::{
    api::{
        self,
        auth::AuthenticatedBot,
        problem::ApiError,
        request::{self, PathParam},
    },
    client_info::ClientInfo,
    route_list::RouteList,
};
use crate::{commands, permissions::Scope, state::AppState};

/// The routes of incoming webhooks, relative to `/hooks`.
pub fn routes() -> RouteList {
    RouteList::default()
        .route("/{secret}", post(receive))
        .map(|router| {
            router
                .fallback(api::not_found)
                .method_not_allowed_fallback(wrong_method)
                .layer(DefaultBodyLimit::max(limits::FRAME_BYTES))
        })
}

/// The fields that Parlor reads of a payload for Slack's incoming webhooks. Others are ignored.
#[derive(Deserialize)]
struct IncomingPayload {
    #[serde(default)]
    text: String,
    username: Option<String>,
}

/// Posts a message to the webhook's room: `{"text": …}` as JSON, `text=…` as a form, or the body as
/// plain text. The response comes once the message is on disk, and is `ok`, as Slack's is.
async fn receive(
    State(state): State<Arc<AppState>>,
    PathParam(secret): PathParam,
    client: ClientInfo,
    headers: HeaderMap,
    request: Request,
) -> Result<&'static str, ApiError> {
    let bytes = request::bytes(request, &state).await?;
    let bot = AuthenticatedBot::find(&state, &secret, client.address).await?;
    let bot = bot.ok_or_else(unknown_webhook)?;
    bot.permissions
        .check(Scope::Hook)
        .map_err(|_| unknown_webhook())?;
    let room = bot.permissions.rooms().and_then(|rooms| rooms.first());
    let room = room.ok_or_else(unknown_webhook)?;
    let payload = parse_payload(&headers, &bytes)?;
    let mut author = bot.author();
    author.alias = payload
        .username
        .and_then(|name| commands::chosen_nickname::parse(&state.config, &name).ok());
    let destination = commands::post::webhook_destination(&state, bot.requester(), room)?;
    let id = request::idempotency_key(None, &headers)?;
    commands::post::post(&state, author, destination, id, payload.text).await?;
    Ok("ok")
}

fn unknown_webhook() -> ApiError {
    ApiError::new(
        Code::NotFound,
        "That webhook doesn't exist. Create one with “parlor incoming create”.",
    )
}

async fn wrong_method() -> ApiError {
    ApiError::new(
        Code::WrongMethod,
        "Only POST sends a message, so nothing was sent. Post the text: \
         curl -d 'your text' ADDRESS",
    )
}

/// Parses the body according to its content type.
fn parse_payload(headers: &HeaderMap, bytes: &[u8]) -> Result<IncomingPayload, ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    if content_type.starts_with("application/json") {
        return request::json(bytes);
    }
    if content_type.starts_with("multipart/") {
        let sentence = "Multipart is not supported. Send JSON, a URL-encoded form, or plain text.";
        return Err(ApiError::new(Code::BadField, sentence));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| {
        ApiError::new(
            Code::BadField,
            "The text is not valid UTF-8. Encode it as UTF-8.",
        )
    })?;
    let is_form = content_type.starts_with("application/x-www-form-urlencoded");
    let fields: Vec<(String, String)> = match is_form {
        true => serde_urlencoded::from_str(text).unwrap_or_default(),
        false => Vec::new(),
    };
    let field = |name: &str| {
        let field = fields.iter().find(|field| field.0 == name);
        field.map(|(_, value)| value.clone())
    };
    if let Some(payload) = field("payload") {
        return request::json(payload.as_bytes());
    }
    // `curl -d` labels any text as a form. Without a field `text`, the body is the text.
    let username = field("text").and_then(|_| field("username"));
    Ok(IncomingPayload {
        text: field("text").unwrap_or_else(|| text.to_owned()),
        username,
    })
}
