//! `/ws`: the opening handshake (RFC 6455, section 4.2), after which a session starts.
//!
//! axum's extractor also implements the handshake, but it does not give access to the
//! connection below the WebSocket. Parlor needs that connection: flushers write to it, and a
//! session drains the rest of a frame that is too large.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Version, header},
    response::{IntoResponse, Response},
};
use hyper::upgrade::OnUpgrade;
use protocol::{Code, Refusal};
use tungstenite::handshake::derive_accept_key;

use super::{session, socket::Socket};
use crate::{
    rate_limit::{AddressBlock, OpenGuard, TooManyOpen},
    state::AppState,
    store::users::SecretHash,
    web::{account_slot::AccountSlot, api::bearer, client_info::ClientInfo, status},
};

/// Opens a WebSocket. A browser authenticates by the cookie of its account slot, a bot by
/// `Authorization: Bearer …`. A client with neither has to send `login`.
pub async fn open(
    State(state): State<Arc<AppState>>,
    slot: AccountSlot,
    client: ClientInfo,
    request: Request,
) -> Response {
    let token = bearer(request.headers()).map(SecretHash::of);
    let secret = token.or(slot.secret);
    let (upgrade, open, response) = match handshake(&state, &client, request) {
        Ok(accepted) => accepted,
        Err(error) => return error.into_response(),
    };
    let sessions = state.sessions.clone();
    sessions.spawn(async move {
        match upgrade.await {
            Ok(upgraded) => match Socket::new(upgraded, &state.flushers) {
                Some(socket) => {
                    let address = client.address.map(AddressBlock::from);
                    session::serve(socket, state, address, open, secret).await;
                }
                None => tracing::error!("a WebSocket arrived over an unknown kind of connection"),
            },
            Err(error) => tracing::debug!(%error, "a client disconnected during the handshake"),
        }
    });
    response
}

/// Accepts a WebSocket handshake. Returns the upgrade to wait for, the guard that counts the
/// socket for its address, and the response to send (101).
///
/// # Errors
/// [`HandshakeError`]: the request is not a valid handshake, or its address has too many sockets.
pub fn handshake(
    state: &AppState,
    client: &ClientInfo,
    mut request: Request,
) -> Result<(OnUpgrade, OpenGuard, Response), HandshakeError> {
    let accept = accept_key(&request)?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let upgrade = upgrade.ok_or(HandshakeError::UpgradeRequired)?;
    let address = client.address.map(AddressBlock::from);
    let open = state.rate_limiter.sockets.admit(address);
    let open = open.map_err(|TooManyOpen| {
        let sentence = "Too many connections from your address are open. Close one first.";
        HandshakeError::Refused(Refusal::new(Code::TooManySockets, sentence))
    })?;
    let accept = HeaderValue::from_str(&accept).expect("base64 is a header value");
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    let response = (StatusCode::SWITCHING_PROTOCOLS, headers).into_response();
    Ok((upgrade, open, response))
}

/// Why a request opens no WebSocket.
pub enum HandshakeError {
    /// 426 (RFC 9110, section 15.5.22): this address accepts only WebSocket version 13.
    UpgradeRequired,
    /// 400, with a sentence that says what is wrong.
    Bad(&'static str),
    /// Too many sockets.
    Refused(Refusal),
}

impl IntoResponse for HandshakeError {
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
            Self::Refused(refusal) => status::refused(refusal),
        }
    }
}

/// The value of `Sec-WebSocket-Accept` for the client's key, if the request is a valid handshake.
fn accept_key(request: &Request) -> Result<String, HandshakeError> {
    let headers = request.headers();
    if !has_token(headers, header::UPGRADE, "websocket") {
        return Err(HandshakeError::UpgradeRequired);
    }
    let is_handshake = request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && has_token(headers, header::CONNECTION, "upgrade");
    if !is_handshake {
        let sentence = "To open a WebSocket, use GET, HTTP/1.1, and “Connection: upgrade”.";
        return Err(HandshakeError::Bad(sentence));
    }
    let version = headers.get(header::SEC_WEBSOCKET_VERSION);
    if version.is_none_or(|version| version != "13") {
        return Err(HandshakeError::UpgradeRequired);
    }
    let key = headers
        .get(header::SEC_WEBSOCKET_KEY)
        .filter(|key| is_key(key));
    let sentence = "“Sec-WebSocket-Key” must be 16 bytes in base64.";
    let key = key.ok_or(HandshakeError::Bad(sentence))?;
    Ok(derive_accept_key(key.as_bytes()))
}

/// Whether this is 16 bytes in base64: 22 digits and two `=`.
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
