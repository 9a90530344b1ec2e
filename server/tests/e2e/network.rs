//! The network fails in many ways while clients send, and no message is lost.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    client_pool::{ClientPool, soak_time},
    faulty_proxy::FaultyProxy,
    server::Server,
};

/// How long the network is faulty.
const FAULTY_TIME: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_lost_when_connections_are_cut_stalled_and_fragmented() {
    let seed = rand::random();
    println!("network: seed {seed}");
    let server = Server::with(&["--messages-per-second", "0"]);
    let proxy = FaultyProxy::to(server.address, seed).await;
    let pool = ClientPool::start(&server, proxy.address, seed).await;
    sleep(soak_time().unwrap_or(FAULTY_TIME)).await;
    proxy.repair();
    println!("network: {}", proxy.figures());
    println!("network: {}", pool.assert_agreement(&server).await);
}
