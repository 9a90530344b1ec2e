//! `parlor serve`: from the data folder to the last goodbye.

use std::sync::Arc;

use anyhow::Context;
use protocol::limits;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{
    accept, config::Config, control, house::House, log, outgoing::Outbound, router,
    store::outgoing, tls,
};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// What hinders the start, as a sentence: the data folder or the address.
pub fn serve(config: Config) -> anyhow::Result<()> {
    log::to_standard_error(&config.log);
    // A socket is an open file (getrlimit(2)): as many as may be, and not only what is usual.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    tls::use_ring();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime does not start")?;
    let (house, thread) = runtime.block_on(async { House::open(config) })?;
    let served = runtime.block_on(listen(house));
    // Whatever is left of sessions goes with the runtime, and with it the last ways to the writer.
    runtime.shutdown_timeout(limits::STOPPED_TIME);
    thread.join();
    served
}

async fn listen(house: House) -> anyhow::Result<()> {
    any_spawner::Executor::init_tokio().context("Leptos has no runtime to draw on")?;
    let house = Arc::new(house);
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    // By default a limit on the size of files (setrlimit(2)) kills who meets it. Here it is what a
    // full disk is: a write that fails.
    let _file_size = signal(SignalKind::from_raw(libc::SIGXFSZ))?;
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
        let writer = house.writer.clone();
        async move { writer.run_expiry().await }
    });
    let clocks = tokio::spawn({
        let writer = house.writer.clone();
        async move { writer.run_game_timers().await }
    });
    let couriers = house.couriers.iter().cloned();
    let couriers: Vec<_> = couriers
        .map(|courier| tokio::spawn(async move { courier.work().await }))
        .collect();
    let control = control::open(&house.config.data).map(|listener| {
        let (writer, store) = (house.writer.clone(), Arc::clone(&house.store));
        tokio::spawn(control::listen(listener, writer, store))
    });
    let outbound = tokio::spawn({
        let outbound = Outbound {
            store: Arc::clone(&house.store),
            hub: Arc::clone(&house.hub),
            writer: house.writer.clone(),
        };
        let changes = house.writer.changes();
        let first = outgoing::all(&house.store.connect()?)?;
        outbound.keep_going(first, changes)
    });
    if let Err(error) = log::print(format_args!("listening on http://{address}")) {
        tracing::warn!(%error, %address, "nobody reads standard output");
    }
    let all = async {
        accept::accept(listener, router::router(&house), house.stopping.clone()).await;
        house.sessions.wait().await;
    };
    let told_to_stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        house.stopping.cancel();
        house.sessions.close();
        tokio::time::sleep(limits::STOP_TIME).await;
        // A connection that does not end holds nobody up.
        tracing::warn!("some connections did not end in time and were cut");
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
    couriers.iter().for_each(|courier| courier.abort());
    Ok(())
}
