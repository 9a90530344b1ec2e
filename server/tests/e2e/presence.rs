//! Presence: joins and leaves are sent once and in time.

use std::time::{Duration, Instant};

use protocol::{ServerFrame, UserId, frame, limits};
use serde_json::json;

use crate::{browser::Browser, client::Client, server::Server};

/// The next presence frame: who joined, who left, and how many are online.
pub async fn next_presence(client: &mut Client) -> (Vec<String>, Vec<String>, usize) {
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

/// Reads until so many users are online. Asserts that joins and leaves name only `nickname`.
async fn until_online_with_changes_of(client: &mut Client, wanted: usize, nickname: &str) {
    loop {
        let (joined, left, online) = next_presence(client).await;
        let others = joined.iter().chain(&left).filter(|name| *name != nickname);
        assert_eq!(others.count(), 0, "{joined:?} {left:?}");
        if online == wanted {
            return;
        }
    }
}

#[tokio::test]
async fn joins_and_leaves_are_sent_to_the_users_in_the_room() {
    // Leaving does not wait for the grace time, which is for lost connections.
    let server = Server::with(&["--presence-grace-seconds", "3600"]);
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    assert_eq!(
        next_presence(&mut anna).await,
        (vec!["Anna".into()], vec![], 1)
    );
    let mut ben = Client::sign_in(&server, "Ben").await;
    let joined = ben.join("tea").await;
    assert_eq!(
        (joined.members, joined.online),
        (vec!["Ben".into(), "Anna".into()], 2)
    );
    assert_eq!(
        next_presence(&mut anna).await,
        (vec!["Ben".into()], vec![], 2)
    );
    ben.send(json!({"type": "leave", "room": "tea"})).await;
    assert_eq!(
        next_presence(&mut anna).await,
        (vec![], vec!["Ben".into()], 1)
    );
}

#[tokio::test]
async fn reconnecting_within_the_grace_time_sends_no_leave() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let ben = Client::in_room(&server, "Ben", "tea").await;
    until_online_count(&mut anna, 2).await;
    let token = ben.token.clone();
    drop(ben);
    let mut ben = Client::sign_in_with_token(&server, &token).await;
    assert_eq!(ben.join("tea").await.online, 2);
    // Anything about Ben would have been sent before Carl joined.
    let _carl = Client::in_room(&server, "Carl", "tea").await;
    assert_eq!(
        next_presence(&mut anna).await,
        (vec!["Carl".into()], vec![], 3)
    );
}

/// Reads until so many users are online.
pub async fn until_online_count(client: &mut Client, wanted: usize) {
    while next_presence(client).await.2 != wanted {}
}

#[tokio::test]
async fn a_disconnected_user_leaves_after_ten_seconds_and_not_before() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let ben = Client::in_room(&server, "Ben", "tea").await;
    until_online_count(&mut anna, 2).await;
    let gone = Instant::now();
    drop(ben);
    until_online_with_changes_of(&mut anna, 1, "Ben").await;
    assert!(
        gone.elapsed() >= Duration::from_secs(10),
        "{:?}",
        gone.elapsed()
    );
}

#[tokio::test]
async fn signing_out_leaves_all_rooms_at_once_even_without_a_socket() {
    let server = Server::with(&["--presence-grace-seconds", "3600"]);
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    let mut browser = Browser::new(&server);
    browser.sign_in("Anna", "tea").await;
    let (mut socket, _) = browser.socket(&server, "/ws").await;
    socket.join("tea").await;
    until_online_count(&mut ben, 2).await;
    drop(socket);
    browser.post("/sign-out", &[]).await;
    until_online_count(&mut ben, 1).await;
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
    until_online_count(&mut anna, 2).await;
    drop(ben);
    bens_other
        .send(json!({"type": "leave", "room": "tea"}))
        .await;
    // One leave, after the last of the two sockets.
    assert_eq!(
        next_presence(&mut anna).await,
        (vec![], vec!["Ben".into()], 1)
    );
}

#[tokio::test]
async fn many_simultaneous_joins_are_sent_in_few_frames() {
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
        let (joined, left, _) = next_presence(&mut anna).await;
        assert!(left.is_empty() && joined.len() <= limits::PRESENCE_NAMES);
        names.extend(joined);
        frames += 1;
    }
    let allowed = start.elapsed().as_millis() / limits::PRESENCE_EVERY.as_millis() + 2;
    assert!(
        frames <= allowed,
        "{frames} frames for 100 users, {allowed} allowed"
    );
    println!("presence: 100 joins were sent in {frames} frames");
}

#[tokio::test]
async fn members_are_named_with_their_ids() {
    let server = Server::start();
    let mut anna = Client::sign_in(&server, "Anna").await;
    anna.send(json!({"type": "join", "room": "tea"})).await;
    let ids = |users: &[UserId]| users.iter().map(|user| user.0).collect::<Vec<_>>();
    let users = |frame: &ServerFrame| match frame {
        ServerFrame::Joined(joined) => Some((joined.members.clone(), ids(&joined.users))),
        ServerFrame::Presence(presence) if !presence.joined.is_empty() => {
            Some((presence.joined.clone(), ids(&presence.users)))
        }
        _ => None,
    };
    let named = anna.until(users).await;
    assert_eq!(named, (vec!["Anna".to_owned()], vec![anna.user]));
    let mut ben = Client::sign_in(&server, "Ben").await;
    ben.send(json!({"type": "join", "room": "tea"})).await;
    let both = (
        vec!["Ben".to_owned(), "Anna".to_owned()],
        vec![ben.user, anna.user],
    );
    assert_eq!(ben.until(users).await, both);
    let id = anna.until(|frame| {
        let (names, ids) = users(frame)?;
        let place = names.iter().position(|name| name == "Ben")?;
        Some(ids[place])
    });
    assert_eq!(id.await, ben.user);
    // Another user of the same name is somebody else, also in the list of conversations.
    ben.send_direct("Anna", "1", "psst").await;
    anna.send(json!({"type": "logout"})).await;
    anna.until_closed().await;
    let other = Client::sign_in(&server, "Anna").await;
    ben.send(json!({"type": "rooms"})).await;
    let directs = ben.until(|frame| match frame {
        ServerFrame::Rooms(rooms) => Some(rooms.directs.clone()),
        _ => None,
    });
    let [line] = &directs.await[..] else {
        panic!("one conversation");
    };
    assert_eq!((line.user.0, line.holds), (anna.user, false));
    assert_ne!(other.user, anna.user);
}
