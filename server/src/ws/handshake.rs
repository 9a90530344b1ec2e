//! `/ws`: the handshake (RFC 6455, section 4.2) and the way into a session.
//!
//! axum's own extractor would do the handshake too, but keeps the connection below the WebSocket to
//! itself; here flushers write to it, and a session reads away what still comes of a frame that was
//! too large.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header},
    response::{IntoResponse, Response},
};
use hyper::upgrade::OnUpgrade;
use protocol::Refusal;
use tungstenite::handshake::derive_accept_key;

use super::{session, socket::Socket};
use crate::{
    rate_limit::PendingConnection,
    state::AppState,
    store::users::SecretHash,
    web::{account_slot::AccountSlot, api::bearer, client_info::ClientInfo, status},
};

/// Opens a socket: a browser's by the seat's cookie, a bot's by `Authorization: Bearer …`, or
/// without either until it says `login`.
pub async fn open(
    State(state): State<Arc<AppState>>,
    slot: AccountSlot,
    client: ClientInfo,
    request: Request,
) -> Response {
    let token = bearer(request.headers()).map(SecretHash::of);
    let (upgrade, pending, response) = match handshake(&state, &client, request) {
        Ok(agreed) => agreed,
        Err(problem) => return problem.into_response(),
    };
    let sessions = state.sessions.clone();
    sessions.spawn(async move {
        match upgrade.await {
            Ok(upgraded) => match Socket::new(upgraded, &state.flushers) {
                Some(socket) => {
                    let secret = token.or(slot.secret);
                    session::serve(socket, state, client.address, pending, secret).await;
                }
                None => tracing::error!("a WebSocket arrived over something other than TCP"),
            },
            Err(error) => tracing::debug!(%error, "a client disconnected during the handshake"),
        }
    });
    response
}

/// Agrees to a WebSocket: what the connection becomes, its place among those who have not signed in, and
/// the answer that says so.
///
/// # Errors
/// What is wrong with the request, or that its address has too many such places.
pub fn handshake(
    state: &AppState,
    client: &ClientInfo,
    mut request: Request,
) -> Result<(OnUpgrade, PendingConnection, Response), NoHandshake> {
    let accept = accept_key(&request)?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let upgrade = upgrade.ok_or(NoHandshake::UpgradeRequired)?;
    let pending = state.ip_limiter.admit(client.address);
    let pending = pending.map_err(NoHandshake::Refused)?;
    let accept = HeaderValue::from_str(&accept).expect("base64 is a header value");
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    let response = (StatusCode::SWITCHING_PROTOCOLS, headers).into_response();
    Ok((upgrade, pending, response))
}

/// Why a request opens no socket.
pub enum NoHandshake {
    /// 426 (RFC 9110, section 15.5.22): this address speaks WebSocket 13 and nothing else.
    UpgradeRequired,
    /// 400, with what is wrong.
    Bad(&'static str),
    /// It would be one too many.
    Refused(Refusal),
}

impl IntoResponse for NoHandshake {
    fn into_response(self) -> Response {
        match self {
            Self::UpgradeRequired => (
                StatusCode::UPGRADE_REQUIRED,
                [
                    (header::CONNECTION, "upgrade"),
                    (header::UPGRADE, "websocket"),
                    (header::SEC_WEBSOCKET_VERSION, "13"),
                ],
                "This address accepts only WebSocket connections (RFC 6455).",
            )
                .into_response(),
            Self::Bad(sentence) => (StatusCode::BAD_REQUEST, sentence).into_response(),
            Self::Refused(refusal) => (status::of(refusal.code), refusal.message).into_response(),
        }
    }
}

/// The answer to the client's key, if this is a handshake.
fn accept_key(request: &Request) -> Result<String, NoHandshake> {
    let headers = request.headers();
    if !has_token(headers, header::UPGRADE, "websocket") {
        return Err(NoHandshake::UpgradeRequired);
    }
    let is_handshake = request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && has_token(headers, header::CONNECTION, "upgrade");
    if !is_handshake {
        let sentence = "To open a WebSocket, use GET, HTTP/1.1, and “Connection: upgrade”.";
        return Err(NoHandshake::Bad(sentence));
    }
    let version = headers.get(header::SEC_WEBSOCKET_VERSION);
    if version.is_none_or(|version| version != "13") {
        return Err(NoHandshake::UpgradeRequired);
    }
    let key = headers
        .get(header::SEC_WEBSOCKET_KEY)
        .filter(|key| is_key(key));
    let sentence = "“Sec-WebSocket-Key” must be 16 bytes in base64.";
    let key = key.ok_or(NoHandshake::Bad(sentence))?;
    Ok(derive_accept_key(key.as_bytes()))
}

/// Sixteen bytes in base64: 22 digits and two `=`.
fn is_key(key: &HeaderValue) -> bool {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let key = key.as_bytes();
    key.len() == 24 && key[..22].iter().all(digit) && key.ends_with(b"==")
}

fn has_token(headers: &HeaderMap, name: header::HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}
