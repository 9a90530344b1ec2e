//! Two thousand users join one room at once. The number of names that the server sends stays far
//! below two thousand times two thousand.

use std::{process::Command, time::Instant};

use futures_util::{StreamExt, future::join_all, stream};
use protocol::ServerFrame;
use serde_json::json;

use crate::{client::Client, server::Server};

const PEOPLE: usize = 2_000;
/// The most names that the server may send in total.
const NAMES: usize = 400_000;

/// Joins and reads until all users are online. Returns how many names were received.
async fn join(mut client: Client) -> usize {
    client.send(json!({"type": "join", "room": "tea"})).await;
    let mut names = 0;
    loop {
        match client.next().await {
            ServerFrame::Joined(joined) => names += joined.members.len(),
            ServerFrame::Presence(presence) => {
                names += presence.joined.len() + presence.left.len();
                if presence.online == PEOPLE {
                    return names;
                }
            }
            _ => {}
        }
    }
}

/// Raises a process's limit of open files to what this test needs (RLIMIT_NOFILE, getrlimit(2)),
/// which is often only 1,024.
fn allow_files(process: u32) {
    let allowed = Command::new("prlimit")
        .arg(format!("--pid={process}"))
        .arg(format!("--nofile={}", 2 * PEOPLE))
        .status()
        .expect("prlimit is a part of util-linux");
    assert!(allowed.success(), "`ulimit -Hn` is below {}", 2 * PEOPLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_sent_to_two_thousand_users_who_join_at_once_are_bounded() {
    let server = &Server::start();
    allow_files(server.pid());
    allow_files(std::process::id());
    let people: Vec<_> = stream::iter(0..PEOPLE)
        .map(|n| async move { Client::sign_in(server, &format!("User {n}")).await })
        .buffer_unordered(100)
        .collect()
        .await;
    let begun = Instant::now();
    let received = join_all(people.into_iter().map(|it| tokio::spawn(join(it)))).await;
    let took = begun.elapsed();
    let names: usize = received.into_iter().map(|it| it.expect("no panic")).sum();
    println!("crowd: {PEOPLE} users joined within {took:.1?} and received {names} names in total");
    assert!(names <= NAMES);
}
