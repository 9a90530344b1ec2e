//! A handler that panics is our fault, and not the end of the connection: whoever asked is told so
//! by a page, as of every other trouble.

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

/// Answers with 500 and a page where a handler panics.
pub async fn respond(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let context = RenderContext::of(&parts);
    let seat = account_slot::number_of(&mut parts).await.unwrap_or(0);
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    // Who knows a webhook's address may use it.
    let is_secret = path.starts_with("/hooks/");
    let path = if is_secret {
        "/hooks/…".to_owned()
    } else {
        path
    };
    let answer = next.run(Request::from_parts(parts, body));
    // What handlers share stands behind locks that forgive a panic, and the rest
    // is the request's own.
    match AssertUnwindSafe(answer).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let why = words_of(panic.as_ref());
            tracing::error!(%method, path, why, "a handler panicked; responded with 500");
            let sentence = SENTENCE.to_owned();
            let page = Page::Error {
                account_slot: seat,
                sentence,
            };
            render::page(&state, StatusCode::INTERNAL_SERVER_ERROR, context, page).await
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let owned = || panic.downcast_ref().map(String::as_str);
    let lent = panic.downcast_ref::<&str>().copied();
    lent.or_else(owned).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use axum::{Router, routing::get};
    use tokio::net::TcpListener;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{accept, config::Config, router, tls};

    async fn broken() -> &'static str {
        panic!("a secret of the state")
    }

    #[tokio::test]
    async fn who_meets_a_handler_that_panics_is_told_whose_fault_it_was_and_may_ask_again() {
        any_spawner::Executor::init_tokio().expect("nobody else has one");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (state, _writer) = AppState::open(Config::on(folder.path())).expect("a state");
        let routes = Router::new()
            .route("/u/{slot}/broken", get(broken))
            .route("/whole", get(|| async { "whole" }));
        let router = router::behind_the_door(routes, &Arc::new(state));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let stopping = CancellationToken::new();
        let accepting = tokio::spawn(accept::accept(listener, router, stopping.clone()));
        tls::use_ring();
        let client = reqwest::Client::builder().no_proxy().build();
        let client = client.expect("a client");
        for _ in 0..2 {
            let url = format!("http://{address}/u/3/broken");
            let answer = client.get(url).send().await.expect("an answer");
            assert_eq!(answer.status(), 500);
            assert_eq!(answer.headers()["cache-control"], "no-store");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
            let page = answer.text().await.expect("the whole page");
            assert!(page.contains("an internal error") && page.contains("\"/u/3/\""));
            assert!(!page.contains("a secret"), "that is for the log");
        }
        let whole = client.get(format!("http://{address}/whole")).send().await;
        assert_eq!(whole.expect("an answer").status(), 200);
        // It holds up no stop either.
        drop(client);
        stopping.cancel();
        accepting.await.expect("no panic");
    }
}
