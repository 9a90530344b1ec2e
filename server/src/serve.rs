//! `parlor serve`: from the data folder to the last goodbye.

use std::sync::Arc;

use anyhow::Context;
use protocol::limits;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{
    accept, config::Config, control, log, router, state::AppState, store::webhooks, tls,
    webhooks::Outbound,
};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// What hinders the start, as a sentence: the data folder or the address.
pub fn serve(config: Config) -> anyhow::Result<()> {
    log::to_standard_error(&config.log);
    // A socket is an open file (getrlimit(2)): as many as may be, and not only what is usual.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "failed to raise the limit on open files");
    }
    tls::use_ring();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the async runtime")?;
    let (state, thread) = runtime.block_on(async { AppState::open(config) })?;
    let served = runtime.block_on(listen(state));
    // Whatever is left of sessions goes with the runtime, and with it the last ways to the writer.
    runtime.shutdown_timeout(limits::STOPPED_TIME);
    thread.join();
    served
}

async fn listen(state: AppState) -> anyhow::Result<()> {
    any_spawner::Executor::init_tokio().context("Leptos has no runtime to render on")?;
    let state = Arc::new(state);
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    // By default a limit on the size of files (setrlimit(2)) kills who meets it. Here it is what a
    // full disk is: a write that fails.
    let _file_size = signal(SignalKind::from_raw(libc::SIGXFSZ))?;
    let asked = state.config.listen;
    let listener = TcpListener::bind(asked).await.with_context(|| {
        format!("cannot listen on {asked}; choose another address with --listen")
    })?;
    let address = listener.local_addr()?;
    let presence = tokio::spawn({
        let hub = Arc::clone(&state.hub);
        async move { hub.run_presence().await }
    });
    let tidy = tokio::spawn({
        let writer = state.writer.clone();
        async move { writer.run_expiry().await }
    });
    let clocks = tokio::spawn({
        let writer = state.writer.clone();
        async move { writer.run_game_timers().await }
    });
    let flushers = state.flushers.iter().cloned();
    let flushers: Vec<_> = flushers
        .map(|flusher| tokio::spawn(async move { flusher.run().await }))
        .collect();
    let control = control::open(&state.config.data).map(|listener| {
        let (writer, store) = (state.writer.clone(), Arc::clone(&state.store));
        tokio::spawn(control::listen(listener, writer, store))
    });
    let outbound = tokio::spawn({
        let outbound = Outbound {
            store: Arc::clone(&state.store),
            hub: Arc::clone(&state.hub),
            writer: state.writer.clone(),
        };
        let changes = state.writer.integration_changes();
        let first = webhooks::all(&state.store.connect()?)?;
        outbound.run(first, changes)
    });
    if let Err(error) = log::print(format_args!("listening on http://{address}")) {
        tracing::warn!(%error, %address, "standard output is closed");
    }
    let all = async {
        accept::accept(listener, router::router(&state), state.stopping.clone()).await;
        state.sessions.wait().await;
    };
    let told_to_stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        state.stopping.cancel();
        state.sessions.close();
        tokio::time::sleep(limits::STOP_TIME).await;
        // A connection that does not end holds nobody up.
        tracing::warn!("some connections did not close in time and were dropped");
    };
    tokio::select! {
        () = all => {}
        () = told_to_stop => {}
    }
    presence.abort();
    tidy.abort();
    clocks.abort();
    if let Some(control) = control {
        control.abort();
    }
    outbound.abort();
    flushers.iter().for_each(|flusher| flusher.abort());
    Ok(())
}
