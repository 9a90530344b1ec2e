//! Turns a panic in a handler into an error page with status 500. The connection stays open.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc};

use app::initial_data::Page;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use futures_util::FutureExt;

use super::{
    account_slot,
    render::{self, RenderContext},
};
use crate::state::AppState;

const SENTENCE: &str = "The server had an internal error. Reload the page. If that doesn't help, \
                        contact the server's administrator.";

/// Runs the handler. If it panics, logs the panic and answers with 500 and an error page.
pub async fn respond(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let context = RenderContext::of(&parts);
    let slot = account_slot::slot_number(&mut parts).await.unwrap_or(0);
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    // The URL of an incoming webhook is a secret, so the log must not contain it.
    let is_secret = path.starts_with("/hooks/");
    let path = if is_secret {
        "/hooks/…".to_owned()
    } else {
        path
    };
    let handler = next.run(Request::from_parts(parts, body));
    // Unwind safe: shared state is behind locks that ignore poisoning, and everything else is
    // used by this request alone.
    match AssertUnwindSafe(handler).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let reason = panic_message(panic.as_ref());
            tracing::error!(%method, path, reason, "a handler panicked; responded with 500");
            let sentence = SENTENCE.to_owned();
            let page = Page::Error {
                account_slot: slot,
                sentence,
            };
            render::page(&state, StatusCode::INTERNAL_SERVER_ERROR, context, page).await
        }
    }
}

/// The message of a panic: a literal, or a `String` if it was formatted.
fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let formatted = || panic.downcast_ref().map(String::as_str);
    let literal = panic.downcast_ref::<&str>().copied();
    literal.or_else(formatted).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use axum::{Router, routing::get};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{accept::Acceptor, config::Config, router, tls};

    async fn panics() -> &'static str {
        panic!("a secret of the server")
    }

    #[tokio::test]
    async fn a_panic_is_answered_with_an_error_page_and_the_connection_stays_open() {
        any_spawner::Executor::init_tokio().expect("no other executor is set");
        let data = tempfile::tempdir().expect("a temporary directory");
        let (state, _writer) = AppState::open(Config::on(data.path())).expect("opens the server");
        let routes = Router::new()
            .route("/u/{slot}/panics", get(panics))
            .route("/works", get(|| async { "works" }));
        let router = router::with_middleware(routes, &Arc::new(state));
        let stopping = CancellationToken::new();
        let (address, accepting) = Acceptor::spawn(router, stopping.clone()).await;
        tls::install_crypto_provider();
        let client = reqwest::Client::builder().no_proxy().build();
        let client = client.expect("a client");
        for _ in 0..2 {
            let url = format!("http://{address}/u/3/panics");
            let answer = client.get(url).send().await.expect("an answer");
            assert_eq!(answer.status(), 500);
            assert_eq!(answer.headers()["cache-control"], "no-store");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
            assert_eq!(
                answer.headers()["cross-origin-resource-policy"],
                "same-origin"
            );
            let page = answer.text().await.expect("the whole page");
            assert!(page.contains("an internal error") && page.contains("\"/u/3/\""));
            assert!(!page.contains("a secret"), "only the log has the message");
        }
        let works = client.get(format!("http://{address}/works")).send().await;
        assert_eq!(works.expect("an answer").status(), 200);
        // The server can still shut down.
        drop(client);
        stopping.cancel();
        accepting.await.expect("no panic");
    }
}
