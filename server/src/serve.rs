//! `parlor serve`: opens the data directory, starts all tasks, and stops them at a signal.

mod listening;

use std::sync::Arc;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use self::listening::Listening;
use crate::{
    accept::Acceptor,
    config::Config,
    connection_limit::{ConnectionLimit, most_connections},
    control, limits,
    room_expiry::RoomExpiry,
    router,
    state::AppState,
    store::webhooks,
    webhooks::Outbound,
};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Why the server cannot start, as a sentence: the data directory or the address.
pub fn serve(mut config: Config) -> anyhow::Result<()> {
    config.proxies.imply_public_urls(&config.listening);
    console::log_to_standard_error(&config.log);
    let most_connections = raise_open_files(config.listening.max_connections);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the async runtime")?;
    let (state, thread) = runtime.block_on(async { AppState::open(config) })?;
    let served = runtime.block_on(listen(state, most_connections));
    // Shutting down the runtime drops the remaining sessions, and with them the last handles of the
    // writer, so that its thread can end.
    runtime.shutdown_timeout(limits::STOPPED_TIME);
    thread.join();
    served
}

/// Raises the limit on open files. Returns how many connections there may be: `asked`, or as many
/// as the limit allows.
fn raise_open_files(asked: Option<u64>) -> u64 {
    // Each socket is an open file (getrlimit(2)), and the default soft limit is low, so raise it to
    // the hard limit.
    let open_files = rlimit::increase_nofile_limit(u64::MAX).or_else(|error| {
        tracing::warn!(%error, "failed to raise the limit on open files");
        rlimit::Resource::NOFILE.get_soft()
    });
    // Without a known limit, the lowest that is usual.
    let open_files = open_files.unwrap_or(1024);
    let possible = most_connections(open_files);
    if asked.is_some_and(|asked| asked > possible) {
        tracing::warn!(
            open_files,
            connections = possible,
            "the limit on open files allows fewer connections than --max-connections"
        );
    }
    let connections = asked.unwrap_or(limits::DEFAULT_CONNECTIONS).min(possible);
    tracing::info!(open_files, connections, "the limits of this process");
    connections
}

async fn listen(state: AppState, most_connections: u64) -> anyhow::Result<()> {
    any_spawner::Executor::init_tokio().context("Leptos has no runtime to render on")?;
    let state = Arc::new(state);
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    // By default the signal that enforces a limit on file sizes (setrlimit(2)) kills the process.
    // Handled, the limit is like a full disk: the write fails.
    let _file_size = signal(SignalKind::from_raw(libc::SIGXFSZ))?;
    let listening = Listening::open(&state.config).await?;
    let presence = tokio::spawn({
        let hub = Arc::clone(&state.hub);
        async move { hub.run_presence().await }
    });
    let rooms_changed = tokio::spawn({
        let hub = Arc::clone(&state.hub);
        async move { hub.run_rooms_changed().await }
    });
    let expiry = tokio::spawn({
        let writer = state.writer.clone();
        async move { writer.run_expiry().await }
    });
    let room_expiry = tokio::spawn({
        let expiry = RoomExpiry {
            store: Arc::clone(&state.store),
            hub: Arc::clone(&state.hub),
            writer: state.writer.clone(),
        };
        expiry.run(state.config.storage.empty_room_age())
    });
    let game_timers = tokio::spawn({
        let writer = state.writer.clone();
        async move { writer.run_game_timers().await }
    });
    let flushers = state.flushers.iter().cloned();
    let flushers: Vec<_> = flushers
        .map(|flusher| tokio::spawn(async move { flusher.run().await }))
        .collect();
    let control = control::open(&state.config.data)
        .map(|listener| tokio::spawn(control::listen(listener, Arc::clone(&state).into())));
    let outbound = tokio::spawn({
        let outbound = Outbound {
            store: Arc::clone(&state.store),
            hub: Arc::clone(&state.hub),
            writer: state.writer.clone(),
        };
        let changes = state.writer.integration_changes();
        let first = webhooks::all(state.store.connect()?.db())?;
        outbound.run(first, changes)
    });
    let proxies = state.config.proxies.clone();
    listening.print();
    let limit = ConnectionLimit::new(
        most_connections,
        state.config.listening.connections_per_address,
        Arc::clone(&state.rate_limiter),
        Arc::new(move |peer| peer.is_local() || proxies.trusts(*peer)),
    );
    let acceptor = Acceptor::new(router::router(&state), limit, state.stopping.clone());
    let served = async {
        listening.serve(&acceptor, &state).await;
        state.sessions.wait().await;
    };
    let shutdown = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        state.stopping.cancel();
        state.sessions.close();
        tokio::time::sleep(limits::STOP_TIME).await;
        // A connection that does not end must not delay the exit.
        tracing::warn!("some connections did not close in time and were dropped");
    };
    tokio::select! {
        () = served => {}
        () = shutdown => {}
    }
    presence.abort();
    expiry.abort();
    room_expiry.abort();
    rooms_changed.abort();
    game_timers.abort();
    if let Some(control) = control {
        control.abort();
    }
    outbound.abort();
    flushers.iter().for_each(|flusher| flusher.abort());
    Ok(())
}
