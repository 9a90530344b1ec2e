//! `parlor serve`: from the data folder to the last goodbye.

use std::{io::IsTerminal, net::SocketAddr, sync::Arc};

use anyhow::Context;
use axum::serve::ListenerExt;
use protocol::limits;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{config::Config, house::House, router};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// What hinders the start, as a sentence: the data folder or the address.
pub fn serve(config: Config) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(&config.log)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime does not start")?;
    let (house, writer) = runtime.block_on(async { House::open(config) })?;
    let served = runtime.block_on(listen(house));
    // Whatever is left of sessions goes with the runtime, and with it the last ways to the journal.
    runtime.shutdown_timeout(limits::WRITE_TIME);
    writer.join();
    served
}

async fn listen(house: House) -> anyhow::Result<()> {
    any_spawner::Executor::init_tokio().context("Leptos has no runtime to draw on")?;
    let house = Arc::new(house);
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let asked = house.config.listen;
    let listener = TcpListener::bind(asked)
        .await
        .with_context(|| format!("cannot listen on {asked}; choose another with --listen"))?;
    let address = listener.local_addr()?;
    let presence = tokio::spawn({
        let hub = Arc::clone(&house.hub);
        async move { hub.keep_presence().await }
    });
    let tidy = tokio::spawn({
        let journal = house.journal.clone();
        async move { journal.keep_tidy().await }
    });
    let service = router::router(&house).into_make_service_with_connect_info::<SocketAddr>();
    // Small frames go out at once: what is worth gathering is gathered before the socket.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
    });
    println!("listening on http://{address}");
    let stopping = Arc::clone(&house);
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        stopping.stopping.cancel();
        stopping.sessions.close();
    });
    let all = async {
        let served = server.await;
        house.sessions.wait().await;
        served
    };
    tokio::pin!(all);
    let stopped = tokio::select! {
        done = &mut all => done,
        () = late(&house) => Ok(()),
    };
    presence.abort();
    tidy.abort();
    stopped.context("the server stopped by itself")
}

/// Ends a stop that takes too long: a connection that does not end holds nobody up.
async fn late(house: &House) {
    house.stopping.cancelled().await;
    tokio::time::sleep(limits::STOP_TIME).await;
    tracing::warn!("some connections did not end in time and were cut");
}
