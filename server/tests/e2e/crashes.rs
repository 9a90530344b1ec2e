//! The server is killed again and again while people talk, and nobody loses a word.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::time::{Instant, sleep};

use crate::{
    client_pool::{Company, soak_time},
    server::Server,
};

const KILLS: usize = 30;
/// From the server's first line to its end.
const LIFE: std::ops::Range<Duration> = Duration::from_millis(30)..Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_killed_thirty_times_and_everybody_has_heard_everything() {
    let seed = rand::random();
    println!("crashes: seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut server = Server::with(&["--messages-per-second", "0"]);
    let company = Company::gather(&server, server.address, seed).await;
    let (begun, time) = (Instant::now(), soak_time().unwrap_or_default());
    let mut kills = 0;
    while kills < KILLS || begun.elapsed() < time {
        sleep(random.random_range(LIFE)).await;
        let reopening = tokio::task::spawn_blocking(|| server.killed_and_reopened());
        server = reopening.await.expect("no panic");
        company.find_server_at(server.address);
        kills += 1;
    }
    println!("crashes: {kills} kills. {}", company.agree(&server).await);
}
