//! The server is killed repeatedly while clients send, and no message is lost.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::time::{Instant, sleep};

use crate::{
    client_pool::{ClientPool, soak_time},
    server::Server,
};

const KILLS: usize = 30;
/// How long the server runs before it is killed.
const UPTIME: std::ops::Range<Duration> = Duration::from_millis(30)..Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn no_message_is_lost_when_the_server_is_killed_thirty_times() {
    let seed = rand::random();
    println!("crashes: seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut server = Server::with(&["--messages-per-second", "0"]);
    let pool = ClientPool::start(&server, server.address, seed).await;
    let (begun, time) = (Instant::now(), soak_time().unwrap_or_default());
    let mut kills = 0;
    while kills < KILLS || begun.elapsed() < time {
        sleep(random.random_range(UPTIME)).await;
        let reopening = tokio::task::spawn_blocking(|| server.kill_and_restart());
        server = reopening.await.expect("no panic");
        pool.set_server_address(server.address);
        kills += 1;
    }
    println!(
        "crashes: {kills} kills. {}",
        pool.assert_agreement(&server).await
    );
}
