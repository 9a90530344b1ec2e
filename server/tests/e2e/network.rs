//! The network breaks in every way it knows while people talk, and nobody loses a word.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    client_pool::{Company, soak_time},
    faulty_proxy::Proxy,
    server::Server,
};

/// For how long the network is bad.
const STORM: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_cut_stalled_and_dribbled_and_everybody_has_heard_everything() {
    let seed = rand::random();
    println!("network: seed {seed}");
    let server = Server::with(&["--messages-per-second", "0"]);
    let proxy = Proxy::to(server.address, seed).await;
    let company = Company::gather(&server, proxy.address, seed).await;
    sleep(soak_time().unwrap_or(STORM)).await;
    proxy.heal();
    println!("network: {}", proxy.figures());
    println!("network: {}", company.agree(&server).await);
}
