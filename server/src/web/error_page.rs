//! A page with one sentence, which says what went wrong and what to do.

use app::initial_data::Page;
use axum::{http::header, response::Response};
use protocol::{Code, Refusal};

use super::{
    render::{self, RenderContext},
    status::{self, whole_seconds},
};
use crate::state::AppState;

/// The page for a refusal, with its status and, where waiting helps, `Retry-After`.
pub async fn error_page(
    state: &AppState,
    account_slot: u8,
    context: RenderContext,
    refusal: Refusal,
) -> Response {
    let sentence = match refusal.code {
        // The usual sentences are about sending. Here a reload is the way to try again.
        Code::StorageUnavailable => {
            "The server can't use its disk right now. Reload this page in a moment.".to_owned()
        }
        Code::TooFast => {
            "You are opening pages too fast. Wait a moment, then reload this page.".to_owned()
        }
        _ => refusal.message,
    };
    let page = Page::Error {
        account_slot,
        sentence,
    };
    let mut response = render::page(state, status::of(refusal.code), context, page).await;
    if let Some(seconds) = refusal.retry_after_ms.map(whole_seconds) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}
