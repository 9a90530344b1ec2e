//! Two thousand people come into one room at once, and are not told each other's names two thousand
//! times two thousand times.

use std::{process::Command, time::Instant};

use futures_util::{StreamExt, future::join_all, stream};
use protocol::ServerFrame;
use serde_json::json;

use crate::{client::Client, server::Server};

const PEOPLE: usize = 2_000;
/// In all that all of them receive.
const NAMES: usize = 400_000;

/// Joins and reads until everybody is there; returns how many names it was told.
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

/// Lets a process have as many sockets as this story needs (RLIMIT_NOFILE, getrlimit(2)); often it
/// is 1,024 only.
fn allow_files(process: u32) {
    let allowed = Command::new("prlimit")
        .arg(format!("--pid={process}"))
        .arg(format!("--nofile={}", 2 * PEOPLE))
        .status()
        .expect("prlimit is a part of util-linux");
    assert!(allowed.success(), "`ulimit -Hn` is below {}", 2 * PEOPLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_come_at_once_and_the_names_they_are_told_are_bounded() {
    let server = &Server::open();
    allow_files(server.process());
    allow_files(std::process::id());
    let people: Vec<_> = stream::iter(0..PEOPLE)
        .map(|n| async move { Client::sign_in(server, &format!("User {n}")).await })
        .buffer_unordered(100)
        .collect()
        .await;
    let begun = Instant::now();
    let told = join_all(people.into_iter().map(|it| tokio::spawn(join(it)))).await;
    let took = begun.elapsed();
    let names: usize = told.into_iter().map(|it| it.expect("no panic")).sum();
    println!("crowd: {PEOPLE} people joined within {took:.1?} and were told {names} names in all");
    assert!(names <= NAMES);
}
