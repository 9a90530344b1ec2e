//! Presence: who came and who went, told once and told in time.

use std::time::{Duration, Instant};

use protocol::{ServerFrame, frame, limits};
use serde_json::json;

use crate::{browser::Browser, client::Client, server::Server};

/// The next presence frame: who joined, who left, how many are here.
pub async fn presence(client: &mut Client) -> (Vec<String>, Vec<String>, usize) {
    client
        .until(|frame| match frame {
            ServerFrame::Presence(frame::Presence {
                joined,
                left,
                online,
                ..
            }) => Some((joined.clone(), left.clone(), *online)),
            _ => None,
        })
        .await
}

/// Reads until so many are said to be here, without a line about anybody but `whom`.
async fn until_online(client: &mut Client, wanted: usize, whom: &str) {
    loop {
        let (joined, left, online) = presence(client).await;
        let others = joined.iter().chain(&left).filter(|name| *name != whom);
        assert_eq!(others.count(), 0, "{joined:?} {left:?}");
        if online == wanted {
            return;
        }
    }
}

#[tokio::test]
async fn coming_and_leaving_are_told_to_who_is_here() {
    // Leaving does not wait for the grace time of those who lost the line.
    let server = Server::with(&["--presence-grace-seconds", "3600"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    assert_eq!(presence(&mut anna).await, (vec!["Anna".into()], vec![], 1));
    let mut ben = Client::sign_in(&server, "Ben").await;
    let joined = ben.join("tea").await;
    assert_eq!(
        (joined.members, joined.online),
        (vec!["Ben".into(), "Anna".into()], 2)
    );
    assert_eq!(presence(&mut anna).await, (vec!["Ben".into()], vec![], 2));
    ben.send(json!({"type": "leave", "room": "tea"})).await;
    assert_eq!(presence(&mut anna).await, (vec![], vec!["Ben".into()], 1));
}

#[tokio::test]
async fn who_loses_the_line_and_comes_back_in_time_was_never_gone() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let ben = Client::in_room(&server, "Ben", "tea").await;
    until_online_told(&mut anna, 2).await;
    let token = ben.token.clone();
    drop(ben);
    let mut ben = Client::sign_in_with_token(&server, &token).await;
    assert_eq!(ben.join("tea").await.online, 2);
    // Whatever there was to tell about Ben was told before Carl came.
    let _carl = Client::in_room(&server, "Carl", "tea").await;
    assert_eq!(presence(&mut anna).await, (vec!["Carl".into()], vec![], 3));
}

/// Reads until so many are said to be here.
pub async fn until_online_told(client: &mut Client, wanted: usize) {
    while presence(client).await.2 != wanted {}
}

#[tokio::test]
async fn who_stays_away_has_left_after_ten_seconds_and_not_before() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let ben = Client::in_room(&server, "Ben", "tea").await;
    until_online_told(&mut anna, 2).await;
    let gone = Instant::now();
    drop(ben);
    until_online(&mut anna, 1, "Ben").await;
    assert!(
        gone.elapsed() >= Duration::from_secs(10),
        "{:?}",
        gone.elapsed()
    );
}

#[tokio::test]
async fn who_signs_out_is_gone_at_once_also_from_rooms_without_a_socket() {
    let server = Server::with(&["--presence-grace-seconds", "3600"]);
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let mut browser = Browser::new(&server);
    browser.sign_in("Anna", "tea").await;
    let (mut socket, _) = browser.socket(&server, "/ws").await;
    socket.join("tea").await;
    until_online_told(&mut ben, 2).await;
    drop(socket);
    browser.post("/sign-out", &[]).await;
    until_online_told(&mut ben, 1).await;
    let anna = Client::in_room(&server, "Anna", "tea").await;
    assert_eq!(ben.join("tea").await.members, ["Ben", "Anna"]);
    drop(anna);
}

#[tokio::test]
async fn two_sockets_of_one_user_are_one_member() {
    let server = Server::with(&["--presence-grace-seconds", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let ben = Client::in_room(&server, "Ben", "tea").await;
    let mut bens_other = Client::sign_in_with_token(&server, &ben.token).await;
    assert_eq!(bens_other.join("tea").await.online, 2);
    until_online_told(&mut anna, 2).await;
    drop(ben);
    bens_other
        .send(json!({"type": "leave", "room": "tea"}))
        .await;
    // One line, when the last of the two is gone.
    assert_eq!(presence(&mut anna).await, (vec![], vec!["Ben".into()], 1));
}

#[tokio::test]
async fn a_crowd_that_joins_at_once_costs_a_few_frames() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut crowd = Vec::new();
    for n in 0..100 {
        let mut guest = Client::connect(&server).await;
        guest
            .send(json!({"type": "login", "nickname": format!("Guest {n}"), "room": "tea"}))
            .await;
        crowd.push(guest);
    }
    let start = Instant::now();
    let mut frames = 0;
    let mut names = std::collections::BTreeSet::new();
    while names.len() < 101 {
        let (joined, left, _) = presence(&mut anna).await;
        assert!(left.is_empty() && joined.len() <= limits::PRESENCE_NAMES);
        names.extend(joined);
        frames += 1;
    }
    let allowed = start.elapsed().as_millis() / limits::PRESENCE_EVERY.as_millis() + 2;
    assert!(
        frames <= allowed,
        "{frames} frames for 100 people, {allowed} allowed"
    );
    println!("presence: 100 people joined, told in {frames} frames");
}
